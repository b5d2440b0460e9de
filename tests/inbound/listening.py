"""A listener for tests, with what its child heard."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from alerting.inbound.child_protocol import Job, ReadItem
from alerting.inbound.listener import Listener
from alerting.inbound.unreadable_items import Aside

Next = Callable[[], Awaitable[ReadItem]]


class Told(Listener):
    async def told(self) -> str:
        """The next problem."""
        async with asyncio.timeout(60):
            while not self.problem:
                await asyncio.sleep(0.02)
        return self.problem

    async def has(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def listening(
    folder: Path, job: Job, source: str = "", python: str = sys.executable
) -> AsyncIterator[tuple[Told, Next]]:
    """(listener, what gives the next item), closed at the end."""
    heard: asyncio.Queue[ReadItem] = asyncio.Queue()
    listener = Told(source or f"{job.way}.test", job, heard.put, Aside(folder), python=python)
    await listener.start()

    async def one() -> ReadItem:
        return await asyncio.wait_for(heard.get(), 60)

    try:
        yield listener, one
    finally:
        await asyncio.wait_for(listener.close(), 10)
