"""The clock of bench/soak.py jumps over waits, and over nothing that works."""

from __future__ import annotations

import subprocess
import sys

LOOK = """
import asyncio, sys, time
real = time.monotonic
from bench.jumping_clock import JumpingClock, JumpingLoop
clock = JumpingClock()
clock.install()
loop = JumpingLoop(clock)

async def work(kind):
    begun = time.time()
    if kind == "wait":
        await asyncio.sleep(7 * 86400)
    elif kind == "thread":
        await asyncio.gather(asyncio.to_thread(lambda: __import__("threading").Event().wait(0.5)), late())
    elif kind == "child":
        child = await asyncio.create_subprocess_exec("sleep", "0.5")
        await asyncio.gather(child.wait(), late())
    else:
        loop.busy.append(lambda: real() < ends)
        await late()
    return time.time() - begun

async def late():
    try:
        async with asyncio.timeout(30):
            await asyncio.Event().wait()
    except TimeoutError:
        order.append("late")

order = []
ends = real() + 0.5
begun = real()
moved = loop.run_until_complete(work(sys.argv[1]))
loop.close()
print(round(moved), real() - begun < 20, real() - begun > 0.4)
"""
"""real: how long it truly took."""


def _moved(kind: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", LOOK, kind], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_week_of_waiting_takes_no_week() -> None:
    assert _moved("wait")[:2] == [str(7 * 86400), "True"]


def test_a_thread_a_child_and_what_is_named_busy_get_their_own_time_first() -> None:
    for kind in ("thread", "child", "busy"):
        assert _moved(kind)[1:] == ["True", "True"], kind
