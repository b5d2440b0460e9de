"""``/style``: every part of the pages once, with invented values, to be looked at in each language and mode."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from alerting.words import LANGUAGES, Words, load_words
from monitor.pages.frame import PageFrame
from monitor.pages.room_view import spark

SCALE = {"at": 38.0, "mark": 72.0, "bad_from": 72.0, "bad_width": 72.0, "limit_text": "100 ms"}
LINE = spark([(float(hour), 20.0 + (hour * 7) % 13) for hour in range(24)])
VERDICTS = (("ready", "ready"), ("limited", "limited"), ("not_now", "not_now"), ("unknown", "unknown-verdict"))
STATES = ("ok", "degraded", "suspected", "failed", "unknown")


class StylePage:
    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application, start: str) -> None:
        if not start:
            app.router.add_get("/style", self._show)

    async def _show(self, request: web.Request) -> web.Response:
        source = self._frame.source(request)
        assert source is not None
        words = self._frame.words(request, source)
        return self._frame.page(request, source, "style.html", words, sets=[_set(load_words(one)) for one in LANGUAGES])


def _set(words: Words) -> dict[str, Any]:
    """The parts in one language."""
    text = words.text
    return {
        "language": words.language,
        "name": words.traits.name,
        "verdicts": [
            {
                "icon": state,
                "css": css,
                "word": text(f"pages.verdict.{state}"),
                "sentence": text(f"pages.sentence.{state}"),
            }
            for state, css in VERDICTS
        ],
        "cards": [
            {
                "css": word,
                "chip": text(f"severity.{word}"),
                "title": text("fault.camera_missing.title", target="cam0", room=""),
            }
            for word in ("critical", "warning", "notice")
        ],
        "chips": [*((state, text(f"status.{state}")) for state in STATES), ("absent", text("pages.not_set_up"))],
        "buttons": [(text("pages.incident.button.take"), ""), (text("pages.incident.button.note"), "second")],
        "notes": [(text("pages.incident.done.note"), "good"), (text("pages.unsent"), "bad")],
        "kinds": [(one, text(f"pages.report.kind.{one}")) for one in ("picture", "sound", "network")],
        "check": {
            "name": text("check.network.gateway"),
            "target": "192.0.2.1",
            "state": "ok",
            "state_text": text("status.ok"),
            "readings": [{"name": "RTT", "text": "26 ms", "scale": SCALE, "spark": LINE}],
            "note": "",
            "since": text("page.since", time="09:12"),
        },
        "story": [
            ("09:14:07", text("event.taken")),
            ("09:12:31", text("event.step")),
            ("09:12:30", text("event.opened")),
        ],
        "head": [text("page.check"), text("page.state"), text("page.readings")],
        "label": text("pages.incident.field.note"),
    }
