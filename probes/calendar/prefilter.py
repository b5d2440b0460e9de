"""Leaves of an iCalendar text only the events and properties that can matter, before a parser sees it.

A library takes half a minute for 50,000 events; nearly all of them are over. Titles, texts and attendees fall out here.
It understands no rule of recurrence: what may matter stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

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

MOST_KEPT = 8 << 20
"""Bytes of what may matter in two days: 10,000 events. What lies beyond is counted as not looked at."""

MARGIN_DAYS = 2
"""Around the window: a date's zone is not known yet, and zones reach from UTC-12 to UTC+14."""

TOO_OFTEN = re.compile(rb"FREQ=(SECONDLY|MINUTELY)", re.IGNORECASE)
"""No meeting recurs by the minute; expanding such a rule from years ago takes hours."""

_DATE = re.compile(rb"(\d{8})")
_UNTIL = re.compile(rb"UNTIL=(\d{8})", re.IGNORECASE)

Lines = list[bytes]


@dataclass
class Sifted:
    """zones: whole VTIMEZONEs. events: lines of each event that may matter. seen: all events. skipped: broken ones.

    left: events for which there was no room. whole: False where a calendar was not ended: the rest did not come.
    """

    calendar: bool = False
    whole: bool = True
    zones: list[Lines] = field(default_factory=list)
    events: list[Lines] = field(default_factory=list)
    seen: int = 0
    skipped: int = 0
    left: int = 0

    def text(self) -> bytes:
        """A calendar of what was left."""
        parts = [b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:roomwatch"]
        for lines in (*self.zones, *self.events):
            parts += lines
        return b"\r\n".join([*parts, b"END:VCALENDAR", b""])


def sift(source: Iterable[bytes], first: str, last: str, address: str = "", with_titles: bool = False) -> Sifted:
    """source: physical lines. first, last: the window's days as YYYYMMDD, margin included. address: whose answers
    (PARTSTAT) matter. with_titles: keeps SUMMARY, for a rule on titles, within this process."""
    kept = KEPT | {b"SUMMARY"} if with_titles else KEPT
    reader = _Reader(first.encode(), last.encode(), kept, address.lower().encode())
    for line in unfolded(source):
        reader.take(line)
    return reader.end()


class _Reader:
    """One pass over the logical lines of a text that may hold several calendars, each with a method of its own."""

    def __init__(self, first: bytes, last: bytes, kept: frozenset[bytes], own: bytes) -> None:
        self._first, self._last, self._kept, self._own = first, last, kept, own
        self._found = Sifted()
        self._inside: list[bytes] = []
        self._lines: Lines = []
        self._method = b""
        self._of_calendar: list[Lines] = []
        self._cancelled: list[Lines] = []
        self._newest: dict[tuple[bytes, bytes], int] = {}
        self._size = 0

    def take(self, line: bytes) -> None:
        name = line[:64].partition(b":")[0].partition(b";")[0].upper()
        if name == b"BEGIN":
            self._begin(line[6:].strip().upper(), line)
        elif name == b"END":
            kind = line[4:].strip().upper()
            if kind in self._inside:
                self._close(kind, line)
        elif self._inside[-1:] == [b"VCALENDAR"]:
            if name == b"METHOD":
                self._method = line.partition(b":")[2].strip().upper()
        elif b"VTIMEZONE" in self._inside or (self._inside[-1:] == [b"VEVENT"] and self._is_wanted(name, line)):
            self._lines.append(line)

    def _is_wanted(self, name: bytes, line: bytes) -> bool:
        return name in self._kept or (name == b"ATTENDEE" and bool(self._own) and self._own in line.lower())

    def end(self) -> Sifted:
        found = self._found
        found.whole = not self._inside
        if self._inside:
            found.skipped += sum(kind == b"VEVENT" for kind in self._inside)
            self._end_calendar()
        found.events = [one for one in self._without_cancelled(found.events) if not self._is_older(one)]
        return found

    def _begin(self, kind: bytes, line: bytes) -> None:
        if kind == b"VCALENDAR" and b"VCALENDAR" in self._inside:
            self._close(b"VCALENDAR", b"END:VCALENDAR")
        open_component = next((one for one in self._inside if one in COMPONENTS), None)
        if kind in COMPONENTS and open_component is not None:
            self._close(open_component, b"END:" + open_component)
        self._inside.append(kind)
        self._found.calendar = self._found.calendar or kind == b"VCALENDAR"
        if kind in (b"VEVENT", b"VTIMEZONE"):
            self._lines = [line]
        elif b"VTIMEZONE" in self._inside:
            self._lines.append(line)

    def _close(self, kind: bytes, line: bytes) -> None:
        """End it, and what was begun within it and not ended."""
        while self._inside:
            inner = self._inside.pop()
            ending = line if inner == kind else b"END:" + inner
            if inner == b"VTIMEZONE" or b"VTIMEZONE" in self._inside:
                self._lines.append(ending)
            if inner == b"VTIMEZONE":
                self._found.zones.append(self._lines)
            elif inner == b"VEVENT":
                self._of_calendar.append([*self._lines, ending])
            elif inner == b"VCALENDAR":
                self._end_calendar()
            if inner == kind:
                break

    def _end_calendar(self) -> None:
        """A calendar's method may stand behind its events: only now it is known what they are."""
        method, self._method = self._method, b""
        events, self._of_calendar = self._of_calendar, []
        for lines in events if method not in NO_MEETINGS else ():
            self._found.seen += 1
            if method == b"CANCEL":
                self._cancel(lines)
            else:
                self._take_event(lines)

    def _cancel(self, lines: Lines) -> None:
        if _value(lines, b"RECURRENCE-ID"):  # one of a series: as an exception that is cancelled
            plain = [one for one in lines if not one.upper().startswith(b"STATUS")]
            self._take_event([*plain[:-1], b"STATUS:CANCELLED", plain[-1]])
        else:
            self._cancelled.append(lines)

    def _without_cancelled(self, events: list[Lines]) -> Iterator[Lines]:
        ended: dict[bytes, int] = {}
        for lines in self._cancelled:
            uid = _value(lines, b"UID")
            ended[uid] = max(ended.get(uid, 0), _sequence(lines))
        for lines in events:
            uid = _value(lines, b"UID")
            if uid not in ended or _sequence(lines) > ended[uid]:
                yield lines

    def _is_older(self, lines: Lines) -> bool:
        """Whether the text holds a newer version of the same event, wherever that one lies in time."""
        return _sequence(lines) < self._newest.get(_identity(lines), 0)

    def _take_event(self, lines: Lines) -> None:
        sequence = _sequence(lines)
        if sequence:
            identity = _identity(lines)
            self._newest[identity] = max(sequence, self._newest.get(identity, 0))
        matters = _matters(lines, self._first, self._last)
        if matters is None:
            self._found.skipped += 1
        elif matters:
            self._size += sum(map(len, lines))
            if self._size > MOST_KEPT:
                self._found.left += 1
            else:
                self._found.events.append(lines)


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


def _identity(lines: Lines) -> tuple[bytes, bytes]:
    return _value(lines, b"UID"), _value(lines, b"RECURRENCE-ID")


def _day(value: bytes) -> bytes:
    match = _DATE.search(value)
    return match[1] if match else b""
