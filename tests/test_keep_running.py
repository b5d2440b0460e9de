"""A loop of the daemon that breaks begins again and says so; one that is through or cancelled ends."""

from __future__ import annotations

import asyncio
import logging

import pytest

from monitor.pipeline.keep_running import end_tasks, keep_running


async def test_a_loop_that_breaks_begins_again_and_says_what_broke(caplog: pytest.LogCaptureFixture) -> None:
    begun = 0

    async def loop() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise OSError("no more inotify instances")

    with caplog.at_level(logging.ERROR):
        await keep_running(loop, pause=0.0)
    assert begun == 3
    assert caplog.text.count("OSError: no more inotify instances") == 2


async def test_a_cancelled_loop_ends() -> None:
    task = asyncio.create_task(keep_running(lambda: asyncio.sleep(3600)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_that_drops_a_cancellation_is_ended_all_the_same() -> None:
    dropped = 0

    async def deaf() -> None:
        nonlocal dropped
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                dropped += 1
                if dropped == 2:
                    raise

    tasks = [asyncio.create_task(deaf()), asyncio.create_task(asyncio.sleep(3600))]
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await end_tasks(tasks)
    assert dropped == 2
    assert all(one.done() for one in tasks)
