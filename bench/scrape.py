"""What one scrape of /metrics costs the daemon, its size, and how many series a room has. About 30 seconds."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import http.client
import json
import tempfile
from pathlib import Path

from bench.room import Receiver, Room, line

SCRAPES = 200
ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"
"""As Debian's Prometheus asks."""


def cpu_seconds(pid: int) -> float:
    """User and system time of one process, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def programs(count: int) -> str:
    """So many programs to watch, as TOML: each has checks of its own, and the page is full."""
    rows = (f'[probes.software.applications.p{one}]\nexecutables = ["rw-none-{one}"]\n' for one in range(count))
    return "".join(rows)


def scrape(connection: http.client.HTTPConnection) -> bytes:
    """One scrape as Prometheus makes it: over TCP, kept alive, packed."""
    connection.request("GET", "/metrics", headers={"Accept": ACCEPT, "Accept-Encoding": "gzip"})
    return connection.getresponse().read()


async def measure(watched: int) -> None:
    receiver = Receiver()
    await receiver.start()
    case = f"{watched} programs"
    with tempfile.TemporaryDirectory() as name:
        room = Room(Path(name), receiver.port, programs(watched))
        await room.start()
        assert room.daemon is not None
        try:
            await asyncio.sleep(5)
            status = json.loads((await room.ask("/api/status")).partition(b"\r\n\r\n")[2])
            connection = http.client.HTTPConnection("127.0.0.1", status["port"], timeout=10)
            scrape(connection)
            before = cpu_seconds(room.daemon.pid)
            for _ in range(SCRAPES):
                page = await asyncio.to_thread(scrape, connection)
            used = cpu_seconds(room.daemon.pid) - before
            connection.close()
        finally:
            room.stop()
            await receiver.close()
    text = gzip.decompress(page)
    series = sum(1 for one in text.splitlines() if one and not one.startswith(b"#"))
    line("scrape", case, "cpu_ms", used / SCRAPES * 1000, "ms", scrapes=SCRAPES)
    line("scrape", case, "gzipped", len(page), "bytes", plain=len(text))
    line("scrape", case, "series", series, "series")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, nargs="*", default=[0, 60])
    for number in parser.parse_args().programs:
        asyncio.run(measure(number))
