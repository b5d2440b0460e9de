"""When the entries of a calendar take place within a window, series among them, through the libraries.

Runs in the child alone.
"""

from __future__ import annotations

import datetime as dt
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
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


MOST_CHANGED = 200
"""Events of one series: itself, and what was changed of it within two days."""

MOST_MEETINGS = 500
"""The next ones are kept: eight times what may leave the child."""


@dataclass
class Expanded:
    """meetings: [start, end, important, organiser]. skipped: events that are broken, wholly or in part.

    odd_zones: events in time zones that do not exist. left: series that there was no time for.
    """

    meetings: list[list[Any]] = field(default_factory=list)
    skipped: int = 0
    odd_zones: int = 0
    left: int = 0

    def add(self, meeting: list[Any]) -> None:
        self.meetings.append(meeting)
        if len(self.meetings) > 2 * MOST_MEETINGS:
            self.meetings.sort(key=lambda one: one[0])
            del self.meetings[MOST_MEETINGS:]


class _TooLong(BaseException):
    """No Exception, so that no library takes it for one of its own."""


def expand(sifted: Sifted, first: float, last: float, zone: dt.tzinfo | None, rules: MeetingRules) -> Expanded:
    """Meetings that run or start between the two Unix times. zone: of times that name none; None is the machine's."""
    found = Expanded(skipped=sifted.skipped)
    if not sifted.events:
        return found
    until = time.process_time() + CPU_SECONDS  # from here: what the process has done before is not of these series
    _know(sifted.zones, until)
    begin, end = (dt.datetime.fromtimestamp(at, dt.UTC) for at in (first, last))
    margin = dt.timedelta(days=2)
    for texts in sifted.series():
        if time.process_time() > until:
            found.left += 1
            continue
        found.left += max(0, len(texts) - MOST_CHANGED)
        events: list[Any] = []
        try:
            with _no_longer_than(SERIES_CPU_SECONDS):
                events += _parsed(texts[:MOST_CHANGED], found)
                for occurrence in _occurrences(events, begin - margin, end + margin) if events else ():
                    meeting = meeting_of(occurrence, zone, rules)
                    if meeting is not None and meeting[0] <= last and meeting[1] > first:
                        found.add(meeting)
        except (_TooLong, Exception):
            found.skipped += not any(event.errors for event in events)
    found.meetings.sort(key=lambda one: one[0])
    return found


def _know(zones: Iterable[bytes], until: float) -> None:
    """Let the library know the zones that the text describes; it keeps what it has parsed. A broken one is as one that
    is not described."""
    for text in zones:
        if time.process_time() > until:
            return
        with suppress(_TooLong, Exception), _no_longer_than(SERIES_CPU_SECONDS):
            icalendar.Timezone.from_ical(text)


def _parsed(texts: list[bytes], found: Expanded) -> Iterator[Any]:
    """The events of one series that the library can read."""
    for text in texts:
        try:
            event: Any = icalendar.Event.from_ical(text)
            begins = event["DTSTART"].dt
        except Exception:  # it, or when it begins, could not be read
            found.skipped += 1
            continue
        found.skipped += bool(event.errors)  # a part of it was refused; what is left is taken at its word
        if isinstance(begins, dt.datetime) and begins.tzinfo is None and "TZID" in event["DTSTART"].params:
            found.odd_zones += 1
        yield event


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
