"""What one scrape of /metrics costs the daemon, and how many series a room has. About 20 seconds."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench.room import Receiver, Room, line

SCRAPES = 200


def cpu_seconds(pid: int) -> float:
    """User and system time of one process, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def measure() -> None:
    receiver = Receiver()
    await receiver.start()
    with tempfile.TemporaryDirectory() as name:
        room = Room(Path(name), receiver.port, "")
        await room.start()
        assert room.daemon is not None
        try:
            await asyncio.sleep(3)
            before = cpu_seconds(room.daemon.pid)
            for _ in range(SCRAPES):
                page = await room.ask("/metrics")
            used = cpu_seconds(room.daemon.pid) - before
        finally:
            room.stop()
            await receiver.close()
    series = sum(1 for one in page.partition(b"\r\n\r\n")[2].splitlines() if one and not one.startswith(b"#"))
    line("scrape", "metrics", "cpu_ms", used / SCRAPES * 1000, "ms", scrapes=SCRAPES)
    line("scrape", "metrics", "series", series, "series")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    asyncio.run(measure())
