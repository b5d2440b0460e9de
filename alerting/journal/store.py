"""Writes and reads the journal file: one writer thread, each batch on the disk before the call returns.

Refuses a newer schema; sets a corrupt file aside and says so. Knows nothing of what rows mean.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from alerting.encodable import encodable
from alerting.journal.rows import Batch, Event, Notification, NotificationState, read_incident
from alerting.journal.schema import JournalTooNew, migrate
from alerting.model.incident import Incident

__all__ = ["Journal", "JournalReader", "JournalTooNew", "JournalUnavailable"]

T = TypeVar("T")
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LIVE = (NotificationState.PENDING.value, NotificationState.SENDING.value)


class JournalUnavailable(Exception):
    """The journal cannot be written now (disk full, read-only, gone); the text says what to do."""


def _remedy(error: sqlite3.Error, file: Path) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    todo = {
        sqlite3.SQLITE_FULL: f"the disk is full: free space under {file.parent}",
        sqlite3.SQLITE_READONLY: f"it is read-only: give this user write access to {file.parent}",
        sqlite3.SQLITE_CANTOPEN: f"it cannot be opened: create {file.parent} and give this user write access",
        sqlite3.SQLITE_IOERR: f"reading or writing failed: check the disk that holds {file.parent}",
        sqlite3.SQLITE_BUSY: "another program holds it: stop the other roomwatch",
    }.get(code, str(error))
    return f"journal {file}: {todo}"


class JournalReader:
    """Reads a journal without writing to it; several may read while the daemon writes. Plain, blocking calls."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise JournalUnavailable(f"journal {file}: there is none yet; it is made when roomwatch first runs")
        self._db = sqlite3.connect(f"file:{file}?mode=ro", uri=True, check_same_thread=False)

    def close(self) -> None:
        self._db.close()

    def incident(self, incident: int) -> Incident | None:
        row = self._db.execute("SELECT state FROM incidents WHERE id = ?", (incident,)).fetchone()
        return read_incident(row[0]) if row else None

    def incidents(self, since: float = 0.0, until: float | None = None, *, drills: bool = True) -> list[Incident]:
        """Incidents opened in [since, until), oldest first."""
        rows = self._db.execute(
            "SELECT state FROM incidents WHERE opened_at >= ? AND opened_at < ? AND drill <= ? ORDER BY opened_at, id",
            (since, 1e18 if until is None else until, int(drills)),
        )
        return [read_incident(row[0]) for row in rows]

    def live_incidents(self) -> list[Incident]:
        """Incidents that are not closed, or for which the engine still has something to do, oldest first."""
        rows = self._db.execute(
            "SELECT state FROM incidents WHERE phase IN ('open', 'mitigated', 'resolved') OR owes = 1"
            " ORDER BY opened_at, id"
        )
        return [read_incident(row[0]) for row in rows]

    def events(self, incident: int | None = None, since: float = 0.0) -> list[Event]:
        """Events of an incident (or of all) in the order in which they were written."""
        where, values = (
            ("incident = ? AND at >= ?", (incident, since)) if incident is not None else ("at >= ?", (since,))
        )
        rows = self._db.execute(
            f"SELECT incident, at, verb, by_whom, why, data FROM events WHERE {where} ORDER BY seq", values
        )
        return [
            Event(incident=r[0], at=r[1], verb=r[2], by=r[3], why=r[4], data=msgspec.json.decode(r[5])) for r in rows
        ]

    def notifications(self, incident: int | None = None, since: float = 0.0) -> list[Notification]:
        """Notifications of an incident (or of all), in the order in which they were decided."""
        where, values = ("incident = ? AND", (incident, since)) if incident is not None else ("", (since,))
        rows = self._db.execute(
            f"SELECT row FROM notifications WHERE {where} decided_at >= ? ORDER BY decided_at, key", values
        )
        return [msgspec.json.decode(row[0], type=Notification) for row in rows]

    def heard_since(self, since: float) -> dict[int, tuple[float, str]]:
        """Incidents with an event since then → (time, verb) of one of them. Reads from the newest back, and stops."""
        found: dict[int, tuple[float, str]] = {}
        for incident, at, verb in self._db.execute("SELECT incident, at, verb FROM events ORDER BY seq DESC"):
            if at < since:
                break
            found[incident] = (at, verb)
        return found

    def notification(self, key: str) -> Notification | None:
        row = self._db.execute("SELECT row FROM notifications WHERE key = ?", (key,)).fetchone()
        return msgspec.json.decode(row[0], type=Notification) if row else None

    def unfinished(self) -> list[Notification]:
        """What still has to go out."""
        rows = self._db.execute("SELECT row FROM notifications WHERE state IN (?, ?) ORDER BY decided_at, key", _LIVE)
        return [msgspec.json.decode(row[0], type=Notification) for row in rows]

    def memories(self) -> dict[str, str]:
        """All small facts by name."""
        return {str(row[0]): str(row[1]) for row in self._db.execute("SELECT name, value FROM memory")}

    def last_number(self) -> int:
        row = self._db.execute("SELECT max(id) FROM incidents").fetchone()
        return int(row[0] or 0)

    def last_time(self) -> float:
        """The time of the newest event, 0 in an empty journal."""
        row = self._db.execute("SELECT at FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return float(row[0]) if row else 0.0


class Journal:
    """The one writer. ``set_aside`` names the corrupt file that was replaced at the start, or is None."""

    def __init__(self, file: Path) -> None:
        """Open or create. Raises JournalTooNew, or JournalUnavailable with what to do."""
        self.file = file
        self.set_aside: Path | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._db = self._thread.submit(self._open).result()
        self.reader = JournalReader(file)
        self._seq = self._thread.submit(self._last_seq).result()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _CORRUPT:
                raise JournalUnavailable(_remedy(error, self.file)) from error
            self.set_aside = self._put_aside()
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA busy_timeout = 2000")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            _check(db)
            migrate(db, str(self.file))
        except BaseException:
            db.close()
            raise
        return db

    def _put_aside(self) -> Path:
        """Move the file and its companions out of the way; nothing of them is deleted."""
        number = 1
        while (aside := self.file.with_name(f"{self.file.name}.corrupt-{number}")).exists():
            number += 1
        for suffix in ("-wal", "-shm", ""):
            part = self.file.with_name(self.file.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        return aside

    def _last_seq(self) -> int:
        return int(self._db.execute("SELECT max(seq) FROM events").fetchone()[0] or 0)

    async def commit(self, batch: Batch) -> None:
        """Put the batch on the disk; the event loop runs on meanwhile. Raises JournalUnavailable: nothing written."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.write, batch)

    def write(self, batch: Batch) -> None:
        """The same in the calling thread, for the writer thread and for tools that have the journal to themselves."""
        try:
            self._write(batch)
        except UnicodeEncodeError:
            self._write(_legible(batch))

    def _write(self, batch: Batch) -> None:
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                seq = self._seq
                db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", _event_rows(batch.events, seq))
                db.executemany(
                    "INSERT INTO incidents (id, room, phase, opened_at, closed_at, drill, owes, state)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET room = excluded.room,"
                    " phase = excluded.phase, closed_at = excluded.closed_at, owes = excluded.owes,"
                    " state = excluded.state",
                    [
                        (i.id, i.room, i.phase.value, i.opened_at, i.closed_at, int(i.drill), int(i.owes), _text(i))
                        for i in batch.incidents.values()
                    ],
                )
                db.executemany(
                    "INSERT INTO notifications (key, incident, state, contact, channel, decided_at, row)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET state = excluded.state, row = excluded.row",
                    [
                        (n.key, n.incident, n.state.value, n.contact, n.channel, n.decided_at, _text(n))
                        for n in batch.notifications.values()
                    ],
                )
                db.executemany(
                    "INSERT INTO memory (name, value) VALUES (?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    list(batch.memory.items()),
                )
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            self._seq = seq + len(batch.events)
        except sqlite3.Error as error:
            raise JournalUnavailable(_remedy(error, self.file)) from error

    async def change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Let ``work`` change rows that exist, in the writer's thread and in one transaction. Raises
        JournalUnavailable: nothing changed."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.change_now, work)

    def change_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The same in the calling thread, for tools that have the journal to themselves."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._db)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise JournalUnavailable(_remedy(error, self.file)) from error
        return result

    async def retain(self, before: float) -> int:
        """Delete incidents closed before that time with all their rows, and older rows that belong to none; how many
        incidents. Open ones and those that owe a report always stay, and the newest, whose number counts on."""
        return await self.change(lambda db: _retain(db, before))

    def close(self) -> None:
        """Finish what is being written, then let go of the file."""
        self.reader.close()
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()


def _retain(db: sqlite3.Connection, before: float) -> int:
    gone = (
        "SELECT id FROM incidents WHERE phase = 'closed' AND owes = 0 AND closed_at < ?"
        " AND id < (SELECT max(id) FROM incidents)"
    )
    db.execute(f"DELETE FROM events WHERE incident IN ({gone})", (before,))
    db.execute(f"DELETE FROM notifications WHERE incident IN ({gone})", (before,))
    count = db.execute(f"DELETE FROM incidents WHERE id IN ({gone})", (before,)).rowcount
    db.execute("DELETE FROM events WHERE incident = 0 AND at < ?", (before,))
    db.execute(
        "DELETE FROM notifications WHERE incident = 0 AND decided_at < ? AND state NOT IN (?, ?)", (before, *_LIVE)
    )
    old = db.execute(
        "SELECT name FROM memory WHERE name LIKE 'reminded.%' AND CAST(value AS DOUBLE PRECISION) < ?", (before,)
    )
    db.executemany("DELETE FROM memory WHERE name = ?", old.fetchall())
    return count


def _check(db: sqlite3.Connection) -> None:
    """Raises the error that SQLite itself gives for a damaged file."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        broken = sqlite3.DatabaseError(found)
        broken.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise broken


def _text(row: object) -> str:
    return msgspec.json.encode(row).decode()


def _legible(batch: Batch) -> Batch:
    """The batch with "\\udcff" written out where a text holds half a character: one such letter must not keep an
    alarm from the disk."""
    return msgspec.convert(encodable(msgspec.to_builtins(batch)), Batch)


def _event_rows(events: Sequence[Event], seq: int) -> Iterator[tuple[int, int, float, str, str, str, str]]:
    for number, event in enumerate(events, seq + 1):
        yield (number, event.incident, event.at, event.verb, event.by, event.why, _text(event.data))
