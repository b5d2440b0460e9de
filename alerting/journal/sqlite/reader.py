"""Reads the journal file without writing to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alerting.journal.contract import JournalUnavailable
from alerting.journal.rows import Event, Notification, NotificationState, read_incident
from alerting.journal.sqlite.connection import connect, explained
from alerting.journal.sqlite.tables import EVENT_COLUMNS, read_event, read_notification
from alerting.model.incident import Incident

LIVE = (NotificationState.PENDING.value, NotificationState.SENDING.value)

MOST = 2**63 - 1
"""The largest number that SQLite keeps; people may type a larger one."""


class SqliteReader:
    """A JournalReader. Raises JournalUnavailable where there is no file yet."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise JournalUnavailable(f"journal {file}: there is none yet; it is made when roomwatch first runs")
        self._file = file
        with explained(file):
            self._db = connect(file, read_only=True)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with explained(self._file):
            self._db.execute("BEGIN")
        try:
            yield
        finally:
            with explained(self._file):
                self._db.execute("COMMIT")

    def _select(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with explained(self._file):
            yield from self._db.execute(f"SELECT {sql}", values)

    def incident(self, number: int) -> Incident | None:
        if number > MOST:
            return None
        found = self._select("state FROM incidents WHERE id = ?", number)
        return next((read_incident(row[0]) for row in found), None)

    def incidents(self, since: float = 0.0, until: float | None = None, *, drills: bool = True) -> list[Incident]:
        found = self._select(
            "state FROM incidents WHERE opened_at >= ? AND opened_at < ? AND drill <= ? ORDER BY opened_at, id",
            since,
            1e18 if until is None else until,
            int(drills),
        )
        return [read_incident(row[0]) for row in found]

    def live_incidents(self) -> list[Incident]:
        found = self._select(
            "state FROM incidents WHERE phase IN ('open', 'mitigated', 'resolved') OR owes = 1 ORDER BY opened_at, id"
        )
        return [read_incident(row[0]) for row in found]

    def events(self, incident: int | None = None, since: float = 0.0) -> list[Event]:
        if incident is None:
            found = self._select(f"{EVENT_COLUMNS} FROM events WHERE at >= ? ORDER BY seq", since)
        else:
            found = self._select(
                f"{EVENT_COLUMNS} FROM events WHERE incident = ? AND at >= ? ORDER BY seq", incident, since
            )
        return [read_event(row) for row in found]

    def notifications(self, incident: int | None = None, since: float = 0.0) -> list[Notification]:
        order = "decided_at >= ? ORDER BY decided_at, key"
        if incident is None:
            found = self._select(f"row FROM notifications WHERE {order}", since)
        else:
            found = self._select(f"row FROM notifications WHERE incident = ? AND {order}", incident, since)
        return [read_notification(row[0]) for row in found]

    def heard_since(self, since: float) -> dict[int, tuple[float, str]]:
        """Reads from the newest back, and stops."""
        heard: dict[int, tuple[float, str]] = {}
        for incident, at, verb in self._select("incident, at, verb FROM events ORDER BY seq DESC"):
            if at < since:
                break
            heard[incident] = (at, verb)
        return heard

    def notification(self, key: str) -> Notification | None:
        found = self._select("row FROM notifications WHERE key = ?", key)
        return next((read_notification(row[0]) for row in found), None)

    def unfinished(self) -> list[Notification]:
        found = self._select("row FROM notifications WHERE state IN (?, ?) ORDER BY decided_at, key", *LIVE)
        return [read_notification(row[0]) for row in found]

    def memories(self) -> dict[str, str]:
        return {str(row[0]): str(row[1]) for row in self._select("name, value FROM memory")}

    def last_number(self) -> int:
        return int(next(self._select("max(id) FROM incidents"))[0] or 0)

    def last_time(self) -> float:
        return next((float(row[0]) for row in self._select("at FROM events ORDER BY seq DESC LIMIT 1")), 0.0)
