"""Roomwatch, Monit, and Prometheus with exporters and Alertmanager: the same faults, at the same moment, in one run.

    python -m bench.peers --case process-killed      about 6 minutes; also gateway-unreachable (4) and cost (2)

All three watch one room in a network namespace. From the kill of a program, and from the gateway's silence, to the
message at a receiver; then CPU seconds an hour and PSS while all is well. The peers look once a second, Roomwatch as
shipped but without patience. sender: with the sending child that the trial before left (warm), or without one, as
after hours of quiet (cold). Prints JSON lines, and of each figure the ratio to Roomwatch's. Needs root and the Debian
packages of scripts/debian-packages-test.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from aiohttp import web

from bench.crash import senders_of
from bench.footprint import cpu_seconds, pss_mib, tree
from bench.link_down import settings
from bench.peer_monitors import EXPORTERS, Peer, missing, monit, prometheus
from bench.room import PROGRAM, Room, line
from tests.network.lab import WALL, Lab

CASES = ("process-killed", "gateway-unreachable", "cost")
QUIET_SECONDS = 31.0
"""After each trial: from five messages a minute on, a person gets them as one digest."""
TITLES = {"process-killed": "not running", "gateway-unreachable": "gateway"}


class Receiver:
    """Takes everybody's messages and keeps when each of them first said what."""

    def __init__(self) -> None:
        self.port = 0
        self.came: asyncio.Queue[tuple[str, str, float]] = asyncio.Queue()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/{who}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def _take(self, request: web.Request) -> web.Response:
        at = asyncio.get_running_loop().time()
        who, text = request.match_info["who"], await request.text()
        for said in self._said(who, text):
            self.came.put_nowait((who, said, at))
        return web.Response()

    def _said(self, who: str, text: str) -> list[str]:
        if who == "monit":
            return [text]
        if who == "alertmanager":
            alerts = json.loads(text)["alerts"]
            return [one["labels"]["alertname"] for one in alerts if one["status"] == "firing"]
        title = json.loads(text)["title"]
        if "recovered" in title:
            return ["recovered"]
        return [case for case, part in TITLES.items() if part in title]

    async def first(self, case: str, wanted: set[str], seconds: float) -> dict[str, float]:
        """When each of these first said it. Raises TimeoutError."""
        found: dict[str, float] = {}
        async with asyncio.timeout(seconds):
            while wanted - set(found):
                who, said, at = await self.came.get()
                if said == case:
                    found.setdefault(who, at)
        return found

    def forget(self) -> None:
        while not self.came.empty():
            self.came.get_nowait()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


class WatchedRoom:
    """One room with all three monitors, inside the lab's namespace."""

    def __init__(self, lab: Path, wall: str, receiver: Receiver) -> None:
        self.wall, self.receiver = wall, receiver
        self._lab = lab
        watched = (
            f'[probes.software]\nuse_known = false\n[probes.software.applications.conf]\nexecutables = ["{PROGRAM}"]\n'
        )
        quiet = settings(lab, 0).replace("[schedule.software]\nenabled = false\n", "")
        quiet = quiet.replace("[patience]\n", "[patience]\napp_not_running = 0\ngateway_unreachable = 0\n")
        folder = lab / "room"
        folder.mkdir()
        self.room = Room(folder, receiver.port, quiet + watched)
        plan = (folder / "plan.toml").read_text()
        (folder / "plan.toml").write_text(plan.replace("/hook", "/roomwatch"))
        self.peers: list[Peer] = []

    async def start(self) -> None:
        self.room.start_program()
        await self.room.start()
        for name, make in (("monit", monit), ("prometheus", prometheus)):
            folder = self._lab / name
            folder.mkdir()
            self.peers.append(make(folder, self.room.program, WALL, self.receiver.port))
        await asyncio.sleep(8)  # each has seen all of it well
        for peer in self.peers:
            peer.check_runs()

    def stop(self) -> None:
        for peer in self.peers:
            peer.stop()
        self.room.stop()

    @property
    def daemon(self) -> int:
        assert self.room.daemon is not None
        return self.room.daemon.pid

    def end_senders(self) -> None:
        for child in senders_of(self.daemon):
            child.kill()
            child.wait(10)

    def strike(self, case: str) -> None:
        if case == "process-killed":
            self.room.kill_program()
        else:
            self._gateway("delete")

    def mend(self, case: str) -> None:
        if case == "process-killed":
            self.room.start_program()
        else:
            self._gateway("add")

    def _gateway(self, what: str) -> None:
        subprocess.run(["ip", "-n", self.wall, "address", what, f"{WALL}/24", "dev", "in0"], check=True)


