"""A storm of reloads: --signals SIGHUPs (10,000) over --seconds (60) at a room with a meeting broker, an MQTT and an
ntfy inbox, while its program is killed now and then. JSON lines: complaints in the log, RSS before and after, how late
an alarm came in the storm, connections that are open at the end and were open at once (1 is right).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
from aiohttp import web

from bench.room import PROGRAM, Receiver, Room, line
from tests.inbound.test_mqtt import broker_with

OFF = "".join(f"[schedule.{name}]\nenabled = false\n" for name in ("network", "camera", "microphone", "speaker"))
SETTLE_SECONDS = 15.0


class Counted:
    """How many connections are open: now, and at most at once since ``most`` was set."""

    def __init__(self) -> None:
        self.now = self.most = 0

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            yield
        finally:
            self.now -= 1


@contextlib.asynccontextmanager
async def counting_broker(folder: Path) -> AsyncIterator[tuple[int, Counted]]:
    """A real MQTT broker behind a port that counts its connections."""
    counted = Counted()
    async with broker_with(folder) as real:

        async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with counted.one(), contextlib.suppress(OSError):
                to_broker, from_us = await asyncio.open_connection("127.0.0.1", real)
                ways = [asyncio.create_task(_pipe(reader, from_us)), asyncio.create_task(_pipe(to_broker, writer))]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
                from_us.close()
            writer.close()

        server = await asyncio.start_server(through, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1], counted
        server.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def counting_ntfy() -> AsyncIterator[tuple[int, Counted]]:
    counted = Counted()

    async def stream(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with counted.one(), contextlib.suppress(OSError):
            while True:
                await answer.write(json.dumps({"event": "keepalive"}).encode() + b"\n")
                await asyncio.sleep(0.05)
        return answer

    app = web.Application()
    app.router.add_get("/{topics}/json", stream)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1], counted
    await runner.cleanup()


class StormyRoom(Room):
    """A room that answers can come to: by two brokers' topics and an ntfy stream."""

    def __init__(self, folder: Path, port: int, mqtt: tuple[int, int], ntfy: int) -> None:
        super().__init__(
            folder,
            port,
            f"[meeting]\nbroker = '127.0.0.1'\nport = {mqtt[0]}\napplication = 'conf'\ntopic = 'teams'\n"
            f"[inbound.mqtt.office]\nhost = '127.0.0.1'\nport = {mqtt[1]}\n"
            f"[inbound.ntfy.phones]\nurl = 'http://127.0.0.1:{ntfy}/'\n"
            f"[patience]\napp_not_running = 0\n[flapping]\nchanges = 100000\n{OFF}"
            f'[probes.software]\nuse_known = false\n[probes.software.applications.conf]\nexecutables = ["{PROGRAM}"]\n',
        )
        plan = (folder / "plan.toml").read_text()
        (folder / "plan.toml").write_text(plan.replace('name = "IT"\n', 'name = "IT"\ntopic = "ack-it"\n'))

    def complaints(self) -> list[str]:
        """What the log says that no reload should."""
        words = ("Traceback", "Error", "broke", "exception")
        return [one for one in (self.folder / "log").read_text().splitlines() if any(word in one for word in words)]

    def resident(self) -> float:
        """MiB of the daemon alone."""
        assert self.daemon is not None
        return psutil.Process(self.daemon.pid).memory_info().rss / 2**20

    def reload(self) -> None:
        assert self.daemon is not None
        os.kill(self.daemon.pid, signal.SIGHUP)


async def storm(room: StormyRoom, signals: int, seconds: float) -> None:
    """So many SIGHUPs, evenly."""
    begun = time.monotonic()
    for number in range(signals):
        room.reload()
        ahead = begun + seconds * number / signals - time.monotonic()
        if ahead > 0.002:
            await asyncio.sleep(ahead)


async def measure(signals: int, seconds: float) -> None:
    receiver = Receiver()
    await receiver.start()
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / one for one in ("room", "first", "second")]
        for folder in folders:
            folder.mkdir()
        async with (
            counting_broker(folders[1]) as (meeting, calls),
            counting_broker(folders[2]) as (office, answers),
            counting_ntfy() as (phones, streams),
        ):
            room = StormyRoom(folders[0], receiver.port, (meeting, office), phones)
            room.start_program()
            await room.start()
            counted = {"meeting_broker": calls, "inbound_mqtt": answers, "inbound_ntfy": streams}
            try:
                await _settled(list(counted.values()))
                for _ in range(5):  # what a first reload brings into memory stays
                    room.reload()
                    await asyncio.sleep(3)
                before = room.resident()
                for one in counted.values():
                    one.most = one.now
                stormy = asyncio.create_task(storm(room, signals, seconds))
                late = []
                while not stormy.done():
                    begun = asyncio.get_running_loop().time()
                    room.kill_program()
                    late.append(await receiver.next("not running", 120) - begun)
                    room.start_program()
                    await receiver.next("recovered", 120)
                    await asyncio.sleep(31)  # from five messages a minute on, a target gets them as one digest
                await asyncio.sleep(SETTLE_SECONDS)
                line("reload_storm", "storm", "signals", signals, "1", seconds=seconds)
                line("reload_storm", "storm", "complaints", len(room.complaints()), "1", first=room.complaints()[:1])
                line("reload_storm", "storm", "rss_growth_mib", room.resident() - before, "MiB", before=before)
                line("reload_storm", "storm", "alarm_median", statistics.median(late), "s", alarms=len(late))
                line("reload_storm", "storm", "alarm_max", max(late), "s", alarms=len(late))
                for what, one in counted.items():
                    line("reload_storm", what, "connections_now", one.now, "1", most_at_once=one.most)
            finally:
                room.stop()
                await receiver.close()


async def _settled(counted: list[Counted]) -> None:
    async with asyncio.timeout(60):
        while any(one.now != 1 for one in counted):
            await asyncio.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    asyncio.run(measure(options.signals, options.seconds))


if __name__ == "__main__":
    main()
