"""From what was left of a calendar to the meetings of a window, through the libraries: which entries are
meetings (no cancelled, free or all-day one), and when they recur. Runs in the child alone."""

from __future__ import annotations

import datetime as dt
import re
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import icalendar
import recurring_ical_events

from probes.calendar.prefilter import Sifted

SERIES_CPU_SECONDS = 0.5
"""An ordinary series takes 1 ms, a daily one of ten years 30; what takes longer is broken or malicious."""

CPU_SECONDS = 12.0
"""For all series together: the rest is then counted as not looked at, and the reading says so."""

WITHOUT_END_SECONDS = 3600.0
"""A meeting that names neither end nor duration is taken as an hour."""

ALL_DAY = ("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY")

FREE = frozenset({"FREE", "WORKINGELSEWHERE"})


@dataclass
class RecurrenceRules:
    """What makes a meeting important, and whose answer counts. Titles are matched here and go no further."""

    categories: frozenset[str] = frozenset()
    organisers: frozenset[str] = frozenset()
    titles: tuple[re.Pattern[str], ...] = ()
    priority: bool = True
    address: str = ""
    all_day: bool = False


@dataclass
class Expanded:
    """meetings: [start, end, important, organiser]. skipped: events that are broken, wholly or in part.

    odd_zones: events in time zones that do not exist. left: series that there was no time for.
    """

    meetings: list[list[Any]] = field(default_factory=list)
    skipped: int = 0
    odd_zones: int = 0
    left: int = 0


class _TooLong(BaseException):
    """No Exception, so that no library takes it for one of its own."""


def expand(sifted: Sifted, first: float, last: float, zone: dt.tzinfo | None, rules: RecurrenceRules) -> Expanded:
    """Meetings that run or start between the two Unix times. zone: of times that name none; None is the machine's."""
    found = Expanded(skipped=sifted.skipped)
    if not sifted.events:
        return found
    until = time.process_time() + CPU_SECONDS  # from here: what the process has done before is not of these series
    series: dict[str, list[Any]] = {}
    for event in _parsed(sifted, found, until):
        start = event.get("DTSTART")
        try:
            begins = start.dt
        except Exception:  # none at all, or a text that the library could not read
            found.skipped += 1
            continue
        found.skipped += bool(event.errors)  # a part of it was refused; what is left is taken at its word
        if isinstance(begins, dt.datetime) and begins.tzinfo is None and "TZID" in getattr(start, "params", {}):
            found.odd_zones += 1
        series.setdefault(str(event.get("UID", id(event))), []).append(event)
    begin, end = (dt.datetime.fromtimestamp(at, dt.UTC) for at in (first, last))
    margin = dt.timedelta(days=2)
    for events in series.values():
        if time.process_time() > until:
            found.left += 1
            continue
        try:
            with _no_longer_than(SERIES_CPU_SECONDS):
                for occurrence in _occurrences(events, begin - margin, end + margin):
                    meeting = _meeting(occurrence, zone, rules)
                    if meeting is not None and meeting[0] <= last and meeting[1] > first:
                        found.meetings.append(meeting)
        except (_TooLong, Exception):
            found.skipped += not any(event.errors for event in events)
    found.meetings.sort(key=lambda one: one[0])
    return found


def _parsed(sifted: Sifted, found: Expanded, until: float) -> Iterator[Any]:
    """All events in one go; where the whole is refused, each by itself."""
    try:
        yield from icalendar.Calendar.from_ical(sifted.text()).walk("VEVENT")
        return
    except Exception:
        pass
    for lines in sifted.events:
        if time.process_time() > until:
            found.left += 1
            continue
        try:
            alone = Sifted(zones=sifted.zones, events=[lines]).text()
            events = list(icalendar.Calendar.from_ical(alone).walk("VEVENT"))
        except Exception:
            found.skipped += 1
        else:
            yield from events


def _occurrences(events: list[Any], begin: dt.datetime, end: dt.datetime) -> Iterable[Any]:
    if len(events) == 1 and not any(name in events[0] for name in ("RRULE", "RDATE", "RECURRENCE-ID")):
        return events
    calendar = icalendar.Calendar()
    for event in events:
        calendar.add_component(event)
    found: Iterable[Any] = recurring_ical_events.of(calendar).between(begin, end)
    return found


def _meeting(event: Any, zone: dt.tzinfo | None, rules: RecurrenceRules) -> list[Any] | None:
    """The occurrence as numbers, organiser and importance; None where it keeps nobody in the room."""
    text = {name: str(event.get(name, "")).upper() for name in ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")}
    if text["STATUS"] == "CANCELLED" or text["TRANSP"] == "TRANSPARENT" or text["X-MICROSOFT-CDO-BUSYSTATUS"] in FREE:
        return None
    start = event["DTSTART"].dt
    if not rules.all_day and (not isinstance(start, dt.datetime) or _all_day(event)):
        return None
    if _declined(event, rules.address):
        return None
    begin = _unix(start, zone)
    if "DTEND" in event:
        end = _unix(event["DTEND"].dt, zone)
    elif "DURATION" in event:
        end = begin + event["DURATION"].dt.total_seconds()
    else:
        end = begin + (WITHOUT_END_SECONDS if isinstance(start, dt.datetime) else 86400.0)
    if end <= begin:
        end = begin + WITHOUT_END_SECONDS
    organiser = _address(event.get("ORGANIZER"))
    return [begin, end, _important(event, organiser, rules), organiser[:80]]


def _unix(value: dt.date, zone: dt.tzinfo | None) -> float:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone) if zone is not None else moment.astimezone()
    return moment.timestamp()


def _all_day(event: Any) -> bool:
    """By the properties with which some programs mark an entry that they write from midnight to midnight."""
    return any(str(event.get(name, "")).strip().upper() in ("TRUE", "1") for name in ALL_DAY)


def _declined(event: Any, address: str) -> bool:
    attendees = event.get("ATTENDEE", [])
    for one in attendees if isinstance(attendees, list) else [attendees]:
        params: Mapping[str, Any] = getattr(one, "params", {})
        if address and _address(one) == address.lower() and str(params.get("PARTSTAT", "")).upper() == "DECLINED":
            return True
    return False


def _address(value: Any) -> str:
    return str(value or "").strip().lower().removeprefix("mailto:")


def _important(event: Any, organiser: str, rules: RecurrenceRules) -> bool:
    categories = event.get("CATEGORIES", [])
    names: set[str] = set()
    for one in categories if isinstance(categories, list) else [categories]:
        names.update(str(name).strip().casefold() for name in getattr(one, "cats", [one]))
    if names & rules.categories or organiser in rules.organisers:
        return True
    priority = str(event.get("PRIORITY", "0")).strip()
    high = priority.isdigit() and 1 <= int(priority) <= 4
    if rules.priority and (high or str(event.get("X-MICROSOFT-CDO-IMPORTANCE", "")).strip() == "2"):
        return True
    title = str(event.get("SUMMARY", ""))
    return any(rule.search(title) for rule in rules.titles)


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Ends the block with _TooLong after so much CPU; all of it is Python, so the signal gets through."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
