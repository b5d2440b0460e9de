"""Leaves of an iCalendar text only the events and properties that can matter, before a parser sees it.

A library takes half a minute for 50,000 events; nearly all of them are over. Titles, texts and attendees fall out here.
Refuses to understand a rule of recurrence: what may matter stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

KEPT = frozenset(
    {
        b"UID", b"DTSTART", b"DTEND", b"DURATION", b"RRULE", b"RDATE", b"EXDATE", b"EXRULE", b"RECURRENCE-ID",
        b"SEQUENCE", b"STATUS", b"TRANSP", b"CATEGORIES", b"ORGANIZER", b"PRIORITY", b"X-MICROSOFT-CDO-BUSYSTATUS",
        b"X-MICROSOFT-CDO-INTENDEDSTATUS", b"X-MICROSOFT-CDO-IMPORTANCE",
    }
)  # fmt: skip

LONGEST_LINE = 1 << 20
"""Bytes of an unfolded line; an attachment written into a property is cut here, no date is that long."""

MARGIN_DAYS = 2
"""Around the window: a date's zone is not known yet, and zones reach from UTC-12 to UTC+14."""

TOO_OFTEN = re.compile(rb"FREQ=(SECONDLY|MINUTELY)", re.IGNORECASE)
"""No meeting recurs by the minute; expanding such a rule from years ago takes hours."""

_DATE = re.compile(rb"(\d{8})")
_UNTIL = re.compile(rb"UNTIL=(\d{8})", re.IGNORECASE)


@dataclass
class Sifted:
    """zones: whole VTIMEZONEs. events: lines of each event that may matter. seen: all events. skipped: broken ones."""

    calendar: bool = False
    cancelled: bool = False
    zones: list[list[bytes]] = field(default_factory=list)
    events: list[list[bytes]] = field(default_factory=list)
    seen: int = 0
    skipped: int = 0

    def text(self) -> bytes:
        """A calendar of what was left."""
        parts = [b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:roomwatch"]
        for lines in (*self.zones, *self.events):
            parts += lines
        return b"\r\n".join([*parts, b"END:VCALENDAR", b""])


def unfolded(source: Iterable[bytes]) -> Iterator[bytes]:
    """Logical lines: a line that begins with a blank continues the one before."""
    line = b""
    for raw in source:
        piece = raw.rstrip(b"\r\n")
        if piece[:1] in (b" ", b"\t"):
            if len(line) < LONGEST_LINE:
                line += piece[1:]
            continue
        if line:
            yield line
        line = piece
    if line:
        yield line


def sift(source: Iterable[bytes], first: str, last: str, address: str = "", with_titles: bool = False) -> Sifted:
    """first, last: the window's days as YYYYMMDD, margin included. address: whose answers (PARTSTAT) matter.

    with_titles: keeps SUMMARY, for a rule on titles, within this process.
    """
    kept = KEPT | {b"SUMMARY"} if with_titles else KEPT
    own = address.lower().encode()
    found = Sifted()
    inside: list[bytes] = []
    lines: list[bytes] = []
    for line in unfolded(source):
        name = line[:64].partition(b":")[0].partition(b";")[0].upper()
        if name == b"BEGIN":
            kind = line[6:].strip().upper()
            inside.append(kind)
            found.calendar = found.calendar or kind == b"VCALENDAR"
            if kind in (b"VEVENT", b"VTIMEZONE"):
                lines = []
        if inside and inside[-1] == b"VCALENDAR" and name == b"METHOD":
            found.cancelled = line.partition(b":")[2].strip().upper() == b"CANCEL"
        wanted = name in kept or name in (b"BEGIN", b"END") or (name == b"ATTENDEE" and own and own in line.lower())
        if b"VTIMEZONE" in inside or (wanted and inside[-1:] == [b"VEVENT"]):
            lines.append(line)
        if name == b"END" and inside:
            kind = inside.pop()
            if kind == b"VTIMEZONE":
                found.zones.append(lines)
            elif kind == b"VEVENT":
                _take(lines, first.encode(), last.encode(), found)
    found.skipped += sum(kind == b"VEVENT" for kind in inside)
    return found


def _take(lines: list[bytes], first: bytes, last: bytes, found: Sifted) -> None:
    found.seen += 1
    by_name: dict[bytes, bytes] = {}
    for line in lines:
        head, _, value = line.partition(b":")
        by_name.setdefault(head.partition(b";")[0].upper(), value)
    start = _day(by_name.get(b"DTSTART", b""))
    if not start:
        found.skipped += 1
        return
    if by_name.get(b"STATUS", b"").strip().upper() == b"CANCELLED" and b"RECURRENCE-ID" not in by_name:
        return
    if b"RECURRENCE-ID" in by_name:
        moved = _day(by_name[b"RECURRENCE-ID"])
        ranged = any(line.upper().startswith(b"RECURRENCE-ID") and b"RANGE=" in line.upper() for line in lines)
        if ranged or first <= start <= last or first <= moved <= last:
            found.events.append(lines)
        return
    rule = by_name.get(b"RRULE", b"")
    if rule or b"RDATE" in by_name:
        if TOO_OFTEN.search(rule):
            found.skipped += 1
            return
        until = _UNTIL.search(rule)
        over = until is not None and until[1] < first and b"RDATE" not in by_name
        if start <= last and not over:
            found.events.append(lines)
        return
    end = _day(by_name.get(b"DTEND", b"")) or start
    long = b"DURATION" in by_name and re.search(rb"\d[DW]", by_name[b"DURATION"].upper()) is not None
    if start <= last and (end >= first or long):
        found.events.append(lines)


def _day(value: bytes) -> bytes:
    match = _DATE.search(value)
    return match[1] if match else b""
