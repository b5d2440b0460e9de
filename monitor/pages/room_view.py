"""A room's status document as what the room page shows. Pure: no clock, no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alerting.messages.check_readings import WORST, check_name, readings, value_name, value_text
from alerting.plan.wall_time import clock
from alerting.service.incident_words import action, also, begun, people, reported, title, told
from alerting.words import Words
from monitor.pages.screen_notice import asks_for_feedback
from monitor.pages.usable import Part, RoomAnswer, Usable, usable
from monitor.views.check_note import note
from monitor.views.meeting import meeting_lines
from monitor.views.notices import refused, trial, unproven

GROUPS: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("network", "network", ("network",)),
    ("software", "software", ("software",)),
    ("picture", "picture", ("camera", "display")),
    ("sound", "sound", ("microphone", "speaker", "acoustic")),
    ("pc", "pc", ("host", "power", "monitor")),
    ("calendar", "calendar", ("calendar",)),
)
"""(group, icon, first parts of its checks' names). A check of another name stands with the PC."""

LISTENED = "listened_ago_seconds"
"""A value of the acoustic check. It is shown as a time of day: "seconds ago" is out of date as soon as it is read."""

MOST_PLACES = 2
"""Places to go instead: the first of the plan's order, and one for when it is taken."""

SCALE_WIDTH = 144.0
SPARK_WIDTH, SPARK_HEIGHT = 144.0, 28.0
DAY = 86400.0

Series = Mapping[tuple[str, str, str], Sequence[tuple[float, float]]]
"""(check, target, value's name) → (Unix seconds, value) of the last day."""


def room_view(status: Mapping[str, Any], words: Words, series: Series, elsewhere: Sequence[str] = ()) -> dict[str, Any]:
    """The values of room.html but for the people to call, whom the plan knows. elsewhere: where a meeting can go on."""
    said, zone = usable(status), status["timezone"]
    document = dict(status)
    return {
        "verdict": verdict(said, words, elsewhere),
        "banners": [
            *([words.text("pages.nobody_reachable")] if status["nobody_reachable"] else []),
            *refused(status, words),
        ],
        "notes": [line for line in (*trial(status, words), unproven(status, words)) if line],
        "times": meeting_lines(document["meeting"], status["now"], words, zone),
        "incidents": [_incident(one, words, zone) for one in status["incidents"]],
        "groups": _groups(status, words, series),
        "asks_feedback": asks_for_feedback(status) > 0,
        "updated": words.text("pages.updated", time=clock(status["now"], zone, "%H:%M:%S")),
        "observing": words.text("pages.observing") if status["mode"] == "observe" else "",
    }


def verdict(said: RoomAnswer, words: Words, elsewhere: Sequence[str] = ()) -> dict[str, Any]:
    """Word, colour and sentence of the verdict, and where to go instead of a room that is not all there."""
    state = said.usable.value
    css = "unknown-verdict" if said.usable is Usable.UNKNOWN else state
    return {
        "state": state,
        "css": css,
        "word": words.text(f"pages.verdict.{state}"),
        "sentence": _sentence(said, words),
        "more": [words.text("pages.instead", place=one) for one in elsewhere[:MOST_PLACES]]
        if said.usable in (Usable.LIMITED, Usable.NOT_NOW)
        else [],
    }


def _sentence(said: RoomAnswer, words: Words) -> str:
    if said.usable is Usable.LIMITED and said.missing in ((Part.PICTURE,), (Part.SOUND,)):
        return words.text(f"pages.without.{said.missing[0]}")
    parts = said.missing or said.impaired
    if not parts:
        return words.text(f"pages.sentence.{said.usable}")
    named = words.traits.comma.join(words.text(f"pages.part.{part}") for part in parts)
    return words.text("pages.missing" if said.missing else "pages.impaired", parts=named)


def _incident(one: dict[str, Any], words: Words, zone: str) -> dict[str, Any]:
    return {
        "css": "drill" if one["drill"] else one["severity"],
        "number": one["number"],
        "title": title(one, words),
        "severity": one["severity"],
        "severity_text": words.text("severity." + one["severity"]),
        "since": words.text("page.since", time=clock(one["opened_at"], zone, "%H:%M")),
        "people": begun(people(one, words)),
        "first": action(one, words),
        "more": [begun(line) for line in (told(one, words, zone), reported(one, words), also(one, words)) if line],
    }


def _groups(status: Mapping[str, Any], words: Words, series: Series) -> list[dict[str, Any]]:
    of = {family: group for group, _, families in GROUPS for family in families}
    found: dict[str, list[dict[str, Any]]] = {group: [] for group, _, _ in GROUPS}
    for check in status["checks"]:
        found[of.get(check["check"].partition(".")[0], "pc")].append(check)
    made = []
    for group, icon, _ in GROUPS:
        checks = sorted(found[group], key=lambda one: WORST.get(one["state"], 6))
        state = checks[0]["state"] if checks else "absent"
        made.append(
            {
                "id": group,
                "icon": icon,
                "name": words.text(f"pages.group.{group}"),
                "state": state,
                "state_text": words.text("pages.not_set_up") if state == "absent" else words.text("status." + state),
                "open": state in ("failed", "degraded"),
                "checks": [check_view(one, words, series, status["timezone"]) for one in checks],
            }
        )
    return sorted(made, key=lambda one: WORST.get(one["state"], 6))


def check_view(check: Mapping[str, Any], words: Words, series: Series, zone: str) -> dict[str, Any]:
    shown = []
    limits, values = check.get("limits", {}), dict(check["values"])
    ago = values.pop(LISTENED, None)
    for index, (name, value) in enumerate(list(values.items())[:4]):
        points = series.get((check["check"], check["target"], name), ())
        shown.append(
            {
                "name": value_name(name, words),
                "text": value_text(name, value, words),
                "scale": _scale(name, value, limits[name], words) if name in limits else None,
                "spark": spark(points) if index == 0 or name in limits else "",
            }
        )
    if not shown:
        shown = [{"name": one, "text": text, "scale": None, "spark": ""} for one, text in readings({}, words)]
    since = check.get("since")
    times = [words.text("page.since", time=clock(since, zone))] if since else []
    if ago is not None:
        times.append(words.text("pages.listened", time=clock(check["at"] - ago, zone)))
    return {
        "name": check_name(check["check"], words, check["state"]),
        "target": check["target"],
        "state": check["state"],
        "state_text": words.text("status." + check["state"]),
        "note": note(dict(check), words),
        "since": words.traits.joint.join(times),
        "readings": shown,
    }


def _scale(name: str, value: float, limit: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A small scale from nothing to twice the limit, with the value as a dot. limit: {"limit", "above"}."""
    bound = float(limit["limit"])
    low, high = (0.0, 2 * bound) if bound > 0 else (2 * bound, 0.0) if bound < 0 else (-1.0, 1.0)
    span = high - low or 1.0

    def at(number: float) -> float:
        return round(6 + (SCALE_WIDTH - 12) * min(1.0, max(0.0, (number - low) / span)), 1)

    mark = at(bound)
    bad_from, bad_to = (mark, SCALE_WIDTH) if limit["above"] else (0.0, mark)
    return {
        "at": at(value),
        "mark": mark,
        "bad_from": bad_from,
        "bad_width": round(bad_to - bad_from, 1),
        "limit_text": value_text(name, bound, words),
    }


def spark(points: Sequence[tuple[float, float]]) -> str:
    """SVG points of a day's line; "" for fewer than two samples, where a line would say nothing."""
    if len(points) < 2:
        return ""
    values = [value for _, value in points]
    low, high = min(values), max(values)
    first, last = points[0][0], points[-1][0]
    across, up = last - first or 1.0, high - low or 1.0
    return " ".join(
        f"{(at - first) / across * SPARK_WIDTH:.1f},{SPARK_HEIGHT - 2 - (value - low) / up * (SPARK_HEIGHT - 4):.1f}"
        for at, value in points
    )
