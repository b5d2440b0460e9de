"""Where ticks stand on an axis of time or of numbers. Pure."""

from __future__ import annotations

import datetime as dt
import math

_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600)


def time_ticks(start: float, end: float, zone: dt.tzinfo | None, most: int = 8) -> list[tuple[float, str]]:
    """Round wall times within [start, end] and their labels; at most about ``most``. Unix seconds.

    Stepping in Unix seconds from a round wall time: across a clock change the labels stay true.
    """
    span = max(end - start, 1.0)
    step = next((s for s in _STEPS if span / s <= most), math.ceil(span / most / 86400) * 86400)
    first = dt.datetime.fromtimestamp(start, zone)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (first - midnight).total_seconds()
    at = start + math.ceil(passed / step) * step - passed
    found = []
    while at <= end:
        wall = dt.datetime.fromtimestamp(at, zone)
        days = step >= 86400 or span > 2 * 86400
        found.append((at, wall.strftime("%m-%d" if step >= 86400 else "%m-%d %H:%M" if days else "%H:%M")))
        at += step
    return found


def number_ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]
