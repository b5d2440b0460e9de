"""Leaves of an iCalendar text only the events and properties that can matter, before a parser sees it.

A library takes half a minute for 50,000 events; nearly all of them are over. Titles, texts and attendees fall out here.
It understands no rule of recurrence: what may matter stays.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from probes.calendar.text_lines import unfolded

KEPT = frozenset(
    {
        b"UID", b"DTSTART", b"DTEND", b"DURATION", b"RRULE", b"RDATE", b"EXDATE", b"EXRULE", b"RECURRENCE-ID",
        b"SEQUENCE", b"STATUS", b"TRANSP", b"CATEGORIES", b"ORGANIZER", b"PRIORITY", b"X-MICROSOFT-CDO-BUSYSTATUS",
        b"X-MICROSOFT-CDO-INTENDEDSTATUS", b"X-MICROSOFT-CDO-IMPORTANCE", b"X-MICROSOFT-CDO-ALLDAYEVENT",
        b"X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", b"X-FUNAMBOL-ALLDAY",
    }
)  # fmt: skip

COMPONENTS = frozenset({b"VEVENT", b"VTODO", b"VJOURNAL", b"VFREEBUSY", b"VTIMEZONE"})
"""What stands directly in a calendar: where one of them begins, the one before has ended, with or without a word."""

NO_MEETINGS = frozenset({b"REPLY", b"COUNTER", b"DECLINECOUNTER", b"REFRESH"})
"""Methods (RFC 5546) whose events are somebody's answer to a meeting, and none themselves."""

MOST_KEPT = 2 << 20
"""Bytes of what may matter in two days: 8,000 events. What lies beyond is counted as not looked at."""

MOST_SEEN = 100_000
"""Events of which the version is remembered, 24 bytes each: ten meetings a day for 27 years. What lies beyond is
counted as not looked at."""

LONGEST_EVENT = 64 << 10
"""Bytes of one event, without its texts: a daily series whose every day of ten years was taken out has 62,000."""

MOST_ZONES = 256 << 10
"""Bytes of all descriptions of time zones; one has 500. Of what lies beyond, the zone's name must do."""

DEEPEST = 10
"""Components within each other; a calendar has three."""

MARGIN_DAYS = 2
"""Around the window: a date's zone is not known yet, and zones reach from UTC-12 to UTC+14."""

TOO_OFTEN = re.compile(rb"FREQ=(SECONDLY|MINUTELY)", re.IGNORECASE)
"""No meeting recurs by the minute; expanding such a rule from years ago takes hours."""

_DATE = re.compile(rb"(\d{8})")
_UNTIL = re.compile(rb"UNTIL=(\d{8})", re.IGNORECASE)

Lines = list[bytes]


class KeptEvent(NamedTuple):
    """An event that may matter. uid: a number for it, 0 for one that has none. identity: a number for UID and
    RECURRENCE-ID."""

    text: bytes
    uid: int
    identity: int
    sequence: int
    moved: bool


@dataclass
class Sifted:
    """zones: texts of VTIMEZONEs. events: those that may matter. seen: all events. skipped: broken ones.

    left: events for which there was no room. whole: False where a calendar was not ended: the rest did not come.
    """

    calendar: bool = False
    whole: bool = True
    zones: list[bytes] = field(default_factory=list)
    events: list[KeptEvent] = field(default_factory=list)
    seen: int = 0
    skipped: int = 0
    left: int = 0

    def series(self) -> Iterable[list[bytes]]:
        """The texts of each series with its exceptions; an event without a UID is by itself."""
        found: dict[int, list[bytes]] = {}
        for number, event in enumerate(self.events):
            found.setdefault(event.uid or -number - 1 << 64, []).append(event.text)
        return found.values()


def sift(source: Iterable[bytes], first: str, last: str, address: str = "", with_titles: bool = False) -> Sifted:
    """source: physical lines. first, last: the window's days as YYYYMMDD, margin included. address: whose answers
    (PARTSTAT) matter. with_titles: keeps SUMMARY, for a rule on titles, within this process."""
    kept = KEPT | {b"SUMMARY"} if with_titles else KEPT
    reader = _Reader(first.encode(), last.encode(), kept, address.lower().encode())
    for line in unfolded(source):
        reader.take(line)
    return reader.end()


