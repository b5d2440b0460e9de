"""Memory and CPU of everything that belongs to a running room: the daemon, its children, a warm sender.

Three cases, each for --minutes (10 by default): idle (no probe), network+process@15s, all@60s (every probe, camera
and microphone once a minute) in a healthy furnished room: 2 resolvers, 2 internet targets, 1 service, 3 applications,
a network camera of 720p, a PipeWire microphone. Needs root. PSS from smaps_rollup once a second; CPU of children that
ended counts, as does that of a sender that a fault woke (printed beside: how many messages there were).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path

from bench.furnished import FurnishedRoom
from bench.room import line

ALL = ("network", "software", "camera", "microphone", "speaker", "display", "host", "power")
CASES = {"idle": (), "network+process@15s": ("network", "software"), "all@60s": ALL}
TICKS = 100


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found.extend(int(child) for child in task.read_text().split())
    return found


def pss_mib(pid: int) -> float:
    try:
        for row in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if row.startswith("Pss:"):
                return int(row.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def cpu_seconds(pid: int) -> float:
    """Own time and that of children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(one) for one in fields[11:15]) / TICKS


async def measure(case: str, probes: tuple[str, ...], minutes: float) -> None:
    settings = "".join(f"[schedule.{name}]\nenabled = {'true' if name in probes else 'false'}\n" for name in ALL)
    with tempfile.TemporaryDirectory() as name:
        room = FurnishedRoom(Path(name), settings)
        await room.start()
        assert room.daemon is not None
        pid = room.daemon.pid
        samples: list[float] = []
        try:
            await asyncio.sleep(2)
            before = sum(cpu_seconds(one) for one in tree(pid))
            for _ in range(int(minutes * 60)):
                await asyncio.sleep(1)
                samples.append(sum(pss_mib(one) for one in tree(pid)))
            used = sum(cpu_seconds(one) for one in tree(pid)) - before
        finally:
            faults = json.loads((await room.ask("/api/status")).partition(b"\r\n\r\n")[2])["faults"]
            room.stop()
    more = {"minutes": minutes, "faults": len(faults)}
    for fault in faults:
        print(f"not healthy: {fault}", file=sys.stderr)
    line("footprint", case, "pss_mib", statistics.fmean(samples), "MiB", **more)
    line("footprint", case, "pss_peak_mib", max(samples), "MiB", **more)
    line("footprint", case, "cpu_s_per_hour", used / minutes * 60, "s/h", **more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--case", choices=list(CASES), action="append")
    arguments = parser.parse_args()
    for case in arguments.case or CASES:
        asyncio.run(measure(case, CASES[case], arguments.minutes))


if __name__ == "__main__":
    main()