async def faults(room: WatchedRoom, case: str, trials: int) -> None:
    took: dict[str, list[float]] = defaultdict(list)
    loop = asyncio.get_running_loop()
    for number in range(2 * trials + 1):
        sender = "cold" if number % 2 == 0 else "warm"
        if sender == "cold":
            room.end_senders()
        room.receiver.forget()
        begun = loop.time()
        room.strike(case)
        said = await room.receiver.first(case, {"roomwatch", "monit", "alertmanager"}, 90)
        if number:  # the first also brings programs and libraries from the disk
            took[f"roomwatch, {sender} sender"].append(said["roomwatch"] - begun)
            took["monit"].append(said["monit"] - begun)
            took["prometheus"].append(said["alertmanager"] - begun)
        room.mend(case)
        await room.receiver.first("recovered", {"roomwatch"}, 120)
        await asyncio.sleep(QUIET_SECONDS)
    for who, values in took.items():
        more: dict[str, object] = {"trials": len(values)}
        for sender in ("warm", "cold"):
            ours = statistics.median(took[f"roomwatch, {sender} sender"])
            more |= {f"ratio_to_{sender}": round(statistics.median(values) / ours, 2)}
        line("peers", case, "time_to_message_median", statistics.median(values), "s", peer=who, **more)
        line("peers", case, "time_to_message_max", max(values), "s", peer=who, trials=len(values))


async def cost(room: WatchedRoom, minutes: float) -> None:
    """Of all their processes, children included. Memory is shared out among those that share it."""
    prometheus_parts = room.peers[1].parts
    owners = {
        "roomwatch": [room.daemon],
        "monit": [room.peers[0].parts["monit"].pid],
        "three exporters": [prometheus_parts[one].pid for one in EXPORTERS],
        "prometheus and alertmanager": [one.pid for name, one in prometheus_parts.items() if name not in EXPORTERS],
    }
    await asyncio.sleep(10)  # a start is no hour
    before = {who: _cpu(pids) for who, pids in owners.items()}
    memory: dict[str, list[float]] = defaultdict(list)
    for _ in range(int(minutes * 60)):
        await asyncio.sleep(1)
        for who, pids in owners.items():
            memory[who].append(sum(pss_mib(one) for pid in pids for one in tree(pid)))
    used = {who: _cpu(pids) - before[who] for who, pids in owners.items()}
    for who in owners:
        ratio = {"ratio_to_roomwatch": round(used[who] / used["roomwatch"], 2)}
        line("peers", "cost", "cpu_s_per_hour", used[who] / minutes * 60, "s/h", peer=who, minutes=minutes, **ratio)
        held, ours = statistics.fmean(memory[who]), statistics.fmean(memory["roomwatch"])
        line("peers", "cost", "pss_mib", held, "MiB", peer=who, ratio_to_roomwatch=round(held / ours, 2))


def _cpu(pids: list[int]) -> float:
    return sum(cpu_seconds(one) for pid in pids for one in tree(pid))


async def inside(lab: Path, wall: str, case: str, trials: int, minutes: float) -> None:
    receiver = Receiver()
    await receiver.start()
    room = WatchedRoom(lab, wall, receiver)
    try:
        await room.start()
        await (cost(room, minutes) if case == "cost" else faults(room, case, trials))
    finally:
        await asyncio.to_thread(room.stop)  # the daemon waits for what is in flight: the receiver must go on
        await receiver.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=CASES, action="append", default=None, help="Default: all.")
    parser.add_argument("--trials", type=int, default=5, help="with each kind of sender; one more is not counted")
    parser.add_argument("--minutes", type=float, default=2.0, help="of the case cost")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cases = options.case or CASES
    if options.inside:
        folder, wall = options.inside
        asyncio.run(inside(Path(folder), wall, cases[0], options.trials, options.minutes))
        return
    if os.geteuid() != 0:
        parser.error("a network namespace of its own needs root")
    if lacking := missing():
        parser.error(f"install first: apt-get install --no-install-recommends {' '.join(lacking)}")
    for case in cases:
        with tempfile.TemporaryDirectory() as name:
            lab = Lab(Path(name))
            again = [sys.executable, "-m", "bench.peers", "--inside", name, lab.wall, "--case", case]
            more = ["--trials", str(options.trials), "--minutes", str(options.minutes)]
            try:
                subprocess.run(["ip", "netns", "exec", lab.room, *again, *more], check=False)
            finally:
                lab.close()


if __name__ == "__main__":
    main()
