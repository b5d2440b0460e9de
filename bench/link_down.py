"""One room whose cable is pulled, run inside the lab's room namespace: its receiver answers on that loopback.

Started by bench/latency.py with the lab's folder, the name of the wall's namespace, trials and patience.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
from pathlib import Path

from bench.room import Receiver, Room, line
from tests.network.lab import FAR, FAR_OTHER, WALL

OTHERS = ("software", "camera", "microphone", "speaker", "display", "host", "power")
MESSAGES, QUIET_SECONDS = 4, 31.0
"""Trials whose message is waited for, and the pause after each: five messages a minute would become a digest. The
first is not counted: it starts the sender, which the shipped patience would have warmed."""
REST_SECONDS = 3.0
"""Between a cable's return and its next pull: the kernel passes carrier changes on once a second at most (linkwatch),
so that a pull right after a plug is told up to a second late, whoever listens."""
FAULT, TITLE = "link_down", "No network link"


def settings(lab: Path, patience: float) -> str:
    quiet = "".join(f"[schedule.{name}]\nenabled = false\n" for name in OTHERS)
    return (
        f"[patience]\n{FAULT} = {patience}\n[flapping]\nchanges = 100000\n{quiet}"
        "[schedule.network]\nrecover_after = 1\n"
        f'[probes.network]\nresolvers = ["{WALL}"]\ninternet = ["{FAR}", "{FAR_OTHER}"]\ninternet6 = []\n'
        'portal_url = "http://portal.test/"\nportal_expect = "as expected"\nservices = ["meet"]\nproxy = "none"\n'
        f'services_file = "{lab}/services.toml"\nca_file = "{lab}/ca.pem"\n'
    )


async def measure(lab: Path, wall: str, trials: int, patience: float) -> None:
    receiver = Receiver()
    await receiver.start()
    folder = lab / "room"
    folder.mkdir()
    room = Room(folder, receiver.port, settings(lab, patience))
    await room.start()
    loop = asyncio.get_running_loop()
    to_message: list[float] = []
    to_fault: list[float] = []
    try:
        for trial in range(trials + MESSAGES):
            counts_message = trial < MESSAGES
            await _standing(room, False)
            await asyncio.sleep(REST_SECONDS)
            while not receiver.messages.empty():
                receiver.messages.get_nowait()
            begun = loop.time()
            _set(wall, "down")
            to_fault.append(await _standing(room, True) - begun)
            if counts_message:
                to_message.append(await receiver.next(TITLE) - begun)
            _set(wall, "up")
            if counts_message:
                await asyncio.sleep(QUIET_SECONDS)
    finally:
        await asyncio.to_thread(room.stop)  # the daemon waits for what is in flight: the receiver must go on
        await receiver.close()
    more = {"patience": patience}
    for metric, values in (("time_to_message", to_message[1:]), ("time_to_fault", to_fault)):
        line("latency", "link-down", f"{metric}_median", statistics.median(values), "s", **more, trials=len(values))
        line("latency", "link-down", f"{metric}_max", max(values), "s", **more, trials=len(values))


def _set(wall: str, state: str) -> None:
    subprocess.run(["ip", "-n", wall, "link", "set", "in0", state], check=True)


async def _standing(room: Room, wanted: bool) -> float:
    """When the status first shows the fault open (or gone): an upper bound, since it is asked every 2 ms."""
    async with asyncio.timeout(60):
        while True:
            body = (await room.ask("/api/status")).partition(b"\r\n\r\n")[2]
            if body and (FAULT in str(json.loads(body)["faults"])) is wanted:
                return asyncio.get_running_loop().time()
            await asyncio.sleep(0.002)


if __name__ == "__main__":
    asyncio.run(measure(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