class _Reader:
    """One pass over the logical lines of a text that may hold several calendars, each with a method of its own.

    A method may stand behind its events: of each event it keeps three numbers, and the text of one that may matter.
    """

    def __init__(self, first: bytes, last: bytes, kept: frozenset[bytes], own: bytes) -> None:
        self._first, self._last, self._kept, self._own = first, last, kept, own
        self._found = Sifted()
        self._inside: list[bytes] = []
        self._lines: Lines = []
        self._length = 0
        self._method = b""
        self._of_calendar = _Calendar()
        self._cancelled, self._versions = array("q"), array("q")
        self._size = self._zones = self._marked = 0

    def take(self, line: bytes) -> None:
        name = line[:64].partition(b":")[0].partition(b";")[0].upper()
        if name == b"BEGIN":
            self._begin(line[6:70].strip().upper(), line)
        elif name == b"END":
            kind = line[4:70].strip().upper()
            if kind in self._inside:
                self._close(kind, line)
        elif self._inside[-1:] == [b"VCALENDAR"]:
            if name == b"METHOD":
                self._method = line.partition(b":")[2].strip().upper()
        elif b"VTIMEZONE" in self._inside or (self._inside[-1:] == [b"VEVENT"] and self._is_wanted(name, line)):
            self._add(line)

    def _is_wanted(self, name: bytes, line: bytes) -> bool:
        return name in self._kept or (name == b"ATTENDEE" and bool(self._own) and self._own in line.lower())

    def _add(self, line: bytes) -> None:
        self._length += len(line)
        if self._length <= LONGEST_EVENT:
            self._lines.append(line)

    def end(self) -> Sifted:
        found = self._found
        found.whole = not self._inside
        if self._inside:
            found.skipped += sum(kind == b"VEVENT" for kind in self._inside)
            self._end_calendar()
        ended, newest = self._newest(self._cancelled), self._newest(self._versions)
        found.events = [
            one
            for one in found.events
            if one.sequence > ended.get(one.uid, -1) and one.sequence >= newest.get(one.identity, 0)
        ]
        return found

    def _newest(self, pairs: array[int]) -> dict[int, int]:
        """Of each event that was kept, the highest number. pairs: numbers of events and their SEQUENCE in turn."""
        wanted = {one for event in self._found.events if event.uid for one in (event.uid, event.identity)}
        found: dict[int, int] = {}
        for at in range(0, len(pairs), 2):
            if pairs[at] in wanted:
                found[pairs[at]] = max(pairs[at + 1], found.get(pairs[at], 0))
        return found

    def _begin(self, kind: bytes, line: bytes) -> None:
        if kind == b"VCALENDAR" and b"VCALENDAR" in self._inside:
            self._close(b"VCALENDAR", b"END:VCALENDAR")
        open_component = next((one for one in self._inside if one in COMPONENTS), None)
        if kind in COMPONENTS and open_component is not None:
            self._close(open_component, b"END:" + open_component)
        if len(self._inside) == DEEPEST:
            return
        self._inside.append(kind)
        self._found.calendar = self._found.calendar or kind == b"VCALENDAR"
        if kind in (b"VEVENT", b"VTIMEZONE"):
            self._lines, self._length = [line], len(line)
        elif b"VTIMEZONE" in self._inside:
            self._add(line)

    def _close(self, kind: bytes, line: bytes) -> None:
        """End it, and what was begun within it and not ended."""
        while self._inside:
            inner = self._inside.pop()
            ending = line if inner == kind else b"END:" + inner
            if inner == b"VTIMEZONE" or b"VTIMEZONE" in self._inside:
                self._add(ending)
            if inner == b"VTIMEZONE":
                self._take_zone()
            elif inner == b"VEVENT":
                self._take_event([*self._lines, ending])
            elif inner == b"VCALENDAR":
                self._end_calendar()
            if inner == kind:
                break

    def _take_zone(self) -> None:
        self._zones += self._length
        if self._length <= LONGEST_EVENT and self._zones <= MOST_ZONES:
            self._found.zones.append(b"\r\n".join(self._lines))

    def _take_event(self, lines: Lines) -> None:
        calendar = self._of_calendar
        calendar.seen += 1
        if self._marked == MOST_SEEN:
            calendar.left += 1
            return
        self._marked += 1
        uid, moved = _value(lines, b"UID").strip(), _value(lines, b"RECURRENCE-ID").strip()
        one = KeptEvent(b"", hash(uid), hash((uid, moved)), _sequence(lines), bool(moved))
        calendar.marks.extend((0 if moved else one.uid, one.identity, one.sequence))
        matters = _matters(lines, self._first, self._last) if self._length <= LONGEST_EVENT else None
        if matters is None:
            calendar.broken += 1
            calendar.broken_moved += bool(moved)
        elif matters:
            text = b"\r\n".join(lines)
            if self._size + len(text) > MOST_KEPT:
                calendar.left += 1
            else:
                self._size += len(text)
                calendar.events.append(one._replace(text=text))

    def _end_calendar(self) -> None:
        """Only now its method is known, and so what its events are."""
        method, self._method = self._method, b""
        calendar, self._of_calendar = self._of_calendar, _Calendar()
        if method in NO_MEETINGS:
            self._size -= sum(len(one.text) for one in calendar.events)
            return
        found, marks = self._found, calendar.marks
        cancels = method == b"CANCEL"
        for at in range(0, len(marks), 3):
            uid, identity, sequence = marks[at : at + 3]
            if cancels and uid:
                self._cancelled.extend((uid, sequence))
            elif sequence:
                self._versions.extend((identity, sequence))
        found.seen += calendar.seen
        found.left += calendar.left
        found.skipped += calendar.broken_moved if cancels else calendar.broken
        # One of a series that is cancelled is as an exception that says so.
        found.events += [_cancelled(one) for one in calendar.events if one.moved] if cancels else calendar.events


