"""Whether this process could listen at all: a PC that is busy starting a program hears answers too late."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

PACE_SECONDS = 0.25
"""Half of the stall that matters: a shorter one needs no finding."""


class StallWatch:
    """worst: the longest time that the event loop stood still while this was watched, in seconds."""

    def __init__(self) -> None:
        self.worst = 0.0

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(PACE_SECONDS)
            self.worst = max(self.worst, loop.time() - before - PACE_SECONDS)
