"""A child that ends by itself while it is to be killed keeps its own exit status."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

import alerting.child.process_end
import probes.child.process_end


@pytest.mark.parametrize("kill", [probes.child.process_end.kill, alerting.child.process_end.kill])
async def test_killing_one_that_has_just_ended_takes_no_status_from_its_watcher(
    kill: object, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(kill)
    killed, wait = threading.Event(), os.waitpid

    def late(pid: int, options: int) -> tuple[int, int]:
        """asyncio's watcher, as slow as it may be: subprocess keeps the function of its own."""
        assert killed.wait(30)
        return wait(pid, options)

    monkeypatch.setattr(os, "waitpid", late)
    process = await asyncio.create_subprocess_exec("sh", "-c", "read line; exit 7", stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"end\n")
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222
    kill(process)
    kill(process)
    killed.set()
    assert await asyncio.wait_for(process.wait(), 30) == 7
    assert "Unknown child process" not in caplog.text
