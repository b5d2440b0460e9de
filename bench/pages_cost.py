"""What the pages cost the daemon: CPU of one look at the room's page, memory once its pages are loaded, and what open
event streams take while nothing happens. About four minutes.

    python -m bench.pages_cost [--streams 200] [--idle-seconds 60]

A real room with six programs to watch. JSON lines: medians are of --rounds rounds. CPU is the daemon's own, from /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import http.client
import json
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.footprint import cpu_seconds, pss_mib
from bench.room import Receiver, Room, line
from bench.scrape import programs

LOOKS = 100
PAGES = ("/", "/report", "/screen", "/history", "/style")
OFF = "".join(f"[schedule.{name}]\nenabled = false\n" for name in ("camera", "microphone", "speaker"))


def resident_mib(pid: int) -> float:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(row.split()[1]) / 1024 for row in rows if row.startswith("VmRSS:"))


def fetch(connection: http.client.HTTPConnection, path: str) -> bytes:
    """As a phone asks: kept alive, packed where the server packs."""
    connection.request("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip", "Accept-Language": "en"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (path, answer.status)
    return body


def page_cpu(pid: int, port: int, rounds: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for path in PAGES:
        body = fetch(connection, path)
        took = []
        for _ in range(rounds):
            before = cpu_seconds(pid)
            for _ in range(LOOKS):
                fetch(connection, path)
            took.append((cpu_seconds(pid) - before) / LOOKS * 1000)
        line("pages_cost", path, "cpu_ms", statistics.median(took), "ms", looks=LOOKS, rounds=rounds, bytes=len(body))
    parts = {path: fetch(connection, path) for path in ("/", "/static/style.css", "/static/live.js")}
    plain = sum(len(gzip.decompress(one) if one[:2] == b"\x1f\x8b" else one) for one in parts.values())
    line("pages_cost", "/", "bytes_in_all", sum(map(len, parts.values())), "bytes", plain=plain)
    connection.close()


@contextlib.contextmanager
def streams(port: int, count: int) -> Iterator[None]:
    """So many open pages, held by this process."""
    opened = []
    for _ in range(count):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/events")
        assert connection.getresponse().status == 200
        opened.append(connection)
    yield
    for connection in opened:
        connection.close()


async def used(pid: int, seconds: float) -> float:
    """CPU seconds of the daemon in that time."""
    before = cpu_seconds(pid)
    await asyncio.sleep(seconds)
    return cpu_seconds(pid) - before


async def measure(count: int, idle: float, rounds: int) -> None:
    receiver = Receiver()
    await receiver.start()
    with tempfile.TemporaryDirectory() as name:
        room = Room(Path(name), receiver.port, OFF + programs(6))
        await room.start()
        assert room.daemon is not None
        try:
            pid = room.daemon.pid
            await asyncio.sleep(10)
            port = json.loads((await room.ask("/api/status")).partition(b"\r\n\r\n")[2])["port"]
            line("pages_cost", "before a page", "resident", resident_mib(pid), "MiB", pss=round(pss_mib(pid), 2))
            await asyncio.to_thread(page_cpu, pid, port, rounds)
            await asyncio.sleep(10)
            loaded = resident_mib(pid)
            line("pages_cost", "pages loaded, idle", "resident", loaded, "MiB", pss=round(pss_mib(pid), 2))
            without = await used(pid, idle)
            with streams(port, count):
                await asyncio.sleep(5)
                more = resident_mib(pid) - loaded
                within = await used(pid, idle)
            line("pages_cost", f"{count} streams", "resident_more", more, "MiB")
            line("pages_cost", f"{count} streams", "cpu_more", within - without, "s", seconds=idle, without=without)
        finally:
            room.stop()
            await receiver.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--idle-seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    line("pages_cost", "machine", "load", os.getloadavg()[0], "1", cores=os.cpu_count())
    asyncio.run(measure(given.streams, given.idle_seconds, given.rounds))


if __name__ == "__main__":
    main()
