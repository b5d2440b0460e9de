"""``/history``: how a room did: a score with its formula, availability by day and kind, meetings lost, months."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from alerting.messages.reasons import say_span
from alerting.service.records import Records
from alerting.service.room_history import WEIGHTS, HistoryDay, RoomHistory
from alerting.words import Words
from monitor.pages.frame import PageFrame
from monitor.pages.visitors import Visitors

SPANS = (7, 30, 90)
BAR_HEIGHT = 36.0
GOOD, FAIR = 0.999, 0.97
"""Shares of a day: less than two minutes broken, less than three quarters of an hour."""


class HistoryPages:
    def __init__(self, frame: PageFrame, records: Records, visitors: Visitors) -> None:
        self._frame, self._records, self._visitors = frame, records, visitors

    def add_to(self, app: web.Application, start: str) -> None:
        app.router.add_get(f"{start}/history", self._show)

    async def _show(self, request: web.Request) -> web.Response:
        source = self._frame.source(request)
        if source is None:
            return self._frame.no_room(request)
        words, asked = self._frame.words(request, source), request.query.get("days", "")
        days = next((one for one in SPANS if asked == str(one)), 30)
        found = await self._records.history(source.id, days)
        values = history_view(found, words)
        return self._frame.page(
            request,
            source,
            "history.html",
            words,
            days=days,
            spans=SPANS,
            kept=f"days={days}&",
            me=self._visitors.name(request),
            **values,
        )


def history_view(found: RoomHistory, words: Words) -> dict[str, Any]:
    """The values of history.html. Pure."""
    text, score = words.text, found.score
    points = [one for one in found.days if one.available is not None]
    watched = sum(one.watched for one in points)
    available = sum((one.available or 0.0) * one.watched for one in points) / watched if watched else None
    most = max([one.incidents + one.drills for one in found.months], default=0) or 1
    return {
        "points": score.points,
        "css": _verdict(score.points),
        "formula": [
            {
                "weight": WEIGHTS[name],
                "name": text(f"pages.history.part.{name}"),
                "share": percent(getattr(score, name)),
            }
            for name in WEIGHTS
        ],
        "facts": [
            (
                text("pages.history.available"),
                percent(available) if available is not None else text("pages.history.none"),
            ),
            (text("pages.history.incidents"), str(found.incidents)),
            (text("pages.history.drills"), str(found.drills)),
            (text("pages.history.lost"), say_span(60 * math.ceil(found.lost / 60), words) if found.lost else "0"),
        ],
        "bars": [_bar(number, len(found.days), one) for number, one in enumerate(found.days)],
        "first": found.days[0].day,
        "last": found.days[-1].day,
        "height": BAR_HEIGHT,
        "bad_days": [_bad_day(one, words) for one in reversed(found.days) if one.broken],
        "kinds": [
            {
                "name": text(f"class.{kind}"),
                "count": count,
                "broken": say_span(broken, words),
                "available": percent(share) if share is not None else "—",
            }
            for kind, (count, broken, share) in sorted(found.kinds.items(), key=lambda one: -one[1][1])
        ],
        "months": [
            {
                "month": one.month,
                "incidents": one.incidents,
                "drills": one.drills,
                "width": round(144 * one.incidents / most, 1),
                "drill_width": round(144 * one.drills / most, 1),
            }
            for one in reversed(found.months)
        ],
    }


def _bar(number: int, count: int, one: HistoryDay) -> Mapping[str, Any]:
    """One day of the row of bars, 720 wide: the height says the share, the colour and the gap say it again."""
    width = 720.0 / count
    share = one.available
    state = "none" if share is None else "good" if share >= GOOD else "fair" if share >= FAIR else "poor"
    height = {"none": 4.0, "good": BAR_HEIGHT, "fair": BAR_HEIGHT * 0.7, "poor": BAR_HEIGHT * 0.4}[state]
    return {
        "x": round(number * width, 2),
        "width": round(width * 0.8, 2),
        "y": BAR_HEIGHT - height,
        "height": height,
        "state": state,
    }


def _bad_day(one: HistoryDay, words: Words) -> Mapping[str, str]:
    kinds = [
        words.text("pages.history.kind_span", kind=words.text(f"class.{kind}"), span=say_span(seconds, words))
        for kind, seconds in sorted(one.broken.items(), key=lambda item: -item[1])
    ]
    return {
        "day": one.day,
        "available": percent(one.available) if one.available is not None else "—",
        "kinds": words.traits.comma.join(kinds),
    }


def percent(share: float) -> str:
    """Rounded down, so that what failed for a minute is never 100 %."""
    return f"{math.floor(share * 1000 + 1e-9) / 10:.1f}%"


def _verdict(points: int | None) -> str:
    if points is None:
        return "unknown-verdict"
    return "ready" if points >= 90 else "limited" if points >= 70 else "not_now"
