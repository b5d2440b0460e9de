"""A child that ends by itself while it is to be killed keeps its own exit status."""

from __future__ import annotations

import asyncio
import contextlib
import os

import pytest

import alerting.ending
import probes.ending


@pytest.mark.parametrize("kill", [probes.ending.kill, alerting.ending.kill])
async def test_killing_one_that_has_just_ended_takes_no_status_from_its_watcher(
    kill: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(kill)
    for _ in range(20):
        process = await asyncio.create_subprocess_exec("sh", "-c", "exit 7")
        with contextlib.suppress(ChildProcessError):  # the watcher was faster: that is no harm either
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222
        kill(process)
        kill(process)
        assert await asyncio.wait_for(process.wait(), 30) == 7
    assert "Unknown child process" not in caplog.text
