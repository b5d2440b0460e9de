"""Does the daemon grow in days of a normal life? --hours (72) simulated ones, by a clock that jumps.

The real daemon runs in this process, with its pages, its metrics, its journal and its sender's child. A day has four
meetings and a night; Prometheus scrapes every 15 s, somebody reads pages every 5 minutes; three times a day the room's
program dies and is started again, twice somebody reports something, and each incident is taken; once a day the
configuration is loaded anew. Network, camera and sound are off: their probes wait for seconds that nobody can jump
over (bench/failing.py has them). JSON lines: after the first hour and each six more the resident memory, how much of it
is memory of its own and how much pages of files, descriptors and threads. Growth a day counts from the end of the first
day, or in a shorter run from the first hour.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench.jumping_clock import JumpingClock, JumpingLoop

if TYPE_CHECKING:
    from monitor.daemon.daemon import Daemon

HOUR = 3600.0
MEETINGS = ((9, 10), (11, 12), (14, 15.5), (16, 17))
DIES, REPORTED = (3, 10.5, 19), (11.2, 16.1)
"""Hours of a day: the program's deaths, of which one falls into a meeting, and people's reports."""
RELOADED = 20
WARM = 24
"""The hour by which everything of a day has happened once: until then code is loaded, and room for a peak is kept."""
PROGRAM_BACK = 20 * 60.0
SCRAPED_EVERY, READ_EVERY = 15.0, 300.0
LOOKED_EVERY = 60.0
"""Seconds between two looks at the meeting, and for programs that have started; the daemon's own pace of one second
would be most of the work."""
OFF = "".join(
    f"[schedule.{one}]\nenabled = false\n" for one in ("network", "camera", "microphone", "speaker", "display")
)
SETTINGS = f"""{OFF}[schedule.software]
interval = 60.0
[schedule.host]
interval = 60.0
[schedule.power]
interval = 60.0
[probes.software]
use_known = false
[probes.software.applications.conf]
executables = ["rw-bench-conf"]
expected = "always"
"""


class Life:
    """What happens in the room and around it."""

    def __init__(self, folder: Path, loop: JumpingLoop) -> None:
        from bench.room import Room

        self.folder, self._asking, self.scrapes, self.pages, self.messages = folder, 0, 0, 0, 0
        loop.busy.append(lambda: self._asking > 0)
        self.room: Room | None = None
        self.daemon: Daemon | None = None
        self.begun = time.time()

    def hour(self) -> float:
        return (time.time() - self.begun) / HOUR

    async def begin(self) -> None:
        from bench.room import PROGRAM, Room
        from monitor.daemon.daemon import Daemon
        from monitor.settings import load
        from probes.software import program_events_linux

        program_events_linux.START_SECONDS = LOOKED_EVERY
        if others := [one.pid for one in psutil.process_iter(["name"]) if one.info["name"] == PROGRAM]:
            raise SystemExit(
                f"soak: {PROGRAM} runs already ({others}); the room would take it for its own, end it first"
            )
        receiver = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.room = Room(self.folder, receiver.sockets[0].getsockname()[1], SETTINGS)
        self.room.start_program()
        config = self.folder / "roomwatch.toml"
        self.daemon = Daemon(load(config), config)
        meeting, look = self.daemon.meeting, self.daemon.meeting.look

        async def seen(*, scheduled: bool = False) -> object:
            state = await look(scheduled=scheduled)
            return type(state)(running=any(begin <= self.hour() % 24 < end for begin, end in MEETINGS), confidence=1.0)

        meeting.look = seen  # type: ignore[method-assign, assignment]
        meeting.rest = lambda: asyncio.sleep(LOOKED_EVERY)  # type: ignore[method-assign]

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A web hook that takes everything."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(one[15:]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:"))
            await reader.readexactly(length)
            self.messages += 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    async def ask(self, request: str, body: str = "") -> bytes:
        """Over the local socket, by HTTP/1.0."""
        self._asking += 1
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.folder / "state" / "control.sock"))
            length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
            writer.write(f"{request} HTTP/1.0\r\n{length}\r\n{body}".encode())
            answer = await reader.read()
            writer.close()
            return answer
        finally:
            self._asking -= 1

    async def say(self, verb: str, **words: object) -> None:
        await self.ask(f"POST /api/command/{verb}", json.dumps(words))

    async def scraped(self) -> None:
        while True:
            await asyncio.sleep(SCRAPED_EVERY)
            self.scrapes += b" 200 " in (await self.ask("GET /metrics"))[:20]

    async def read(self) -> None:
        while True:
            await asyncio.sleep(READ_EVERY)
            for page in ("/", "/incidents", "/history", "/api/status"):
                self.pages += b" 200 " in (await self.ask(f"GET {page}"))[:20]

    async def happens(self) -> None:
        """Each day the same, for ever."""
        assert self.room is not None
        assert self.daemon is not None
        events = sorted([(at, "dies") for at in DIES] + [(at, "reported") for at in REPORTED] + [(RELOADED, "reload")])
        for day in range(10_000):
            for at, what in events:
                await asyncio.sleep(max(0.0, self.begun + (day * 24 + at) * HOUR - time.time()))
                if what == "dies":
                    self.room.kill_program()
                    await asyncio.sleep(PROGRAM_BACK)
                    self.room.start_program()
                elif what == "reported":
                    await self.say("declare", room="bench", by="guest", text="no sound", **{"class": "device"})
                else:
                    self.daemon.files.reloads.signal()

    async def taken(self) -> None:
        """Somebody takes each incident within two minutes, and ends what people reported after ten."""
        while True:
            await asyncio.sleep(120.0)
            assert self.daemon is not None
            for one in self.daemon.plan.engine.incidents():
                if one.phase.live:
                    if one.taken_at is None:
                        await self.say("take", incident=one.id, by="it")
                    elif one.declared and time.time() - one.taken_at > 600:
                        await self.say("resolve", incident=one.id, by="it")


def figures() -> dict[str, float]:
    from bench.memory_held import held

    counted = {"descriptors": len(os.listdir("/proc/self/fd")), "threads": threading.active_count()}  # noqa: PTH208
    return {**held(), **counted}


async def measure(hours: int, loop: JumpingLoop) -> None:
    from bench.memory_held import grown
    from bench.room import line

    with tempfile.TemporaryDirectory(prefix="rw-soak-") as name:
        life = Life(Path(name), loop)
        await life.begin()
        daemon = life.daemon
        assert daemon is not None
        sender = daemon.plan.sender
        loop.busy.append(lambda: bool(getattr(sender, "_waiting", None)))
        running = asyncio.create_task(daemon.run())
        while not daemon.folder.socket.exists():
            await asyncio.sleep(0.1)
        works = [asyncio.create_task(one()) for one in (life.scraped, life.read, life.happens, life.taken)]
        first: dict[str, float] = {}
        warm, warm_hour = first, 1
        for hour in [1, *range(6, hours + 1, 6)]:
            await asyncio.sleep(max(0.0, life.begun + hour * HOUR - time.time()))
            now = figures()
            first = first or now
            if hour in (1, WARM) and hour < hours:
                warm, warm_hour = now, hour
            for metric in ("rss", "own memory", "descriptors", "threads"):
                unit = "MiB" if metric in ("rss", "own memory") else "1"
                line("soak", metric, f"after_hour_{hour}", now[metric], unit)
            line("soak", "rss", "grown", now["rss"] - first["rss"], "MiB", by=grown(first, now))
            broken = [one for one in (*works, running) if one.done()]
            if broken:
                await broken[0]
        days = (hours - warm_hour) / 24
        line("soak", "all", "rss_until_then", warm["rss"] - first["rss"], "MiB")
        line("soak", "all", "rss_a_day", (now["rss"] - warm["rss"]) / days, "MiB")
        line("soak", "all", "own_memory_a_day", (now["own memory"] - warm["own memory"]) / days, "MiB")
        line("soak", "all", "more_descriptors", now["descriptors"] - first["descriptors"], "1")
        line("soak", "all", "hours", hours, "1")
        line("soak", "all", "scrapes", life.scrapes, "1")
        line("soak", "all", "pages", life.pages, "1")
        line("soak", "all", "messages", life.messages, "1")
        incidents = {one.id for one in daemon.plan.journal.reader.incidents()}
        line("soak", "all", "incidents", len(incidents), "1")
        for task in works:
            task.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        daemon.stop()
        await running
        assert life.room is not None
        assert life.room.conference is not None
        life.room.kill_program()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=72, help="a multiple of 6")
    asked = parser.parse_args()
    clock = JumpingClock()
    clock.install()
    logging.basicConfig(level=logging.WARNING)
    from bench.room import compile_packages

    compile_packages()
    loop = JumpingLoop(clock, long_lived=("alerting.sending.child", "subscribe"))
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(measure(asked.hours, loop))
    finally:
        loop.close()


if __name__ == "__main__":
    main()
