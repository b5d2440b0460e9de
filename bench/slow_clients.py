"""Scrapes of a room's metrics, and looks at its page, while --clients (300) slow ones crowd its port for --seconds
(300), from one address and from many. A slow client sends a byte of its request each second and comes again when it is
put out. The same without them comes first. JSON lines: share of the requests that were answered, and how long it took.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.room import Room, line

OFF = "".join(f"[schedule.{name}]\nenabled = false\n" for name in ("network", "camera", "microphone", "speaker"))
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: room\r\nX-Slow: " + b"y" * 10_000
PACE_SECONDS = 0.25
MARKS = {"/metrics": b"roomwatch_", "/": b"</html>"}
"""Address → what an answer to it holds."""


async def slow(port: int, source: str) -> None:
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            try:
                for at in range(len(REQUEST)):
                    writer.write(REQUEST[at : at + 1])
                    await writer.drain()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(1.0):
                            await reader.read(1)
                            break
            finally:
                writer.close()
        await asyncio.sleep(0.1)


async def crowd(port: int, clients: int, addresses: int) -> None:
    sources = [f"127.0.1.{number + 1}" for number in range(addresses)] if addresses > 1 else ["127.0.0.1"]
    await asyncio.gather(*(slow(port, sources[number % len(sources)]) for number in range(clients)))


async def ask(port: int, path: str) -> float | None:
    """Seconds it took; None where it was not answered."""
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.0\r\nHost: room\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
    except (OSError, TimeoutError):
        return None
    return time.perf_counter() - begun if b" 200 " in answer[:20] and MARKS[path] in answer else None


async def measure(clients: int, addresses: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        room = Room(Path(name), 1, OFF)
        await room.start()
        status = json.loads((await room.ask("/api/status")).partition(b"\r\n\r\n")[2])
        port = int(status["port"])
        command = [sys.executable, "-m", "bench.slow_clients", "--crowd", str(port), str(clients), str(addresses)]
        crowding = subprocess.Popen(command)
        try:
            await asyncio.sleep(3)
            took: dict[str, list[float | None]] = {path: [] for path in MARKS}
            for number in range(round(seconds / PACE_SECONDS)):
                path = list(MARKS)[number % len(MARKS)]
                took[path].append(await ask(port, path))
                await asyncio.sleep(PACE_SECONDS)
        finally:
            crowding.kill()
            crowding.wait()
            room.stop()
    for path, every in took.items():
        answered = sorted(one for one in every if one is not None)
        more = {"clients": clients, "addresses": addresses, "seconds": seconds, "requests": len(every)}
        more["load"] = round(os.getloadavg()[0], 1)
        line("slow_clients", path, "requests", len(every), "1", **more)
        line("slow_clients", path, "answered_share", len(answered) / len(every), "share", **more)
        line("slow_clients", path, "median", statistics.median(answered), "s", **more)
        line("slow_clients", path, "p99", answered[min(len(answered) - 1, int(len(answered) * 0.99))], "s", **more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--crowded-only", action="store_true", help="not without the clients")
    parser.add_argument("--crowd", type=int, nargs=3, metavar=("PORT", "CLIENTS", "ADDRESSES"), help="be the clients")
    options = parser.parse_args()
    if options.crowd:
        asyncio.run(crowd(*options.crowd))
    alone = () if options.crowded_only else ((0, 1),)
    for clients, addresses in (*alone, (options.clients, 1), (options.clients, 100)):
        asyncio.run(measure(clients, addresses, options.seconds))


if __name__ == "__main__":
    main()
