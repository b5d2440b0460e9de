"""The writer of the journal file: one thread, each batch on the disk before the call returns."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from alerting.encodable import encodable
from alerting.journal.contract import JournalEditor, JournalReader
from alerting.journal.rows import Batch
from alerting.journal.sqlite.connection import connect, error_code, explained, transaction
from alerting.journal.sqlite.editor import SqliteEditor
from alerting.journal.sqlite.reader import SqliteReader
from alerting.journal.sqlite.schema import migrate
from alerting.journal.sqlite.tables import insert_events, put_incidents, put_memory, put_notifications

T = TypeVar("T")
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SqliteJournal:
    """A Journal. ``set_aside`` names the corrupt file that was replaced at the start, or is None."""

    def __init__(self, file: Path) -> None:
        """Open or create. Raises JournalTooNew, or JournalUnavailable with what to do."""
        self.file = file
        self.set_aside: Path | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._db = self._thread.submit(self._open).result()
        self._reader = SqliteReader(file)
        self._last_event = self._thread.submit(self._newest_event).result()

    @property
    def reader(self) -> JournalReader:
        return self._reader

    def _open(self) -> sqlite3.Connection:
        with explained(self.file):
            try:
                return self._connect()
            except sqlite3.Error as error:
                if error_code(error) not in _CORRUPT:
                    raise
                self.set_aside = self._put_aside()
                return self._connect()

    def _connect(self) -> sqlite3.Connection:
        db = connect(self.file)
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

    def _newest_event(self) -> int:
        return int(self._db.execute("SELECT max(seq) FROM events").fetchone()[0] or 0)

    async def commit(self, batch: Batch) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self.write, batch)

    async def read(self, work: Callable[[JournalReader], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._reader)

    async def change(self, work: Callable[[JournalEditor], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._change, work)

    async def retain(self, before: float) -> int:
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._change, lambda editor: editor.retain(before)
        )

    def write(self, batch: Batch) -> None:
        with explained(self.file):
            try:
                self._write(batch)
            except UnicodeEncodeError:
                self._write(_legible(batch))

    def _write(self, batch: Batch) -> None:
        with transaction(self._db):
            insert_events(self._db, batch.events, self._last_event)
            put_incidents(self._db, batch.incidents.values())
            put_notifications(self._db, batch.notifications.values())
            put_memory(self._db, batch.memory.items())
        self._last_event += len(batch.events)

    def _change(self, work: Callable[[SqliteEditor], T]) -> T:
        with explained(self.file), transaction(self._db):
            return work(SqliteEditor(self._db))

    def close(self) -> None:
        self._reader.close()
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()


def _check(db: sqlite3.Connection) -> None:
    """Raises the error that SQLite itself gives for a damaged file."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        broken = sqlite3.DatabaseError(found)
        broken.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise broken


def _legible(batch: Batch) -> Batch:
    """The batch with "\\udcff" written out where a text holds half a character: one such letter must not keep an
    alarm from the disk."""
    return msgspec.convert(encodable(msgspec.to_builtins(batch)), Batch)
