"""Reads the journal file without writing to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alerting.journal.contract import JournalUnavailable
from alerting.journal.rows import Event, Notification, NotificationState, read_incident
from alerting.journal.sqlite.connection import CACHE_KIB, connect, explained
from alerting.journal.sqlite.schema import FormDamaged, look_at, version_of
from alerting.journal.sqlite.tables import EVENT_COLUMNS, NO_ROW, read_event, read_notification
from alerting.model.incident import Incident
from alerting.model.reason import because

T = TypeVar("T")
LIVE = (NotificationState.PENDING.value, NotificationState.SENDING.value)

MOST = 2**63 - 1
"""The largest number that SQLite keeps; people may type a larger one."""

MOST_INCIDENTS = 10_000_000
"""A higher number is damage: it would be a thousand years of a busy site."""


class SqliteReader:
    """A JournalReader. Raises JournalUnavailable where there is no file yet, or one that the daemon would not take as
    it is: what is read of it would be judged wrongly.

    A row that makes no sense is passed over, so that it costs itself alone; ``unreadable`` counts such rows.
    """

    def __init__(self, file: Path) -> None:
        try:
            there = file.exists() or file.is_symlink()
        except PermissionError:
            text = f"journal {file}: this user may not read it; join the group of {file.parent}, or use sudo"
            raise JournalUnavailable(because("journal_barred", file=str(file)), text) from None
        if not there:
            text = f"journal {file}: there is none yet; it is made when roomwatch first runs"
            raise JournalUnavailable(because("journal_none", file=str(file)), text)
        self._file = file
        self.unreadable = 0
        with explained(file):
            look_at(file)
            self._db = connect(file, options="?mode=ro")
        try:
            with explained(file):
                if version_of(self._db, str(file)) == 0:
                    raise FormDamaged("it has no tables of a journal")
                self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        except JournalUnavailable:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        if self._db.in_transaction:
            yield
            return
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

    def _read(self, read: Callable[[tuple[Any, ...]], T], sql: str, *values: object) -> Iterator[T]:
        for row in self._select(sql, *values):
            found = readable(read, row)
            if found is not None:
                yield found
            else:
                self.unreadable += 1

    def incident(self, number: int) -> Incident | None:
        if number > MOST:
            return None
        return next(self._read(_incident, "state FROM incidents WHERE id = ?", number), None)

    def incidents(self, since: float = 0.0, until: float | None = None, *, drills: bool = True) -> list[Incident]:
        where = "opened_at >= ? AND opened_at < ? AND drill <= ? ORDER BY opened_at, id"
        end = 1e18 if until is None else until
        return list(self._read(_incident, f"state FROM incidents WHERE {where}", since, end, int(drills)))

    def live_incidents(self) -> list[Incident]:
        where = "phase IN ('open', 'mitigated', 'resolved') OR owes = 1 ORDER BY opened_at, id"
        return list(self._read(_incident, f"state FROM incidents WHERE {where}"))

    def events(self, incident: int | None = None, since: float = 0.0) -> list[Event]:
        columns = f"{EVENT_COLUMNS} FROM events WHERE"
        if incident is None:
            return list(self._read(read_event, f"{columns} at >= ? ORDER BY seq", since))
        return list(self._read(read_event, f"{columns} incident = ? AND at >= ? ORDER BY seq", incident, since))

    def notifications(self, incident: int | None = None, since: float = 0.0) -> list[Notification]:
        order = "decided_at >= ? ORDER BY decided_at, key"
        if incident is None:
            return list(self._read(_notification, f"row FROM notifications WHERE {order}", since))
        return list(
            self._read(_notification, f"row FROM notifications WHERE incident = ? AND {order}", incident, since)
        )

    def heard_since(self, since: float) -> dict[int, tuple[float, str]]:
        """Reads from the newest back, and stops."""
        heard: dict[int, tuple[float, str]] = {}
        for event in self._read(read_event, f"{EVENT_COLUMNS} FROM events ORDER BY seq DESC"):
            if event.at < since:
                break
            heard[event.incident] = (event.at, event.verb)
        return heard

    def notification(self, key: str) -> Notification | None:
        return next(self._read(_notification, "row FROM notifications WHERE key = ?", key), None)

    def unfinished(self) -> list[Notification]:
        where = "state IN (?, ?) ORDER BY decided_at, key"
        return list(self._read(_notification, f"row FROM notifications WHERE {where}", *LIVE))

    def memories(self) -> dict[str, str]:
        return {str(row[0]): str(row[1]) for row in self._select("name, value FROM memory")}

    def last_number(self) -> int:
        """The highest number in any table: an incident's own row may be lost, and its number must not be given
        again."""
        newest = [
            next(self._select(f"max({column}) FROM {table} WHERE {column} < {MOST_INCIDENTS}"))[0]
            for column, table in (("id", "incidents"), ("incident", "events"), ("incident", "notifications"))
        ]
        return max((one for one in newest if isinstance(one, int)), default=0)

    def last_time(self) -> float:
        newest = self._read(read_event, f"{EVENT_COLUMNS} FROM events ORDER BY seq DESC")
        return next((event.at for event in newest), 0.0)


def readable(read: Callable[[Any], T], row: Any) -> T | None:
    """None for a row that makes no sense."""
    try:
        return read(row)
    except NO_ROW:
        return None


def _incident(row: tuple[Any, ...]) -> Incident:
    return read_incident(row[0])


def _notification(row: tuple[Any, ...]) -> Notification:
    return read_notification(row[0])
