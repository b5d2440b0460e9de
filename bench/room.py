"""A room to measure: a folder with configuration and plan, a receiver, and the daemon as a user would start it."""

from __future__ import annotations

import asyncio
import compileall
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from alerting.journal import JournalUnavailable, open_reader

PROGRAM = "rw-bench-conf"
SOURCE = Path(__file__).resolve().parent.parent
"""Of the packages that are measured."""


def line(bench: str, case: str, metric: str, value: float, unit: str, **more: Any) -> None:
    """One figure as one JSON object on one line."""
    row = {"bench": bench, "case": case, "metric": metric, "value": round(value, 4), "unit": unit, **more}
    print(json.dumps(row), flush=True)


def compile_packages() -> None:
    """As pip does when it installs: else each child would compile what it imports, where Python may not write."""
    for package in ("probes", "monitor", "alerting"):
        compileall.compile_dir(SOURCE / package, quiet=1)


def has_incident(state: Path, code: str) -> bool:
    """Whether the journal of this state folder can be read and has an incident of this code."""
    with contextlib.suppress(JournalUnavailable, OSError):
        reader = open_reader(state)
        try:
            return any(one.code == code for one in reader.incidents())
        finally:
            reader.close()
    return False


class Receiver:
    """Takes Apprise's JSON posts and keeps when each came."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def _take(self, request: web.Request) -> web.Response:
        now = asyncio.get_running_loop().time()
        self.messages.put_nowait((now, (await request.json())["title"]))
        return web.Response()

    async def next(self, text: str, seconds: float = 30) -> float:
        """When a message with this text came; others are skipped."""
        async with asyncio.timeout(seconds):
            while True:
                at, title = await self.messages.get()
                if text in title:
                    return at

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


class Room:
    """settings: TOML lines added to the room's configuration."""

    def __init__(self, folder: Path, port: int, settings: str) -> None:
        self.folder = folder
        self.program = folder / PROGRAM
        shutil.copy(shutil.which("sleep") or "/bin/sleep", self.program)
        (folder / "roomwatch.toml").write_text(
            f'state = "{folder}/state"\n[room]\nid = "bench"\n[web]\nport = 0\n{settings}\n'
        )
        (folder / "plan.toml").write_text(
            f'[contacts.it]\nname = "IT"\nlanguage = "en"\nchannels = ["json://127.0.0.1:{port}/hook"]\n'
            '[groups.technical]\nname = "T"\nmembers = ["it"]\n'
            '[chains.default]\nsteps = [{ after = 0, tell = ["technical"] }]\n'
        )
        self.daemon: subprocess.Popen[bytes] | None = None
        self.conference: subprocess.Popen[bytes] | None = None

    def start_program(self) -> None:
        self.conference = subprocess.Popen([str(self.program), "100000"])

    def kill_program(self) -> None:
        assert self.conference is not None
        self.conference.kill()
        self.conference.wait()

    async def ask(self, path: str) -> bytes:
        """GET over the local socket; b"" while nothing answers."""
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(str(self.folder / "state" / "control.sock"))
            writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
            return answer
        return b""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "monitor.cli", "run", "--plain", "--config", str(self.folder)]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    async def start(self) -> None:
        compile_packages()
        with (self.folder / "log").open("ab") as log:
            self.daemon = subprocess.Popen(self.command(), stderr=log, env=self.environment())
        async with asyncio.timeout(60):
            while b" 200 " not in (await self.ask("/readyz"))[:20]:
                await asyncio.sleep(0.1)

    def stop(self) -> None:
        if self.daemon is not None:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait(30)
        if self.conference is not None:
            self.conference.kill()
            self.conference.wait()
