"""Somebody joins while the sweep plays: the sound server says so by an event, and the check ends at once.

``pactl subscribe`` writes a line for each stream that begins. Our own child's are counted off; one more is somebody.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from probes.child.process_end import kill
from probes.linux.sound_server import Session

_NEW = re.compile(rb"'new' on (source-output|sink-input)")


@asynccontextmanager
async def watched(session: Session, own: dict[str, int], joined: Callable[[], None]) -> AsyncIterator[None]:
    """Call ``joined`` once when more streams begin than our own. own: kind of stream → how many the check begins."""
    process = await asyncio.create_subprocess_exec(
        "pactl", "subscribe", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **session.environment()},
    )  # fmt: skip
    task = asyncio.create_task(_follow(process, dict(own), joined))
    try:
        yield
    finally:
        task.cancel()
        kill(process)
        await asyncio.gather(task, return_exceptions=True)
        await process.wait()


async def _follow(process: asyncio.subprocess.Process, left: dict[str, int], joined: Callable[[], None]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        found = _NEW.search(line)
        if found is None:
            continue
        kind = found[1].decode()
        left[kind] = left.get(kind, 0) - 1
        if left[kind] < 0:
            joined()
            return
