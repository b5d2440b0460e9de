"""What comes again, and which days are working days: inspections, drills, calendars with make-up days."""

from __future__ import annotations

import datetime as dt

import msgspec

from alerting.plan.value_types import Clock, Days


class RecurringDate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An inspection or a drill that comes again. every_days from start, at a clock time; who: groups or contacts.

    overdue_days: an inspection without a record this long after its day is reminded again, the office included.
    fault, room, target: what a drill injects, and where. announced: those under who hear of it that morning.
    """

    name: str
    every_days: Days
    start: dt.date
    at: Clock = "10:00"
    who: tuple[str, ...] = ("technical",)
    fault: str = ""
    room: str = ""
    target: str = ""
    announced: bool = False
    working_days_only: bool = True
    overdue_days: Days = 3


class WorkingDays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Working days. calendar: country code ("CN" with its make-up days 调休), "" for Monday to Friday.

    override_file: TOML with days_off and days_on, beside the plan; the two lists here outrank the calendar too.
    """

    calendar: str = "CN"
    override_file: str = ""
    days_off: tuple[dt.date, ...] = ()
    days_on: tuple[dt.date, ...] = ()
