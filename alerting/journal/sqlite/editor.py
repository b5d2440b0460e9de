"""Changes rows that exist, within the writer's transaction; and deletes what is past its time."""

from __future__ import annotations

import sqlite3

from alerting.journal.rows import StoredCase, read_incident
from alerting.journal.sqlite.reader import LIVE, readable
from alerting.journal.sqlite.tables import (
    EVENT_COLUMNS,
    EVENTS,
    INCIDENTS,
    MEMORY,
    NOTIFICATIONS,
    event_values,
    incident_values,
    notification_values,
    read_event,
    read_notification,
)


class SqliteEditor:
    """A JournalEditor."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def numbers(self) -> list[int]:
        return [int(row[0]) for row in self._db.execute("SELECT id FROM incidents ORDER BY id")]

    def case(self, number: int, before: float | None = None) -> StoredCase:
        limit = 1e18 if before is None else before
        incident = self._db.execute("SELECT state FROM incidents WHERE id = ?", (number,)).fetchone()
        events = self._db.execute(
            f"SELECT seq, {EVENT_COLUMNS} FROM events WHERE incident = ? AND at < ? ORDER BY seq", (number, limit)
        )
        notifications = self._db.execute(
            "SELECT row FROM notifications WHERE incident = ? AND decided_at < ? ORDER BY decided_at, key",
            (number, limit),
        )
        return StoredCase(
            incident=readable(read_incident, incident[0]) if incident else None,
            events=[(row[0], event) for row in events if (event := readable(read_event, row[1:])) is not None],
            notifications=[one for row in notifications if (one := readable(read_notification, row[0])) is not None],
        )

    def replace(self, old: StoredCase, new: StoredCase) -> None:
        if new.incident is not None and new.incident != old.incident:
            INCIDENTS.put(self._db, [incident_values(new.incident)])
        for (place, before), (_, event) in zip(old.events, new.events, strict=True):
            if event != before:
                self._db.execute("DELETE FROM events WHERE seq = ?", (place,))
                EVENTS.put(self._db, [event_values(place, event)])
        for before_row, row in zip(old.notifications, new.notifications, strict=True):
            if row != before_row:
                self._db.execute("DELETE FROM notifications WHERE key = ?", (before_row.key,))
                NOTIFICATIONS.put(self._db, [notification_values(row)])

    def closed(self, after: float, until: float, limit: int) -> list[tuple[int, float]]:
        rows = self._db.execute(
            "SELECT id, closed_at FROM incidents WHERE phase = 'closed' AND closed_at > ? AND closed_at <= ?"
            " ORDER BY closed_at, id LIMIT ?",
            (after, until, limit),
        )
        return [(int(row[0]), float(row[1])) for row in rows]

    def memories(self) -> dict[str, str]:
        return {str(row[0]): str(row[1]) for row in self._db.execute("SELECT name, value FROM memory")}

    def remember(self, name: str, value: str) -> None:
        MEMORY.put(self._db, [(name, value)])

    def retain(self, before: float) -> int:
        """Delete what Journal.retain says; how many incidents."""
        gone = (
            "SELECT id FROM incidents WHERE phase = 'closed' AND owes = 0 AND closed_at < ?"
            " AND id < (SELECT max(id) FROM incidents)"
        )
        self._db.execute(f"DELETE FROM events WHERE incident IN ({gone})", (before,))
        self._db.execute(f"DELETE FROM notifications WHERE incident IN ({gone})", (before,))
        count = self._db.execute(f"DELETE FROM incidents WHERE id IN ({gone})", (before,)).rowcount
        self._db.execute("DELETE FROM events WHERE incident = 0 AND at < ?", (before,))
        self._db.execute(
            "DELETE FROM notifications WHERE incident = 0 AND decided_at < ? AND state NOT IN (?, ?)", (before, *LIVE)
        )
        old = self._db.execute(
            "SELECT name FROM memory WHERE (name LIKE 'reminded.%' OR name LIKE 'reply.%'"
            " OR name LIKE 'page_press.%' OR name LIKE 'page_link.%')"
            " AND CAST(value AS DOUBLE PRECISION) < ?",
            (before,),
        )
        self._db.executemany("DELETE FROM memory WHERE name = ?", old.fetchall())
        return count
