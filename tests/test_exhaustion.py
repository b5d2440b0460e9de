"""A daemon that gets nothing of the kernel any more ends, with one sentence; one that never got it goes on."""

from __future__ import annotations

import asyncio
import itertools
import logging
import subprocess
import sys
from typing import Any

import pytest

from monitor.daemon import exhaustion
from monitor.daemon.exhaustion import NO_CONNECTION, Exhaustion
from monitor.pipeline.keep_running import keep_running


@pytest.mark.parametrize(
    ("looks", "ends"),
    [
        (["", "memory"], True),
        (["memory"], False),
        (["", "file descriptors", ""], False),
    ],
    ids=["gone for good", "never had it", "back soon"],
)
async def test_it_ends_where_what_it_had_is_gone_for_good(
    looks: list[str], ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exhaustion, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(exhaustion, "ENDS_AFTER", 0.0 if looks[-1] else 3600.0)
    said: list[str] = []
    found = itertools.chain(looks, itertools.repeat(looks[-1]))
    asked = 0

    def lacking() -> str:
        nonlocal asked
        asked += 1
        return next(found)

    watched = Exhaustion(lacking, said.append)
    watched.begin()
    while not (said if ends else asked > 20):
        await asyncio.sleep(0.001)
    watched.close()
    assert bool(said) is ends
    assert all("memory" in one for one in said)


async def test_of_connections_that_cannot_be_taken_one_line_is_written(caplog: pytest.LogCaptureFixture) -> None:
    taken = Exhaustion(lambda: "", _never)
    with caplog.at_level(logging.ERROR):
        for _ in range(100):
            taken.take(asyncio.get_running_loop(), {"message": NO_CONNECTION, "exception": OSError(24, "full")})
    assert len(caplog.records) == 1
    assert "Traceback" not in caplog.text


async def test_what_nobody_caught_for_want_of_memory_ends_it_and_all_else_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said: list[str] = []
    taken, loop = Exhaustion(lambda: "", said.append), asyncio.get_running_loop()
    contexts: list[dict[str, Any]] = [{"message": "a", "exception": one} for one in (ValueError("odd"), MemoryError())]
    for one in contexts:
        taken.take(loop, one)
    assert len(said) == 1
    assert "odd" in caplog.text


async def test_a_loop_that_got_no_memory_does_not_begin_again_but_ends_it() -> None:
    said: list[str] = []

    async def loop() -> None:
        raise MemoryError

    task = asyncio.create_task(keep_running(loop, pause=0.0))
    task.add_done_callback(Exhaustion(lambda: "", said.append).look_at)
    await asyncio.wait({task})
    await asyncio.sleep(0)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("limit", "missing"),
    [
        ("pass", ""),
        ("resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))", "file descriptors"),
        (
            "resource.setrlimit(resource.RLIMIT_AS, (int(open('/proc/self/statm').read().split()[0]) * 4096, -1))",
            "memory",
        ),
    ],
)
def test_it_is_seen_what_the_kernel_does_not_give(limit: str, missing: str) -> None:
    look = f"import resource; from alerting.child.spare import lacking; {limit}; print(lacking())"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == missing


def _never(sentence: str) -> None:
    raise AssertionError(sentence)
