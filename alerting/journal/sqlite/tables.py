"""The rows of the tables: how each is written, and read back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from alerting.journal.rows import Event, Notification, read_reason
from alerting.model.incident import Incident

EVENT_COLUMNS = "incident, at, verb, by_whom, why, data"
EventRow = tuple[int, float, str, str, str, str]


def insert_events(db: sqlite3.Connection, events: Iterable[Event], last: int) -> None:
    """last: the place of the newest event so far."""
    db.executemany(
        "INSERT INTO events (seq, incident, at, verb, by_whom, why, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (place, one.incident, one.at, one.verb, one.by, json_text(one.why), json_text(one.data))
            for place, one in enumerate(events, last + 1)
        ),
    )


def put_incidents(db: sqlite3.Connection, incidents: Iterable[Incident]) -> None:
    db.executemany(
        "INSERT INTO incidents (id, room, phase, opened_at, closed_at, drill, owes, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET room = excluded.room,"
        " phase = excluded.phase, closed_at = excluded.closed_at, owes = excluded.owes, state = excluded.state",
        (
            (i.id, i.room, i.phase.value, i.opened_at, i.closed_at, int(i.drill), int(i.owes), json_text(i))
            for i in incidents
        ),
    )


def put_notifications(db: sqlite3.Connection, rows: Iterable[Notification]) -> None:
    db.executemany(
        "INSERT INTO notifications (key, incident, state, contact, channel, decided_at, row)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET state = excluded.state, row = excluded.row",
        ((n.key, n.incident, n.state.value, n.contact, n.channel, n.decided_at, json_text(n)) for n in rows),
    )


def put_memory(db: sqlite3.Connection, memory: Iterable[tuple[str, str]]) -> None:
    db.executemany(
        "INSERT INTO memory (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        memory,
    )


def read_event(row: EventRow) -> Event:
    """row: EVENT_COLUMNS."""
    incident, at, verb, by, why, data = row
    return Event(incident=incident, at=at, verb=verb, by=by, why=read_reason(why), data=msgspec.json.decode(data))


def read_notification(text: str | bytes) -> Notification:
    return msgspec.json.decode(text, type=Notification)


def json_text(row: object) -> str:
    return msgspec.json.encode(row).decode()
