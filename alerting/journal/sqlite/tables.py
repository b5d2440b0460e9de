"""The journal's tables: their columns, how a row is written into them, and how it is read back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from alerting.journal.rows import Event, Notification, read_incident, read_reason
from alerting.journal.small_facts import LATEST, is_fact
from alerting.journal.sqlite.checksum import Values, checksum
from alerting.model.incident import Incident

EVENT_COLUMNS = "incident, at, verb, by_whom, why, data"
EARLIEST = 946_684_800.0
"""2000-01-01: what bears an earlier time, and no checksum that fits, was not written by us. A PC whose battery is empty
begins in 1970, but its rows have their checksums. An incident is kept all the same: it may be the only one."""
NO_ROW = (msgspec.MsgspecError, ValueError, TypeError, RecursionError)
"""What reading a row raises where it is none."""
_VERB = re.compile(r"[a-z][a-z_]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """columns: all but ``checksum``, which comes last. key: the column that names a row.

    incident: the place of the column with the incident's number, None where rows belong to none. read: raises what
    msgspec raises, ValueError or TypeError for values that make no row. anew: makes the columns out of the one that
    holds the whole row, and raises the same. final: a row is never changed once written.
    """

    name: str
    columns: tuple[str, ...]
    key: str
    read: Callable[[Values], object]
    incident: int | None
    anew: Callable[[Values], Values] | None = None
    final: bool = False

    @property
    def insert(self) -> str:
        """A statement that writes a row, or its later form."""
        columns = (*self.columns, "checksum")
        plain = f"INSERT INTO {self.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        later = ", ".join(f"{one} = excluded.{one}" for one in columns if one != self.key)
        return plain if self.final else f"{plain} ON CONFLICT ({self.key}) DO UPDATE SET {later}"

    def put(self, db: sqlite3.Connection, rows: Iterable[Values]) -> None:
        """Write rows, or their later forms, each with its checksum."""
        db.executemany(self.insert, ((*values, checksum(values)) for values in rows))

    def is_row(self, values: Values) -> bool:
        """True where the values make a row."""
        try:
            self.read(values)
        except NO_ROW:
            return False
        return True

    def made_anew(self, values: Values) -> Values | None:
        """The row as the column that holds the whole of it says; None where no column does, or it makes no row."""
        try:
            return None if self.anew is None else self.anew(values)
        except NO_ROW:
            return None


def event_values(place: int, event: Event) -> Values:
    """place: its number in the order of writing."""
    return (place, event.incident, float(event.at), event.verb, event.by, json_text(event.why), json_text(event.data))


def incident_values(one: Incident) -> Values:
    closed = None if one.closed_at is None else float(one.closed_at)
    opened = float(one.opened_at)
    return (one.id, one.room, one.phase.value, opened, closed, int(one.drill), int(one.owes), json_text(one))


def notification_values(row: Notification) -> Values:
    decided = float(row.decided_at)
    return (row.key, row.incident, row.state.value, row.contact, row.channel, decided, json_text(row))


def read_event(values: Values) -> Event:
    """values: EVENT_COLUMNS."""
    incident, at, verb, by, why, data = values
    fields = {"incident": incident, "at": at, "verb": verb, "by": by, "why": read_reason(why)}
    return msgspec.convert({**fields, "data": msgspec.json.decode(data)}, Event)


def read_notification(text: str | bytes) -> Notification:
    return msgspec.json.decode(text, type=Notification)


def json_text(row: object) -> str:
    return msgspec.json.encode(row).decode()


def _read_event_row(values: Values) -> Event:
    if type(values[0]) is not int:
        raise TypeError("an event's place is a number")
    event = read_event(values[1:])
    _check_time(event.at)
    if event.incident < 0 or not _VERB.fullmatch(event.verb):
        raise ValueError("an event of no incident or without a verb")
    return event


def _read_incident_row(values: Values) -> Incident:
    found = read_incident(values[-1])
    _check_time(found.opened_at, earliest=0.0)
    if (found.id, found.phase.value) != (values[0], values[2]):
        raise ValueError("the columns are those of another incident")
    return found


def _read_notification_row(values: Values) -> Notification:
    found = read_notification(values[-1])
    _check_time(found.decided_at)
    if (found.key, found.incident, found.state.value) != values[:3]:
        raise ValueError("the columns are those of another message")
    return found


def _incident_anew(values: Values) -> Values:
    found = read_incident(values[-1])
    _check_time(found.opened_at, earliest=0.0)
    return (*incident_values(found)[:-1], values[-1])


def _notification_anew(values: Values) -> Values:
    found = read_notification(values[-1])
    _check_time(found.decided_at)
    return (*notification_values(found)[:-1], values[-1])


def _check_time(at: float, earliest: float = EARLIEST) -> None:
    if not earliest <= at <= LATEST:
        raise ValueError("a time that no PC of ours writes")


def _read_memory_row(values: Values) -> Values:
    if not is_fact(*values):
        raise ValueError("a small fact of another form")
    return values


EVENTS = Table(
    name="events",
    columns=("seq", *EVENT_COLUMNS.split(", ")),
    key="seq",
    read=_read_event_row,
    incident=1,
    final=True,
)
INCIDENTS = Table(
    name="incidents",
    columns=("id", "room", "phase", "opened_at", "closed_at", "drill", "owes", "state"),
    key="id",
    read=_read_incident_row,
    incident=0,
    anew=_incident_anew,
)
NOTIFICATIONS = Table(
    name="notifications",
    columns=("key", "incident", "state", "contact", "channel", "decided_at", "row"),
    key="key",
    read=_read_notification_row,
    incident=1,
    anew=_notification_anew,
)
MEMORY = Table(name="memory", columns=("name", "value"), key="name", read=_read_memory_row, incident=None)
TABLES: Mapping[str, Table] = {table.name: table for table in (INCIDENTS, EVENTS, NOTIFICATIONS, MEMORY)}


def row_checksum(table: str, *values: object) -> int | None:
    """The function of this name in SQL: None for values that make no row of the table."""
    return checksum(values) if TABLES[table].is_row(values) else None
