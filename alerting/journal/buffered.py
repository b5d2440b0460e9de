"""Writes what was decided, and keeps in memory what the disk will not take: no full disk silences an alarm.

What waits is written before, and with, what comes later.
"""

from __future__ import annotations

import logging
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


class Kept(Enum):
    """Where a batch is now: on the disk, in memory as others before it, newly in memory only, or on the disk again."""

    WRITTEN = auto()
    WAITING = auto()
    FAILED = auto()
    MENDED = auto()


class BufferedJournal:
    """One journal. reason: why it cannot be written, none while it can; write_at: when it is tried again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.unwritten: Batch | None = None
        self.write_at = 0.0
        self.reason = Reason()
        self._ping_at = 0.0

    async def keep(self, batch: Batch, now: float) -> Kept:
        """Write the batch, or keep it in memory until it can be written. After FAILED ``unwritten`` may be added to."""
        if self.unwritten is not None:
            self.unwritten.absorb(batch)
            if now < self.write_at:
                return Kept.WAITING
            batch = self.unwritten
        elif not batch and now < self._ping_at:
            return Kept.WRITTEN
        self._ping_at = now + PING
        try:
            if batch:
                await self._journal.commit(batch)
            else:
                await self._journal.ping()
        except Exception as error:  # also an error in our own code: what cannot be written must not hold the alarm
            if self.unwritten is None:
                broken = not isinstance(error, JournalUnavailable)
                log.critical("the journal cannot be written, going on from memory: %s", error, exc_info=broken)
            self.unwritten, self.write_at = batch, now + WRITE_AGAIN
            if self.reason:
                return Kept.WAITING
            self.reason = _reason(error)
            return Kept.FAILED
        if self.unwritten is None:
            return Kept.WRITTEN
        self.unwritten, self.reason = None, Reason()
        log.warning("the journal is written again; nothing was lost meanwhile")
        return Kept.MENDED

    async def find(self, number: int) -> Incident | None:
        """An incident as it waits to be written, else as it is stored. Raises JournalUnavailable."""
        if self.unwritten is not None and number in self.unwritten.incidents:
            return self.unwritten.incidents[number]
        return await self._journal.read(lambda reader: reader.incident(number))


def _reason(error: Exception) -> Reason:
    if isinstance(error, JournalUnavailable):
        return error.reason
    return because("broke", detail=f"{type(error).__name__}: {error}")
