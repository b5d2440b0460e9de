"""A real daemon, a real program killed, a real HTTP endpoint that must hear of it; SIGKILL in between included."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

NAME = f"rw-e2e-{os.getpid()}"


class Receiver:
    """What a messenger would be: takes JSON posts; can be switched to refuse."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.status = 200
        self.port = 0
        self.arrived = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        if self.status == 200:
            self.messages.append(await request.json())
            self.arrived.set()
        return web.Response(status=self.status)

    async def wait_for(self, text: str, seconds: float = 30) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                for message in self.messages:
                    if text in message["title"]:
                        return message
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.port = runner.addresses[0][1]
    yield receiver
    await runner.cleanup()


class Room:
    """A daemon with its own folder, and one program that it watches."""

    def __init__(self, folder: Path, port: int, mode: str = "act") -> None:
        self.folder = folder
        self.program = folder / NAME
        sleep = shutil.which("sleep")
        assert sleep is not None
        shutil.copy(sleep, self.program)
        (folder / "roomwatch.toml").write_text(
            textwrap.dedent(f"""
            mode = "{mode}"
            state = "{folder}/state"
            [room]
            id = "r12"
            name = "Room 12"
            [web]
            port = 0
            [patience]
            app_not_running = 0
            [schedule]
            network = {{ enabled = false }}
            camera = {{ enabled = false }}
            microphone = {{ enabled = false }}
            speaker = {{ enabled = false }}
            host = {{ enabled = false }}
            [probes.software]
            use_known = false
            [probes.software.applications.conf]
            executables = ["{NAME}"]
            """)
        )
        (folder / "plan.toml").write_text(
            textwrap.dedent(f"""
            [contacts.li]
            name = "Li Wei"
            language = "en"
            channels = ["json://127.0.0.1:{port}/hook"]
            [groups.technical]
            name = "Technical"
            members = ["li"]
            [chains.default]
            steps = [{{ after = 0, tell = ["technical"] }}]
            """)
        )
        self.within: tuple[str, ...] = ()
        """A command that prepares what the daemon finds, and then becomes it."""
        self.daemon: subprocess.Popen[bytes] | None = None
        self.conference: subprocess.Popen[bytes] | None = None

    def start_program(self) -> None:
        self.conference = subprocess.Popen([str(self.program), "600"])

    def kill_program(self) -> None:
        assert self.conference is not None
        self.conference.kill()
        self.conference.wait()

    def roomwatch(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "monitor.cli", *arguments, "--config", str(self.folder)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    async def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.daemon = subprocess.Popen(
                [*self.within, sys.executable, "-m", "monitor.cli", "run", "--plain", "--config", str(self.folder)],
                stderr=log,
            )
        async with asyncio.timeout(30):
            while not await self._ready():
                await asyncio.sleep(0.1)

    async def _ready(self) -> bool:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(str(self.folder / "state" / "control.sock"))
            writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return b" 200 " in answer.split(b"\r\n")[0]
        return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.daemon is not None:
            self.daemon.send_signal(how)
            self.daemon.wait(20)
            self.daemon = None


@pytest.fixture
async def room(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Room]:
    room = Room(tmp_path, receiver.port)
    room.start_program()
    yield room
    room.end(signal.SIGKILL)
    room.kill_program()


async def test_a_killed_program_reaches_the_responder_and_so_does_its_return(room: Room, receiver: Receiver) -> None:
    await room.start()
    room.kill_program()
    message = await receiver.wait_for("conf is not running")
    assert message["title"].startswith("[WARNING] Room 12: Conferencing program conf is not running")
    assert "roomwatch take 1" in message["message"]
    room.start_program()
    await receiver.wait_for("recovered")
    room.end()
    assert json.loads((room.folder / "state" / "clean-shutdown.json").read_text())["reason"] == "stopped"


async def test_an_alarm_that_was_decided_arrives_though_the_daemon_is_killed_before_it_could_send(
    room: Room, receiver: Receiver
) -> None:
    receiver.status = 503
    await room.start()
    room.kill_program()
    async with asyncio.timeout(30):
        while json.loads(room.roomwatch("status", "--json").stdout)["pending"] == 0:
            await asyncio.sleep(0.1)
    room.end(signal.SIGKILL)
    receiver.status = 200
    await room.start()
    await receiver.wait_for("conf is not running")
    copies = [one["message"].splitlines()[-1] for one in receiver.messages if "not running" in one["title"]]
    assert len(copies) <= 2  # the one in flight at the kill may come twice, with the same key
    assert len(set(copies)) == 1


async def test_taking_the_incident_from_the_command_line_is_recorded(room: Room, receiver: Receiver) -> None:
    await room.start()
    room.kill_program()
    await receiver.wait_for("conf is not running")
    taken = room.roomwatch("take", "1", "--by", "Li Wei")
    assert taken.returncode == 0, taken.stderr
    listed = json.loads(room.roomwatch("incidents", "--json").stdout)
    assert [(one["number"], one["taken_by"]) for one in listed] == [(1, "Li Wei")]
    wrong = room.roomwatch("take", "99", "--by", "Li Wei")
    assert wrong.returncode == 1
    assert "no open incident 99" in wrong.stderr


async def test_a_second_daemon_in_the_same_folder_is_told_so(room: Room) -> None:
    await room.start()
    second = room.roomwatch("run", "--plain")
    assert second.returncode == 1
    assert "another roomwatch" in second.stderr
    assert room.daemon is not None
    assert str(room.daemon.pid) in second.stderr


async def test_a_plan_that_is_deleted_does_not_silence_a_running_room(room: Room, receiver: Receiver) -> None:
    await room.start()
    assert room.daemon is not None
    (room.folder / "plan.toml").unlink()
    os.kill(room.daemon.pid, signal.SIGHUP)
    async with asyncio.timeout(20):
        while "there is no such file" not in (room.folder / "log").read_text():
            await asyncio.sleep(0.1)
    room.kill_program()
    await receiver.wait_for("conf is not running")


async def test_a_bad_configuration_is_refused_on_reload_and_the_old_one_keeps_running(
    room: Room, receiver: Receiver
) -> None:
    await room.start()
    assert room.daemon is not None
    file = room.folder / "roomwatch.toml"
    good = file.read_text()
    file.write_text(good.replace("port = 0", 'port = "x"'))
    os.kill(room.daemon.pid, signal.SIGHUP)
    async with asyncio.timeout(20):
        while "web.port" not in (room.folder / "log").read_text():
            await asyncio.sleep(0.1)
    asked = room.roomwatch("status", "--json")
    assert json.loads(asked.stdout)["room"] == "r12"
    assert asked.stderr == (
        "roomwatch: 1 problem in the configuration, so the daemon keeps to what it had, if it runs. "
        f"`roomwatch check --config {room.folder}` says which.\n"
    )
    room.kill_program()
    await receiver.wait_for("conf is not running")
    assert room.roomwatch("take", "1", "--by", "Li Wei").returncode == 0, "nobody is kept from answering by a file"
    file.write_text(good)
