"""In the guest: our probe captures a camera, and at a random moment another program wants it.

    python yielding.py NODE TRIALS SEED        one JSON object a trial on standard output

The other program opens the node, asks for buffers as every V4L2 application does, and where it is refused tries
again every 2 ms. "free_ms" is from before its open() to the first yes, "refused" whether its first try failed.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import fcntl
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from probes import camera
from probes.child.isolate import Isolation
from probes.reading import CannotMeasure, Context, Reading

REQUEST_BUFFERS = 0xC0145608
GIVE_UP_SECONDS = 15.0


class Buffers(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("memory", ctypes.c_uint32),
        ("rest", ctypes.c_uint32 * 2),
    )


def want_the_camera(node: str) -> dict[str, float | bool]:
    """What another program does."""
    begun = time.monotonic()
    descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    opened = time.monotonic()
    refused = False
    try:
        while True:
            try:
                fcntl.ioctl(descriptor, REQUEST_BUFFERS, bytes(Buffers(count=4, type=1, memory=1)))
            except OSError as error:
                if error.errno != errno.EBUSY or time.monotonic() > begun + GIVE_UP_SECONDS:
                    raise
                refused = True
                time.sleep(0.002)
            else:
                break
        now = time.monotonic()
        time.sleep(0.3)  # it goes on to stream
    finally:
        os.close(descriptor)
    return {"free_ms": (now - begun) * 1000, "open_ms": (opened - begun) * 1000, "refused": refused}


def opener() -> None:
    """The other program, started beforehand, so that its start costs nothing at the moment that counts."""
    for line in sys.stdin:
        print(json.dumps(want_the_camera(line.strip())), flush=True)


async def one_look(node: str, isolation: Isolation) -> tuple[float, str]:
    """Our probe, once. Returns its seconds and what it said of the picture."""
    settings = camera.Settings(cameras=(node,), deadline_seconds=30.0)
    context = Context(
        now=time.time,
        monotonic=time.monotonic,
        in_meeting=False,
        wake="once",
        state=Path(tempfile.gettempdir()),
        memory={"isolation": isolation},
    )
    begun = time.monotonic()
    outcomes = await camera.probe(settings, context)
    said = ""
    for outcome in outcomes:
        if outcome.check == camera.PICTURE:
            said = outcome.finding or "healthy" if isinstance(outcome, Reading) else ""
            if isinstance(outcome, CannotMeasure):
                said = "gave way" if "gave way" in str(outcome.reason) else str(outcome.reason)
    return time.monotonic() - begun, said


async def trials(node: str, count: int, seed: int) -> None:
    chance = random.Random(seed)
    isolation = Isolation()
    await one_look(node, isolation)  # the libraries come from the disk once
    alone, said = await one_look(node, isolation)
    print(json.dumps({"alone_s": alone, "said": said}), flush=True)
    other = subprocess.Popen(
        [sys.executable, __file__, "opener"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin is not None
    assert other.stdout is not None
    for _ in range(count):
        look = asyncio.create_task(one_look(node, isolation))
        await asyncio.sleep(chance.uniform(0.0, alone))
        finished = look.done()
        print(node, file=other.stdin, flush=True)
        answer = json.loads(await asyncio.to_thread(other.stdout.readline))
        took, said = await look
        answer |= {"look_s": took, "said": said, "finished_before": finished}
        answer["left_behind"] = len(isolation.running) + len(isolation.abandoned)
        print(json.dumps(answer), flush=True)
        await asyncio.sleep(0.3)
    other.stdin.close()
    other.wait(30)


if __name__ == "__main__":
    if sys.argv[1] == "opener":
        opener()
    else:
        asyncio.run(trials(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
