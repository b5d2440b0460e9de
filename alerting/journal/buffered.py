"""Writes what was decided, and keeps in memory what the disk will not take, or not soon: no full disk silences an
alarm, and no slow one holds it.

What waits is written before, and with, what comes later.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from enum import Enum, auto

from alerting.journal.contract import Journal, JournalUnavailable
from alerting.journal.rows import Batch
from alerting.model.incident import Incident
from alerting.model.reason import Reason, because

log = logging.getLogger("roomwatch.engine")

WRITE_AGAIN = 10.0
"""Seconds between tries to write the journal while it cannot be written."""
PING = 15.0
"""Seconds between looks whether the journal is still there while nothing is written: the plan's longest tick."""
PATIENCE = 2.0
"""Seconds that an alarm waits for the disk. It may have to wait for the write before its own too: twice this, and the
sending, stay within the promised 5 s. Sound disks take hundredths, busy ones tenths."""
LOOK_AGAIN = 1.0
"""Seconds between looks whether a slow disk has written what it has in hand."""
TOLD_AFTER = 30.0
"""Seconds of a slow disk after which people are told: one that spins up, or takes an update, is slow for a while."""


class Kept(Enum):
    """Where a batch is now: on the disk, in memory as others before it, newly in memory only, or on the disk again."""

    WRITTEN = auto()
    WAITING = auto()
    FAILED = auto()
    MENDED = auto()


@dataclass(slots=True)
class InHand:
    """A write that the disk has not ended yet. events: how many of the oldest that wait are in it."""

    work: asyncio.Future[None]
    events: int


class BufferedJournal:
    """One journal. unwritten: all that is not known to be on the disk, None where everything is. reason: why it cannot
    be written, none while it can; write_at: when it is tried again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.unwritten: Batch | None = None
        self.write_at = 0.0
        self.reason = Reason()
        self._ping_at = 0.0
        self._in_hand: InHand | None = None
        self._slow_since: float | None = None

    async def keep(self, batch: Batch, now: float) -> Kept:
        """Write the batch, or keep it in memory until it can be written. After FAILED ``unwritten`` may be added to."""
        if self.unwritten is not None:
            self.unwritten.absorb(batch)
            if now < self.write_at:
                return Kept.WAITING
            if self._in_hand is not None and not self._in_hand.work.done():
                return self._still_slow(now)
            self._take_landed(self.unwritten)
            batch = self.unwritten
        elif not batch and now < self._ping_at:
            return Kept.WRITTEN
        self._ping_at = now + PING
        try:
            soon = await self._write(batch)
        except Exception as error:  # also an error in our own code: what cannot be written must not hold the alarm
            if not self.reason:
                broken = not isinstance(error, JournalUnavailable)
                log.critical("the journal cannot be written, going on from memory: %s", error, exc_info=broken)
            self.unwritten, self.write_at = batch, now + WRITE_AGAIN
            if self.reason:
                return Kept.WAITING
            self.reason = _reason(error)
            return Kept.FAILED
        if not soon:
            return self._still_slow(now)
        self._slow_since = None
        if self.unwritten is None:
            return Kept.WRITTEN
        if self.reason:
            log.warning("the journal is written again; nothing was lost meanwhile")
        self.unwritten, self.reason = None, Reason()
        return Kept.MENDED

    async def _write(self, batch: Batch) -> bool:
        """Whether it is on the disk soon. Where it is not, the disk goes on, and ``unwritten`` is a copy: what is in
        hand is read by another thread."""
        work = asyncio.ensure_future(self._journal.commit(batch) if batch else self._journal.ping())
        await asyncio.wait({work}, timeout=PATIENCE)
        if work.done():
            work.result()
            return True
        if self._slow_since is None:
            self._slow_since = time.monotonic()
            log.warning("the disk has not written the journal within %g s; alarms do not wait for it", PATIENCE)
        self._in_hand = InHand(work, len(batch.events))
        self.unwritten = Batch()
        self.unwritten.absorb(batch)
        return False

    def _still_slow(self, now: float) -> Kept:
        self.write_at = now + LOOK_AGAIN
        slow = 0.0 if self._slow_since is None else time.monotonic() - self._slow_since
        if self.reason or slow < TOLD_AFTER:
            return Kept.WAITING
        self.reason = because("journal_slow", seconds=TOLD_AFTER)
        log.critical("the disk has not written the journal for %g s, going on from memory", TOLD_AFTER)
        return Kept.FAILED

    def _take_landed(self, unwritten: Batch) -> None:
        """What was in hand is on the disk: its events must not be written again. Other rows may be."""
        landed, self._in_hand = self._in_hand, None
        if landed is not None and landed.work.exception() is None:
            del unwritten.events[: landed.events]

    async def finish(self, seconds: float) -> None:
        """Wait so long for what the disk has in hand, before the last ``keep``."""
        if self._in_hand is not None:
            await asyncio.wait({self._in_hand.work}, timeout=seconds)
        self.write_at = 0.0

    async def find(self, number: int) -> Incident | None:
        """An incident as it waits to be written, else as it is stored. Raises JournalUnavailable."""
        if self.unwritten is not None and number in self.unwritten.incidents:
            return self.unwritten.incidents[number]
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._journal.read(lambda reader: reader.incident(number))
        except TimeoutError:
            raise JournalUnavailable(because("journal_slow", seconds=PATIENCE)) from None


def _reason(error: Exception) -> Reason:
    if isinstance(error, JournalUnavailable):
        return error.reason
    return because("broke", detail=f"{type(error).__name__}: {error}")
