"""What a process has freed goes back to the system."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from monitor.linux import freed_memory

FREES = """
import psutil
from monitor.linux.freed_memory import trim
held = [bytes(600) for _ in range(100_000)]
held = held[::1000]  # what lies behind keeps glibc from giving back what lies before it
resident = psutil.Process().memory_info
before = resident().rss
trim()()
print((before - resident().rss) >> 20)
"""


def test_memory_between_what_is_held_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", FREES], check=True, capture_output=True, text=True, timeout=60)
    assert int(done.stdout) >= 20


async def test_it_is_given_back_again_and_again_while_the_daemon_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    called = asyncio.Semaphore(0)
    running = asyncio.get_running_loop()
    monkeypatch.setattr(freed_memory, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(freed_memory, "trim", lambda: lambda: running.call_soon_threadsafe(called.release))
    task = asyncio.create_task(freed_memory.loop())
    await called.acquire()
    await called.acquire()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_where_the_library_cannot_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freed_memory, "trim", lambda: None)
    await asyncio.wait_for(freed_memory.loop(), 5)
