"""A loop of the daemon that breaks begins again and says so; one that is through or cancelled ends."""

from __future__ import annotations

import asyncio
import logging

import pytest

from monitor.pipeline.keep_running import keep_running


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
