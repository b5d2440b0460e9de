"""A journal that could not be opened when the daemon started. Alarms go out without it; it is joined once it can be
opened, and then holds all that was decided meanwhile."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from alerting.journal.contract import Journal, JournalEditor, JournalReader, JournalUnavailable
from alerting.journal.damage import Damage
from alerting.journal.rows import Batch, Event, Notification
from alerting.model.incident import Incident

T = TypeVar("T")
log = logging.getLogger("roomwatch.journal")
COUNTED_FROM = 1_577_836_800.0
"""2020-01-01. Numbers of incidents go on from the minutes since then: the journal that cannot be read has smaller ones,
and a second such start larger ones."""


class NothingYet:
    """A JournalReader that answers as an empty journal does, but gives no number anew that was given before."""

    unreadable = 0

    def __init__(self, last_number: int) -> None:
        self._last_number = last_number

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        yield

    def incident(self, number: int) -> Incident | None:
        return None

    def incidents(self, since: float = 0.0, until: float | None = None, *, drills: bool = True) -> list[Incident]:
        return []

    def live_incidents(self) -> list[Incident]:
        return []

    def events(self, incident: int | None = None, since: float = 0.0) -> list[Event]:
        return []

    def notifications(self, incident: int | None = None, since: float = 0.0) -> list[Notification]:
        return []

    def heard_since(self, since: float) -> dict[int, tuple[float, str]]:
        return {}

    def notification(self, key: str) -> Notification | None:
        return None

    def unfinished(self) -> list[Notification]:
        return []

    def memories(self) -> dict[str, str]:
        return {}

    def last_number(self) -> int:
        return self._last_number

    def last_time(self) -> float:
        return 0.0

    def close(self) -> None: ...


class LateJournal:
    """A Journal. open: tries once, and raises JournalUnavailable; it is asked again whenever something is wanted."""

    late = True

    def __init__(self, open: Callable[[], Journal], failure: JournalUnavailable, now: float = 0.0) -> None:
        log.critical("the journal cannot be opened, going on from memory: %s", failure)
        self._open, self._failure = open, failure
        self._journal: Journal | None = None
        self._opening = asyncio.Lock()
        self._nothing = NothingYet(int(((now or time.time()) - COUNTED_FROM) / 60))

    @property
    def reader(self) -> JournalReader:
        return self._nothing if self._journal is None else self._journal.reader

    async def _there(self) -> Journal:
        async with self._opening:
            if self._journal is None:
                try:
                    self._journal = await asyncio.to_thread(self._open)
                except JournalUnavailable as error:
                    self._failure = error
                    raise
        return self._journal

    async def commit(self, batch: Batch) -> None:
        first = self._journal is None
        journal = await self._there()
        if first:  # what the journal remembers of itself stays
            known = await journal.read(lambda reader: reader.memories())
            batch = msgspec.structs.replace(batch, memory={**batch.memory, **_own(known)})
        await journal.commit(batch)

    def write(self, batch: Batch) -> None:
        if self._journal is None:
            raise self._failure
        self._journal.write(batch)

    async def read(self, work: Callable[[JournalReader], T]) -> T:
        return await (await self._there()).read(work)

    async def change(self, work: Callable[[JournalEditor], T]) -> T:
        return await (await self._there()).change(work)

    async def ping(self) -> None:
        await (await self._there()).ping()

    async def examine(self) -> Damage:
        return await (await self._there()).examine()

    async def discard_salvage(self, before: float = math.inf) -> int:
        return await (await self._there()).discard_salvage(before)

    async def retain(self, before: float) -> int:
        return await (await self._there()).retain(before)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()


def _own(known: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in known.items() if name == "installation"}
