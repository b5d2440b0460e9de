"""The daemon's event sources in a network namespace of the test's own: a pulled cable wakes the network probe."""

import os
import subprocess
import sys

import pytest

WATCH = """
import asyncio, subprocess
from pathlib import Path
from monitor.linux.events import EventSources
from monitor.settings import load

def ip(line):
    subprocess.run(["ip", *line.split()], check=True)

async def main():
    for line in ("link add room0 type veth peer name wall0", "link set room0 up", "link set wall0 up"):
        ip(line)
    woken = asyncio.Queue()
    events = EventSources(lambda probe, why: woken.put_nowait((probe, why)))
    events.start(load(Path("config")))
    await asyncio.sleep(0.5)
    while not woken.empty():
        woken.get_nowait()
    ip("link set wall0 down")
    async with asyncio.timeout(10):
        while await woken.get() != ("network", "event:room0 link-down"):
            pass
    events.close()
    print("woken")

asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace takes root")
def test_a_pulled_cable_wakes_the_network_probe_at_once() -> None:
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", WATCH], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "woken", done.stderr