@dataclass
class _Calendar:
    """What is known of one calendar before its end. marks: three numbers of each event in turn: its UID's, 0 for one of
    a series; its identity's; its SEQUENCE."""

    events: list[KeptEvent] = field(default_factory=list)
    marks: array[int] = field(default_factory=lambda: array("q"))
    seen: int = 0
    broken: int = 0
    broken_moved: int = 0
    left: int = 0


def _cancelled(event: KeptEvent) -> KeptEvent:
    *lines, ending = [one for one in event.text.split(b"\r\n") if not one.upper().startswith(b"STATUS")]
    return event._replace(text=b"\r\n".join([*lines, b"STATUS:CANCELLED", ending]))


def _matters(lines: Lines, first: bytes, last: bytes) -> bool | None:
    """Whether an event may lie in the window; None for one that is broken."""
    start = _day(_value(lines, b"DTSTART"))
    if not start:
        return None
    moved = _value(lines, b"RECURRENCE-ID")
    if _value(lines, b"STATUS").strip().upper() == b"CANCELLED" and not moved:
        return False
    if moved:
        ranged = any(line.upper().startswith(b"RECURRENCE-ID") and b"RANGE=" in line.upper() for line in lines)
        return ranged or first <= start <= last or first <= _day(moved) <= last
    rule = _value(lines, b"RRULE")
    dates = any(line.upper().startswith(b"RDATE") for line in lines)
    if rule or dates:
        if TOO_OFTEN.search(rule):
            return None
        until = _UNTIL.search(rule)
        over = until is not None and until[1] < first and not dates
        return start <= last and not over
    end = _day(_value(lines, b"DTEND")) or start
    long = re.search(rb"\d[DW]", _value(lines, b"DURATION").upper()) is not None
    return start <= last and (end >= first or long)


def _value(lines: Lines, name: bytes) -> bytes:
    """The value of the first line of that name, b"" without one."""
    for line in lines:
        if line[: len(name)].upper() == name and line[len(name) : len(name) + 1] in (b":", b";"):
            return line.partition(b":")[2]
    return b""


def _sequence(lines: Lines) -> int:
    value = _value(lines, b"SEQUENCE").strip()
    return int(value) if value.isdigit() and len(value) < 10 else 0


def _day(value: bytes) -> bytes:
    match = _DATE.search(value)
    return match[1] if match else b""
