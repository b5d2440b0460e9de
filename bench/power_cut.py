"""Cuts the power at random instants and counts what was lost, skipped or came twice. Needs root and loop devices.

The engine of bench/crash_engine.py works on an ext4 file system of its own, which lies in an image. A cut stops it in
mid-work, keeps the image as it is at that instant, and goes on from that: what the file system has not written to its
device is gone, and what it had in hand is found half done. Faults overlap as in bench/crash.py, whose rules hold.
``--without-sync`` lets SQLite wait for no disk, to see that such losses are noticed. Prints JSON lines. Exits 0
whatever the figures are.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import filecmp
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.crash import LONGEST_RUN, WRONG, Receiver, judge, killed
from bench.crash_engine import Worker

IMAGE_BYTES = 48 * 2**20
"""The smallest in which ext4 keeps a journal of its own, with room for some hundred incidents."""


class Disk:
    """An ext4 file system in an image, mounted at ``place``."""

    def __init__(self, folder: Path) -> None:
        self.image, self.copy, self.place = folder / "image", folder / "copy", folder / "disk"
        self.place.mkdir()
        with self.image.open("wb") as image:
            image.truncate(IMAGE_BYTES)
        subprocess.run(["mkfs.ext4", "-q", str(self.image)], check=True)
        self._mount()

    def _mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.place)], check=True)

    def keep(self) -> None:
        """The image as it is at one instant. Whoever writes to the disk must stand still; the kernel may not."""
        while True:
            shutil.copy(self.image, self.copy)
            if filecmp.cmp(self.image, self.copy, shallow=False):
                return

    def go_on_from_kept(self) -> None:
        """Nobody may use the disk. What it was told after ``keep`` never happened."""
        self.close()
        self.copy.replace(self.image)
        self._mount()

    def close(self) -> None:
        subprocess.run(["umount", str(self.place)], check=True)


async def run_and_cut(worker: Worker, disk: Disk, chance: random.Random, accepted: set[str]) -> bool:
    """True where the log of the journal is not on the disk as the engine had written it."""
    await worker.ready()
    await asyncio.sleep(chance.uniform(0.0, LONGEST_RUN))
    with contextlib.suppress(ProcessLookupError):  # it ended by itself: the journal says what is lost
        os.kill(worker.pid, signal.SIGSTOP)
    disk.keep()
    written = _log(disk)
    killed(worker.pid)
    accepted |= await worker.ended()
    disk.go_on_from_kept()
    return _log(disk) != written


def _log(disk: Disk) -> bytes:
    log = disk.place / "journal.db-wal"
    return log.read_bytes() if log.exists() else b""


async def bench(cuts: int, seed: int, synced: bool) -> dict[str, float]:
    chance, receiver, accepted, lossy = random.Random(seed), Receiver(), set[str](), 0
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        disk = Disk(Path(name))
        try:
            for run in range(cuts):
                receiver.run = run
                worker = Worker(disk.place, port, seed * 100000 + run, "direct", drain=False, synced=synced)
                lossy += await run_and_cut(worker, disk, chance, accepted)
                await receiver.settled()
            receiver.run = cuts
            await Worker(disk.place, port, seed * 100000 + cuts, "direct", drain=True).ended()
        finally:
            server.close()
            read = shutil.copytree(disk.place, Path(name) / "read", ignore=shutil.ignore_patterns("lost+found"))
            disk.close()
        figures = judge(read / "journal.db", accepted, receiver.keys, cuts)
    return {**figures, "cuts_that_lost_bytes_of_the_log": lossy}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="20 cuts take about three minutes.")
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-sync", action="store_true")
    parser.add_argument("--mounts-apart", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.mounts_apart:
        # A process that somebody else starts meanwhile must not inherit the mount, and hold it.
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv, "--mounts-apart"])
    figures = asyncio.run(bench(options.cuts, options.seed, not options.without_sync))
    wrong = [metric for metric in WRONG if figures.get(metric)]
    for metric, value in {**figures, "figures_that_must_be_0": len(wrong)}.items():
        print(json.dumps({"bench": "power_cut", "case": "power cut", "metric": metric, "value": value, "unit": "1"}))
    if wrong:
        print(f"must be 0: {', '.join(wrong)}", file=sys.stderr)


if __name__ == "__main__":
    main()
