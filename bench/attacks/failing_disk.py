"""The disk under the running daemon's journal is slow, hangs or fails now and then; then it works again.

No kernel module is needed: a small library stands between the daemon and libc (failing_disk.c, built by ``cc``).
"""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.attacks.attack import Figure, Figures, Size
from bench.attacks.victim import GAP_SECONDS, Victim
from bench.crash import judge

SOURCE = Path(__file__).with_suffix(".c")
KINDS: Mapping[str, tuple[int, int, int]] = {
    "a sync takes 2 s": (2000, 0, 0),
    "each third write fails": (0, 3, 0),
    "each second sync fails": (0, 0, 2),
    "a sync takes 20 s": (20_000, 0, 0),
}
"""Orders of failing_disk.c."""
WELL = (0, 0, 0)
WELL_WITHIN = 90.0
"""Seconds from the mend until all is written: a sync that is under way ends by itself, writing is tried each 10 s."""
LOOKED_EVERY = 0.1


class Disk:
    """The environment of a process whose files below ``state`` lie on it, and what it does to them."""

    def __init__(self, folder: Path, state: Path) -> None:
        library, orders = folder / "failing_disk.so", folder / "orders"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"], check=True)
        orders.write_bytes(struct.pack("3i", *WELL))
        with orders.open("r+b") as file:
            self._orders = mmap.mmap(file.fileno(), 0)
        self.environment = {
            "LD_PRELOAD": str(library),
            "ROOMWATCH_BENCH_DISK": str(state),
            "ROOMWATCH_BENCH_DISK_ORDERS": str(orders),
        }

    def order(self, what: tuple[int, int, int]) -> None:
        self._orders[:] = struct.pack("3i", *what)


async def trial(kind: str, number: int, folder: Path) -> Figures:
    victim = Victim(folder)
    disk = Disk(folder, folder / "state")
    victim.environment |= disk.environment
    async with victim.running("", "", on=()):
        await victim.alarm()
        disk.order(KINDS[kind])
        blocked = asyncio.create_task(_longest_answer(victim))
        delays = []
        for _ in range(number):
            delays.append(await victim.alarm())
            await asyncio.sleep(GAP_SECONDS)
        told = victim.log.count("the journal cannot be written")
        disk.order(WELL)
        well = await _well(victim)
        await asyncio.sleep(GAP_SECONDS)
        blocked.cancel()
        longest = await blocked
    accepted = {f"R-{one}-" for one in range(number + 1)}
    found = judge(folder / "state" / "journal.db", accepted, victim.received, 0)
    if victim.log.count("Traceback") or not victim.alive:
        print(victim.log[-3000:], file=sys.stderr)
    return {
        "alarms": Figure(number),
        "longest delay of an alarm": Figure(max(delays), "s"),
        "longest silence of the loop": Figure(longest, "s"),
        "times that a journal not written was told": Figure(told),
        "not written once mended": Figure(not well),
        "lost": Figure(found["lost"] + found["skipped"] + found["open_faults_unnamed"]),
        "copies": Figure(found["duplicates_without_a_kill"] + found["messages_that_came_under_another_key"]),
        "findings of the audit": Figure(found["audit_findings"]),
        "tracebacks": Figure(victim.log.count("Traceback")),
        "ended by itself": Figure(not victim.alive),
    }


async def _longest_answer(victim: Victim) -> float:
    """How long the daemon took at most to answer a question for which it needs no disk; until cancelled."""
    longest = 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            begun = time.monotonic()
            await victim.status()
            longest = max(longest, time.monotonic() - begun)
            await asyncio.sleep(LOOKED_EVERY)
    return longest


async def _well(victim: Victim) -> bool:
    """Whether the journal is written again, and nothing waits to be sent, within the time for it."""
    end = time.monotonic() + WELL_WITHIN
    while time.monotonic() < end:
        status = await victim.status()
        if not status["journal"] and not status["pending"]:
            return True
        await asyncio.sleep(0.5)
    return False


async def failing_disk(size: Size) -> Figures:
    """So many alarms with each kind."""
    seen: dict[str, Figure] = {}
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="rw-disk-") as folder:
            figures = await trial(kind, size.number, Path(folder))
        print(kind, {name: round(one.value, 2) for name, one in figures.items()}, file=sys.stderr)
        seen = {name: seen[name].joined(one) if name in seen else one for name, one in figures.items()}
    return {"kinds": Figure(len(KINDS)), **seen}
