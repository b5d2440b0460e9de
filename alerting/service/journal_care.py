"""The journal's care, once a day: its rows are held against their checksums, and what is over its time is deleted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from alerting.engine.engine import Engine
from alerting.journal.contract import Journal, JournalUnavailable

log = logging.getLogger(__name__)
EXAMINE_AFTER = 2.0
"""Seconds from the start to the examination of the whole journal: the first look of every probe goes first."""
TIDY_AFTER = 300.0
"""Seconds from the start of a day's work to its tidying, which is not to fall into the minutes in which faults are
looked for."""
DAY = 86400.0


class JournalCare:
    """tidy: deletes what is over its time; asked once a day."""

    def __init__(self, journal: Journal, engine: Engine, tidy: Callable[[], Awaitable[None]]) -> None:
        self._journal, self._engine, self._tidy = journal, engine, tidy
        self._days: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._days = asyncio.create_task(self._every_day())

    def close(self) -> None:
        if self._days is not None:
            self._days.cancel()

    async def _every_day(self) -> None:
        while True:
            await asyncio.sleep(EXAMINE_AFTER)
            await self.examine()
            await asyncio.sleep(TIDY_AFTER)
            try:
                await self._tidy()
            except Exception:
                log.exception("the day's tidying broke; it is tried again tomorrow")
            await asyncio.sleep(DAY - TIDY_AFTER - EXAMINE_AFTER)

    async def examine(self) -> None:
        """Hold every row of the journal against its checksum; the engine tells what was found."""
        try:
            if await self._journal.examine():
                await self._engine.reread_memory()
        except JournalUnavailable as error:
            log.warning("the journal could not be examined; it is tried again tomorrow: %s", error)
        except Exception:
            log.exception("the journal could not be examined; it is tried again tomorrow")
