"""A real daemon under attack: what an alarm costs in time meanwhile, and the daemon and its children in memory.

A person reports a fault over the local socket, and the message comes to an HTTP receiver. The classes of faults take
turns, each with a target of its own: from five messages a minute on, one target would get them as one digest.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from aiohttp import web

from bench.attacks.attack import Figure, Figures
from bench.crash import key_of
from tests.channels.conftest import free_port

CLASSES = ("software", "network", "device", "operator", "other")
GAP_SECONDS = 3.2
"""Between two alarms: four a minute for each class."""
WARM_SECONDS = 4.0
"""After the start, until the listeners are connected."""
PROBES = ("network", "software", "camera", "microphone", "speaker", "display", "host", "power", "calendar")


class Victim:
    """attack: set once it is under attack; what serves the hostile side waits for it. plan, also_tell: lines that are
    added to the plan, groups that each chain tells too. run: starts after the first. received: as bench/crash.py judges
    it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.attack = asyncio.Event()
        self.web, self.receiver = free_port(), 0
        self.environment = dict(os.environ)
        self.plan = ""
        self.also_tell: tuple[str, ...] = ()
        self.alive = True
        self.run = 0
        self.process: asyncio.subprocess.Process | None = None
        self.received: list[tuple[int, str, str]] = []
        self.texts: list[str] = []
        self._came: dict[str, float] = {}
        self._news = asyncio.Event()
        self._numbers = itertools.count()
        self._process: psutil.Process | None = None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    async def say(self, verb: str, **words: object) -> dict[str, Any]:
        connector = aiohttp.UnixConnector(str(self.folder / "state" / "control.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post(f"http://daemon/api/command/{verb}", json=words) as answer,
        ):
            return dict(await answer.json())

    async def status(self) -> dict[str, Any]:
        connector = aiohttp.UnixConnector(str(self.folder / "state" / "control.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get("http://daemon/api/status") as answer,
        ):
            return dict(await answer.json())

    async def alarm(self, within: float = 60.0) -> float:
        """Seconds from the report to the message. Raises TimeoutError."""
        number = next(self._numbers)
        room = f"R-{number}-"
        begun = time.monotonic()
        await self.say("declare", by="guest", room=room, **{"class": CLASSES[number % len(CLASSES)]})
        async with asyncio.timeout(within):
            while (came := next((at for title, at in self._came.items() if room in title), None)) is None:
                self._news.clear()
                await self._news.wait()
        return came - begun

    async def alarms(self, number: int) -> tuple[list[float], dict[str, float]]:
        """Delays, and the most MiB of the daemon and of any one child meanwhile."""
        most = {"daemon": 0.0, "child": 0.0}
        watching = asyncio.create_task(self._watch(most))
        delays = []
        for _ in range(number):
            delays.append(await self.alarm())
            await asyncio.sleep(GAP_SECONDS)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        return delays, most

    async def _watch(self, most: dict[str, float]) -> None:
        assert self._process is not None
        while True:
            most["daemon"] = max(most["daemon"], self._process.memory_info().rss / 2**20)
            for child in self._process.children(recursive=True):
                with contextlib.suppress(psutil.Error, ProcessLookupError):
                    most["child"] = max(most["child"], child.memory_info().rss / 2**20)
            await asyncio.sleep(0.05)

    @contextlib.asynccontextmanager
    async def running(self, settings: str, contact: str, *, on: tuple[str, ...]) -> AsyncIterator[None]:
        application = web.Application()
        application.router.add_post("/{who}", self._take)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.receiver = runner.addresses[0][1]
        self._configure(settings, contact, on)
        try:
            await self.start()
            await asyncio.sleep(WARM_SECONDS)
            yield
            self.alive = self.process is not None and self.process.returncode is None
        finally:
            if self.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    self.process.terminate()
                await self.process.wait()
            await runner.cleanup()

    async def start(self) -> asyncio.subprocess.Process:
        """The daemon, in the folder as it is. Returns once it takes commands."""
        socket = self.folder / "state" / "control.sock"
        socket.unlink(missing_ok=True)
        command = [sys.executable, "-m", "monitor.cli", "run", "--plain", "--config", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=self.environment)
        self._process = psutil.Process(self.process.pid)
        async with asyncio.timeout(60):
            while not socket.exists():
                await asyncio.sleep(0.05)
                if self.process.returncode is not None:
                    raise RuntimeError(self.log)
        return self.process

    async def _take(self, request: web.Request) -> web.Response:
        message = json.loads(await request.text())
        self._came[str(message["title"])] = time.monotonic()
        self.texts.append(str(message["message"]))
        self.received.append((self.run, request.path, key_of(message["message"])))
        self._news.set()
        return web.Response(text="ok")

    def _configure(self, settings: str, contact: str, on: tuple[str, ...]) -> None:
        off = "\n".join(f"[schedule.{one}]\nenabled = false" for one in PROBES if one not in on)
        head = f'state = "{self.folder}/state"\n[room]\nid = "victim"\n[web]\nport = {self.web}\n'
        (self.folder / "roomwatch.toml").write_text(f"{head}{settings}\n{off}\n")
        people = "".join(
            f'[contacts.{one}]\nname = "{one}"\nlanguage = "en"\nchannels = ["json://127.0.0.1:{self.receiver}/{one}"]\n'
            f'{contact if one == "device" else ""}\n[groups.of_{one}]\nname = "of {one}"\nmembers = ["{one}"]\n'
            f"[chains.{one}]\nsteps = [{{ after = 0, tell = {json.dumps(['of_' + one, *self.also_tell])} }}]\n"
            for one in CLASSES
        )
        chain = '[chains.default]\nsteps = [{ after = 0, tell = ["of_other"] }]\n'
        (self.folder / "plan.toml").write_text(f'timezone = "UTC"\nquiet = []\n{people}{chain}{self.plan}')


Counted = tuple[str, Callable[[], Figures]]
"""Lines of the room's settings, and what was counted by the end."""

Hostile = Callable[[Victim], AbstractAsyncContextManager[Counted]]
"""Serves the hostile side of a way in; it behaves until ``victim.attack`` is set."""


async def cost(number: int, hostile: Hostile, *, contact: str = "", on: tuple[str, ...] = ()) -> Figures:
    """What so many alarms cost under attack, beside as many in quiet. contact: lines of a contact of the plan. on:
    probes that run."""
    with tempfile.TemporaryDirectory() as name:
        victim = Victim(Path(name))
        async with hostile(victim) as (settings, counted), victim.running(settings, contact, on=on):
            await victim.alarm()  # the first one also pays for the start of the sender
            quiet, before = await victim.alarms(number)
            victim.attack.set()
            delays, most = await victim.alarms(number)
            figures = {
                "alarms": Figure(number),
                "longest delay of an alarm": Figure(max(delays), "s"),
                "longest in quiet": Figure(max(quiet), "s"),
                "delay that was added": Figure(max(0.0, max(delays) - max(quiet)), "s"),
                "growth of the daemon": Figure(max(0.0, most["daemon"] - before["daemon"]), "MiB"),
                "of a child": Figure(max(0.0, most["child"] - before["child"]), "MiB"),
                **counted(),
            }
        complaints = victim.log.count("Traceback")
        if complaints:
            print(victim.log[-3000:], file=sys.stderr)
        return {**figures, "tracebacks": Figure(complaints), "ended by itself": Figure(not victim.alive)}


COSTS_LITTLE = {
    "delay that was added": 0.2,
    "growth of the daemon": 20.0,
    "of a child": 20.0,
    "tracebacks": 0.0,
    "ended by itself": 0.0,
}
"""The limits of ``cost``."""
