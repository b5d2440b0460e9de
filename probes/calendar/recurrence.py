"""When the entries of a calendar take place within a window, series among them, through the libraries.

Runs in the child alone.
"""

from __future__ import annotations

import datetime as dt
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import icalendar
import recurring_ical_events

from probes.calendar.meeting_or_not import MeetingRules, meeting_of
from probes.calendar.prefilter import Sifted

SERIES_CPU_SECONDS = 0.5
"""An ordinary series takes 1 ms, a daily one of ten years 30; what takes longer is broken or malicious."""

CPU_SECONDS = 12.0
"""For all series together: the rest is then counted as not looked at, and the reading says so."""


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


def expand(sifted: Sifted, first: float, last: float, zone: dt.tzinfo | None, rules: MeetingRules) -> Expanded:
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
                    meeting = meeting_of(occurrence, zone, rules)
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
