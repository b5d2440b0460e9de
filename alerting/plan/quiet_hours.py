"""Quiet hours (免打扰时段): which messages wait for the morning, and until when. Pure; times are wall time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from alerting.model.fault import Severity
from alerting.plan.value_types import Clock, SeverityWord, minutes_of, severity_of_word


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages up to this severity wait from start to end (over midnight where end is earlier).

    declared: they hold back also what a person reports; as shipped that goes out at once."""

    severity: SeverityWord = "notice"
    declared: bool = False
    start: Clock = "20:00"
    end: Clock = "07:30"


def quiet_end(
    quiet: Sequence[QuietHours], severity: Severity, wall: dt.datetime, *, declared: bool = False
) -> dt.datetime | None:
    """When a message of this severity may go; None for now. A window that begins as another ends holds it further."""
    windows = [
        hours for hours in quiet if severity <= severity_of_word(hours.severity) and (hours.declared or not declared)
    ]
    end = _latest_end(windows, wall)
    for _ in windows:
        further = _latest_end(windows, end) if end is not None else None
        end = further or end
    return end


def _latest_end(windows: Sequence[QuietHours], wall: dt.datetime) -> dt.datetime | None:
    """The latest end of the windows that hold this wall time; None outside of all."""
    ends = (_end_of(hours, wall) for hours in windows)
    return max((end for end in ends if end is not None), default=None)


def _end_of(hours: QuietHours, wall: dt.datetime) -> dt.datetime | None:
    """The end of the quiet window that holds this wall time, None outside."""
    minute, start, end = wall.hour * 60 + wall.minute, minutes_of(hours.start), minutes_of(hours.end)
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if start < end:
        return midnight + dt.timedelta(minutes=end) if start <= minute < end else None
    if minute < end:
        return midnight + dt.timedelta(minutes=end)
    return midnight + dt.timedelta(days=1, minutes=end) if minute >= start else None
