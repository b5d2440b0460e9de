"""Programs of a room, played by real processes: they hold devices, exchange datagrams, or only run."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.software.test_signed_in import WINDOW

TALK = """
import socket, sys, time
here, there = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
here.bind(("127.0.0.1", 0)); there.bind(("127.0.0.1", 0))
print("talking", flush=True)
while True:
    here.sendto(b"v" * 160, there.getsockname()); there.recv(200)
    there.sendto(b"v" * 160, here.getsockname()); here.recv(200)
    time.sleep(0.02)
"""
"""A call: two sockets that are not connected, as WebRTC's, 50 datagrams a second each way."""


STREAM = """
import socket, time
door = socket.create_server(("127.0.0.1", 0))
here = socket.create_connection(door.getsockname()); there, _ = door.accept()
for one in (here, there): one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print("talking", flush=True)
while True:
    here.sendall(b"v" * 160); there.recv(200); there.sendall(b"v" * 160); here.recv(200)
    time.sleep(0.02)
"""
"""The same over TCP, as where datagrams are blocked."""

LINGER = """
import socket, time
here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
here.bind(("127.0.0.1", 0))
print("talking", flush=True)
time.sleep(600)
"""
"""A socket that stands ready and carries nothing."""


def program(folder: Path, name: str, original: str) -> str:
    """A copy of a program under another name."""
    place = folder / Path(original).name / name
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        found = shutil.which(original)
        assert found, f"{original} is not installed"
        shutil.copy(Path(found).resolve(), place)
    return str(place)


@contextlib.contextmanager
def running(*command: str, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def idle(folder: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program is open and does nothing."""
    with running(program(folder, name, "sleep"), "600") as process:
        yield process


@contextlib.contextmanager
def camera_held(folder: Path, name: str, node: Path, user: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """user: whose process it is, where it is not ours."""
    with node.open() as device, running(program(folder, name, "sleep"), "600", stdin=device, user=user) as process:
        yield process


@contextlib.contextmanager
def call_of_datagrams(folder: Path, name: str, what: str = TALK) -> Iterator[subprocess.Popen[bytes]]:
    """Media flows between two sockets of the program. what: another way of TALK, STREAM or LINGER."""
    copy = program(folder, name, sys.executable)
    with running(copy, "-c", what, env={"PYTHONHOME": sys.base_prefix}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"talking\n"
        yield process


@contextlib.contextmanager
def window(folder: Path, name: str, screen: str, title: str) -> Iterator[Path]:
    """The program shows a window. Yields the file that holds its title."""
    place, script = folder / "title", folder / "window.py"
    place.write_text(title)
    script.write_text(WINDOW)
    environment = {**os.environ, "DISPLAY": screen, "TITLE": str(place), "PYTHONHOME": "/usr"}
    with running(program(folder, name, "/usr/bin/python3"), str(script), env=environment):
        yield place


class View:
    """/proc as far as this test's own programs go: the machine is shared, and a call of somebody else's is one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        for name in ("net", "uptime"):
            (folder / name).symlink_to(f"/proc/{name}")
        self.refresh()

    def refresh(self) -> None:
        living = set(self._below(os.getpid()))
        for link in self.folder.glob("[0-9]*"):
            if link.name not in living:
                link.unlink()
        for pid in living:
            with contextlib.suppress(FileExistsError):
                (self.folder / pid).symlink_to(f"/proc/{pid}")

    def _below(self, pid: int) -> Iterator[str]:
        yield str(pid)
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for child in children.read_text().split():
                    yield from self._below(int(child))
