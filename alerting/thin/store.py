"""journal.db: one writer thread, WAL, synchronous=FULL, plain portable SQL. Refuses a schema newer than its own.

A corrupt file is set aside under its own name and begun anew, and that is said; nothing is deleted.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
Statement = tuple[str, tuple[Any, ...]]
SCHEMA_VERSION = 1

_SCHEMA = (
    """CREATE TABLE incident (
        id TEXT PRIMARY KEY, room TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL,
        phase TEXT NOT NULL, opened_at REAL NOT NULL, ended_at REAL)""",
    "CREATE INDEX incident_by_phase ON incident (phase)",
    """CREATE TABLE event (
        seq INTEGER PRIMARY KEY, incident TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL,
        who TEXT NOT NULL, detail TEXT NOT NULL)""",
    "CREATE INDEX event_by_incident ON event (incident, seq)",
    """CREATE TABLE outbox (
        id TEXT PRIMARY KEY, incident TEXT NOT NULL, kind TEXT NOT NULL, contact TEXT NOT NULL,
        channel INTEGER NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL, due_at REAL NOT NULL,
        attempts INTEGER NOT NULL, settled_at REAL, detail TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX outbox_by_state ON outbox (state)",
    "CREATE INDEX outbox_by_incident ON outbox (incident)",
)


class JournalUnavailableError(Exception):
    """The journal cannot be written now (disk full, read-only, gone)."""


class JournalRefusedError(Exception):
    """The journal cannot be used at all; the text says what to do."""


class Journal:
    """Every call runs on the one thread; the event loop never waits for the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._db: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Raises JournalRefusedError for a newer schema, JournalUnavailableError when the disk refuses."""
        await self._on_thread(self._open)

    def _open(self) -> None:
        try:
            self._connect()
        except sqlite3.DatabaseError as error:
            text = str(error)
            if "not a database" not in text and "malformed" not in text:
                raise JournalUnavailableError(f"{self.path}: {error}") from None
            if self._db is not None:
                self._db.close()
            self.set_aside = self._move_away()
            log.error("the journal was corrupt: kept as %s, a new one is begun", self.set_aside)
            self._connect()

    def _move_away(self) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.corrupt-{number}")).exists():
            number += 1
        self.path.rename(aside)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        return aside

    def _connect(self) -> None:
        db = self._db = sqlite3.connect(self.path, timeout=10, check_same_thread=False, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA cache_size=-512")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise JournalRefusedError(
                f"{self.path} was written by a newer roomwatch (schema {version}, this one knows {SCHEMA_VERSION}). "
                "Install that version again, or set another `state` folder."
            )
        if version == 0:
            db.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            db.execute("COMMIT")
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("database disk image is malformed")

    async def commit(self, statements: Iterable[Statement]) -> None:
        """All of it or nothing. Raises JournalUnavailableError."""
        await self._on_thread(self._commit, list(statements))

    def _commit(self, statements: Sequence[Statement]) -> None:
        try:
            if self._db is None:
                self._connect()
            assert self._db is not None
            self._db.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                self._db.execute(sql, values)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db is not None and self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise JournalUnavailableError(f"{self.path}: {error}") from None

    async def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Read. Raises JournalUnavailableError."""
        return await self._on_thread(self._rows, sql, values)

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            if self._db is None:
                self._connect()
            assert self._db is not None
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise JournalUnavailableError(f"{self.path}: {error}") from None

    async def _on_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    def close(self) -> None:
        def close() -> None:
            if self._db is not None:
                self._db.close()

        self._thread.submit(close)
        self._thread.shutdown()
