"""The writer of the journal file: one thread, each batch on the disk before the call returns."""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from alerting.encodable import encodable
from alerting.journal.contract import JournalEditor, JournalReader, JournalUnavailable
from alerting.journal.damage import FOUND, Damage, read_damage
from alerting.journal.rows import Batch
from alerting.journal.sqlite.connection import error_code, explained, transaction
from alerting.journal.sqlite.editor import SqliteEditor
from alerting.journal.sqlite.examination import examine_slice
from alerting.journal.sqlite.opening import identity, open_file, restore
from alerting.journal.sqlite.reader import SqliteReader
from alerting.journal.sqlite.rebuild import rebuild
from alerting.journal.sqlite.salvage import discard_salvage
from alerting.journal.sqlite.tables import (
    EVENTS,
    INCIDENTS,
    MEMORY,
    NOTIFICATIONS,
    TABLES,
    event_values,
    incident_values,
    notification_values,
)
from alerting.model.reason import because

T = TypeVar("T")
log = logging.getLogger("roomwatch.journal")

MOST = 2**53
"""A higher place of an event is damage: nobody writes so many events."""


class JournalRebuilt(JournalUnavailable):
    """The call was not carried out: the file was damaged. It is whole again, the same call goes well now."""


class SqliteJournal:
    """A Journal in one file. What it finds damaged it notes in its memory (alerting/journal/damage.py)."""

    late = False

    def __init__(self, file: Path) -> None:
        """Open or create. Raises JournalTooNew, or JournalUnavailable with what to do."""
        self.file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._thread.submit(self._open).result()

    def _open(self) -> None:
        with explained(self.file):
            self._db = open_file(self.file)
            self._identity, self._missed = identity(self.file), False
            self._reader = SqliteReader(self.file)
            self._last_event = self._newest_place()

    def _newest_place(self) -> int:
        """The highest place of an event. A value that is no place is found when all rows are examined."""
        where = f"typeof(seq) = 'integer' AND seq < {MOST}"
        return int(self._db.execute(f"SELECT max(seq) FROM events WHERE {where}").fetchone()[0] or 0)

    @property
    def reader(self) -> JournalReader:
        return self._reader

    async def commit(self, batch: Batch) -> None:
        await self._beside(self.write, batch)

    async def read(self, work: Callable[[JournalReader], T]) -> T:
        return await self._beside(lambda: work(self._reader))

    async def change(self, work: Callable[[JournalEditor], T]) -> T:
        return await self._beside(self._change, work)

    async def retain(self, before: float) -> int:
        return await self._beside(self._change, lambda editor: editor.retain(before))

    async def ping(self) -> None:
        await self._beside(self._ping)

    async def discard_salvage(self, before: float = math.inf) -> int:
        return await self._beside(discard_salvage, self.file, before)

    async def examine(self) -> Damage:
        for table in TABLES:
            after: int | None = 0
            while after is not None:
                after = await self._beside(self._examine, table, after)
        return read_damage((await self.read(lambda reader: reader.memories())).get(FOUND))

    async def _beside(self, work: Callable[..., T], *arguments: object) -> T:
        """Beside the event loop, in the writer's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def write(self, batch: Batch) -> None:
        with self._whole():
            try:
                self._write(batch)
            except UnicodeEncodeError:
                self._write(_legible(batch))

    def _write(self, batch: Batch) -> None:
        with transaction(self._db):
            first = self._last_event + 1
            EVENTS.put(self._db, (event_values(place, one) for place, one in enumerate(batch.events, first)))
            INCIDENTS.put(self._db, map(incident_values, batch.incidents.values()))
            NOTIFICATIONS.put(self._db, map(notification_values, batch.notifications.values()))
            MEMORY.put(self._db, batch.memory.items())
        self._last_event += len(batch.events)

    def _change(self, work: Callable[[SqliteEditor], T]) -> T:
        with self._whole(), transaction(self._db):
            return work(SqliteEditor(self._db))

    def _examine(self, table: str, after: int) -> int | None:
        """The place up to which the table is examined now; None at its end, also where the file had to be rebuilt."""
        with suppress(JournalRebuilt), self._whole():
            return examine_slice(self._db, self.file, table, after)
        return None

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Make the call on a file that is still in its place. A damaged file is rebuilt: raises JournalRebuilt."""
        self._ping()
        with explained(self.file):
            try:
                yield
            except sqlite3.Error as error:
                if error_code(error) not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                    raise
                log.error("the journal %s is damaged (%s); what can be read of it is taken over", self.file, error)
                self._let_go()
                rebuild(self.file)
                self._open()
                text = f"journal {self.file}: it was damaged, and is made anew of what can be read"
                raise JournalRebuilt(because("journal_rebuilt"), text) from error

    def _ping(self) -> None:
        """Raises JournalUnavailable where the file is not where it was: people hear of it. The next call writes the
        whole journal to its place again, out of the open file."""
        now = identity(self.file)
        if all(was in (None, found) for was, found in zip(self._identity, now, strict=True)):
            self._identity = now  # the log may have been begun since the start
            return
        if not self._missed:
            self._missed = True
            text = f"journal {self.file}: the file was deleted or replaced while roomwatch ran; it is written anew"
            raise JournalUnavailable(because("journal_replaced"), text)
        with explained(self.file):
            restore(self._db, self.file)
        self._let_go()
        self._open()

    def _let_go(self) -> None:
        self._reader.close()
        self._db.close()

    def close(self) -> None:
        """Finish what is being written, then let go of the file."""
        self._thread.submit(self._let_go).result()
        self._thread.shutdown()


def _legible(batch: Batch) -> Batch:
    """The batch with "\\udcff" written out where a text holds half a character: one such letter must not keep an
    alarm from the disk."""
    return msgspec.convert(encodable(msgspec.to_builtins(batch)), Batch)
