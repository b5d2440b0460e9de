"""Does a piece of work for the newest of what it is given: one at a time, and what waits is replaced by what comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

AGAIN_SECONDS = 5.0
"""Before work that broke is done again, unless something newer came."""


class Newest(Generic[T]):
    """rest: seconds between two pieces of work, so that a storm of requests leaves time for everything else."""

    def __init__(self, work: Callable[[T], Awaitable[None]], *, rest: float = 0.0) -> None:
        self._work, self._rest = work, rest
        self._waiting: list[T] = []
        self._task: asyncio.Task[None] | None = None

    def put(self, item: T) -> None:
        """Do it for this one, after the one that is being done, instead of the one that waits."""
        self._waiting = [item]
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def settled(self) -> None:
        """Until nothing waits."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Stop, also in the middle."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._waiting:
            item = self._waiting.pop()
            try:
                await self._work(item)
            except Exception:
                log.exception(
                    "%s broke; it is done again in %g s", getattr(self._work, "__qualname__", self._work), AGAIN_SECONDS
                )
                await asyncio.sleep(AGAIN_SECONDS)
                self._waiting = self._waiting or [item]
            else:
                await asyncio.sleep(self._rest)
