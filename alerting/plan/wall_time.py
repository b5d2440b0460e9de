"""Wall time of a zone and Unix time. A gap takes the next valid time, a fold the first."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1970, 2999
"""What people may type: with either, a year before or after is still a date to datetime and to SQLite."""


def typed_time(text: str) -> dt.datetime:
    """The naive wall time of what somebody typed: "2026-01-09 10:00" or a day alone. Raises ValueError."""
    wall = dt.datetime.fromisoformat(text).replace(tzinfo=None)
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise ValueError(f"the year {wall.year} is out of reach")
    return wall


def zone_of(name: str) -> dt.tzinfo | None:
    """The zone; None means the machine's own, as datetime has it."""
    return ZoneInfo(name) if name else None


def to_wall(at: float, zone: dt.tzinfo | None) -> dt.datetime:
    """The naive wall time at a Unix time."""
    return dt.datetime.fromtimestamp(at, zone).replace(tzinfo=None, fold=0)


def clock(at: float, timezone: str, form: str = "%H:%M:%S") -> str:
    """Wall time of a Unix time in a zone, as people read it; "" is this machine's."""
    return dt.datetime.fromtimestamp(at, zone_of(timezone)).strftime(form)


def to_unix(wall: dt.datetime, zone: dt.tzinfo | None) -> float:
    """Unix seconds of a naive wall time; inside a gap the first moment after it, in a fold the first of the two."""
    first = wall.replace(tzinfo=zone, fold=0).timestamp()
    if to_wall(first, zone) == wall:
        return first
    early = wall.replace(tzinfo=zone, fold=1).timestamp()
    low, high = sorted((int(early), int(first)))
    while high - low > 1:
        middle = (low + high) // 2
        if to_wall(middle, zone) < wall:
            low = middle
        else:
            high = middle
    return float(high)
