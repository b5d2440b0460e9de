"""When the room listens to itself by itself: once a night, and before a meeting where that is allowed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

MEETING_SECONDS = 900.0
"""No sweep so near to a meeting: people may stand in the room already."""

BEFORE_SECONDS = 300.0
"""How long before that the check of the meeting may be tried: who still talks in the room goes, or stays."""

NIGHT_HOURS = timedelta(hours=1)


def night(at: str, now: float) -> str:
    """The date of the night that it is now, by the machine's clock. at: "HH:MM"; now: Unix seconds."""
    hour, minute = map(int, at.split(":"))
    return str((datetime.fromtimestamp(now) - timedelta(hours=hour, minutes=minute)).date())


def due(at: str, now: float, meeting_in: float | None, *, before_meetings: bool) -> str:
    """For what a check is due now: "night DATE" or "meeting MINUTE", "" for nothing. Each is made once."""
    hour, minute = map(int, at.split(":"))
    clock = datetime.fromtimestamp(now)
    if (clock - clock.replace(hour=hour, minute=minute, second=0)) % timedelta(days=1) < NIGHT_HOURS:
        return f"night {night(at, now)}"
    if before_meetings and meeting_in is not None and 0 < meeting_in - MEETING_SECONDS <= BEFORE_SECONDS:
        return f"meeting {round((now + meeting_in) / 60)}"
    return ""
