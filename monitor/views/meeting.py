"""The meeting's part of the status document in people's words: verdict with its reasons, and the next meeting. Pure."""

from __future__ import annotations

from typing import Any

from alerting.plan.wall_time import clock
from alerting.words import Words
from probes.calendar.kept_meetings import SOON_SECONDS

VERDICTS = {True: "running", False: "none", None: "unknown"}


def meeting_lines(meeting: dict[str, Any], now: float, words: Words, timezone: str = "") -> list[str]:
    """One line for the verdict, one for the calendar where it says something. now: Unix seconds."""
    key = VERDICTS[meeting["running"]]
    if key == "none" and meeting["occupied"]:
        key = "occupied"
    verdict = words.text(f"page.meeting_{key}")
    reasons = [words.text(f"meeting.reason.{one['code']}", who=one["who"]) for one in meeting["reasons"]]
    if reasons and key != "none":
        verdict = words.text("meeting.because", verdict=verdict, reasons=words.text("meeting.comma").join(reasons))
    lines = [verdict]
    important = words.text("meeting.important") if meeting["important"] else ""
    if meeting.get("listeners"):
        who = words.text("meeting.comma").join(meeting["listeners"])
        lines.append(words.text("meeting.listeners", who=who))
    booked, near = meeting["ends_in"], (meeting["starts_in"] or 0.0) <= SOON_SECONDS
    if booked is not None:
        until = words.text("meeting.until", time=_clock(now + booked, now, timezone))
        lines.append(until + ("" if near and meeting["starts_in"] is not None else important))
    if meeting["starts_in"] is not None:
        at = words.text("meeting.next", time=_clock(now + meeting["starts_in"], now, timezone))
        lines.append(at + (important if near else ""))
    return lines


def _clock(at: float, now: float, timezone: str) -> str:
    same_day = clock(at, timezone, "%Y%m%d") == clock(now, timezone, "%Y%m%d")
    return clock(at, timezone, "%H:%M" if same_day else "%m-%d %H:%M")
