"""From the event to the fault and to the receiver having the message: process-killed and link-down, 20 trials each.

About 23 minutes and 4 minutes. process-killed kills a watched program, twenty times with the sending child that the
trial before left (sender: warm) and twenty times without one, as after hours of quiet (cold). link-down pulls the cable
of a room in a network namespace (needs root, and the Debian packages of scripts/debian-packages-test).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.crash import senders_of
from bench.room import PROGRAM, Receiver, Room, line
from tests.network.lab import Lab

QUIET_SECONDS = 31.0
"""After each trial: from five messages a minute on, a target gets them as one digest."""
CASES = ("process-killed", "link-down")
QUIET = "".join(f"[schedule.{name}]\nenabled = false\n" for name in ("network", "camera", "microphone", "speaker"))


async def process_killed(trials: int, patience: float) -> None:
    receiver = Receiver()
    await receiver.start()
    with tempfile.TemporaryDirectory() as name:
        settings = (
            f"[patience]\napp_not_running = {patience}\n[flapping]\nchanges = 100000\n{QUIET}"
            f'[probes.software]\nuse_known = false\n[probes.software.applications.conf]\nexecutables = ["{PROGRAM}"]\n'
        )
        room = Room(Path(name), receiver.port, settings)
        room.start_program()
        await room.start()
        loop = asyncio.get_running_loop()
        to_message: dict[str, list[float]] = {"warm": [], "cold": []}
        to_fault: dict[str, list[float]] = {"warm": [], "cold": []}
        assert room.daemon is not None
        try:
            for number in range(2 * trials + 1):
                await asyncio.sleep(0.5)
                sender = "cold" if number % 2 == 0 else "warm"
                if sender == "cold":
                    for child in senders_of(room.daemon.pid):
                        child.kill()
                        child.wait(10)
                begun = loop.time()
                room.kill_program()
                watcher = asyncio.create_task(_fault_seen(room))
                told, seen = await receiver.next("not running") - begun, await watcher - begun
                if number:  # the first one also brings the libraries from the disk
                    to_message[sender].append(told)
                    to_fault[sender].append(seen)
                room.start_program()
                await receiver.next("recovered")
                await asyncio.sleep(QUIET_SECONDS)
        finally:
            room.stop()
            await receiver.close()
    for sender in ("warm", "cold"):
        more = {"sender": sender, "patience": patience, "trials": trials}
        for metric, values in (("time_to_message", to_message[sender]), ("time_to_fault", to_fault[sender])):
            line("latency", "process-killed", f"{metric}_median", statistics.median(values), "s", **more)
            line("latency", "process-killed", f"{metric}_max", max(values), "s", **more)


async def _fault_seen(room: Room) -> float:
    """When the status first shows the fault: an upper bound, since it is asked every 2 ms."""
    while True:
        answer = await room.ask("/api/status")
        body = answer.partition(b"\r\n\r\n")[2]
        if body and json.loads(body)["faults"]:
            return asyncio.get_running_loop().time()
        await asyncio.sleep(0.002)


def link_down(trials: int, patience: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        lab = Lab(Path(name))
        try:
            inside = [sys.executable, "-m", "bench.link_down", name, lab.wall, str(trials), str(patience)]
            subprocess.run(["ip", "netns", "exec", lab.room, *inside], check=False)
        finally:
            lab.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--patience", type=float, default=0.0, help="Seconds; shipped: 3, and 0 in a meeting.")
    parser.add_argument("--case", choices=CASES, action="append", default=None, help="Default: both.")
    arguments = parser.parse_args()
    cases = arguments.case or CASES
    if "process-killed" in cases:
        asyncio.run(process_killed(arguments.trials, arguments.patience))
    if "link-down" in cases:
        link_down(arguments.trials, arguments.patience)


if __name__ == "__main__":
    main()
