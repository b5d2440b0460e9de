"""Wakes at once when a watched program ends (pidfd) and within a second when one starts (new pids).

Does not judge: it only says which application changed, and how.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from probes.software.command_line import cut, printable, read_command_line
from probes.software.program_processes import CHILD_MARK
from probes.software.starts_linux import Starts

OnChange = Callable[[str, str], None]
"""(application, "exit" or "start")."""

START_SECONDS = 1.0
"""A program that has just started is found so soon."""


MOST_BYTES = 65536

SIEVE_BYTES = 12
"""Bytes of a name that are looked for: the kernel cuts a longer one after 15, which may be within a letter."""


def read_whole(file: str) -> bytes:
    """A small file of /proc at the least cost; empty where it has vanished or is hidden."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, MOST_BYTES)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


class ProcessWatch:
    """One for a daemon. ``start`` may be called again with other names; ``close`` lets go of every pidfd."""

    def __init__(self, on_change: OnChange, proc: Path = Path("/proc")) -> None:
        self._on_change = on_change
        self._proc = proc
        self._root = os.fspath(proc)
        self._names: dict[str, str] = {}
        self._sieve = re.compile(b"(?!)")
        self._starts = Starts(proc)
        self._young: dict[int, bytes] = {}
        self._watched: dict[int, tuple[int, str]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self, names: Mapping[str, tuple[str, ...]]) -> None:
        """Watch the processes with these executable names, by application."""
        self.close()
        self._names = {one: application for application, several in names.items() for one in several}
        self._names |= {cut(one): application for one, application in self._names.items()}
        begins = {os.fsencode(one)[:SIEVE_BYTES] for one in self._names}
        self._sieve = re.compile(b"|".join(map(re.escape, sorted(begins))) or b"(?!)")
        self._starts, self._young = Starts(self._proc), {}
        self._compare(quiet=True)
        self._task = asyncio.create_task(self._loop(), name="process starts")

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        loop = asyncio.get_running_loop()
        for descriptor, _ in self._watched.values():
            loop.remove_reader(descriptor)
            os.close(descriptor)
        self._watched.clear()

    @property
    def watched_pids(self) -> frozenset[int]:
        return frozenset(self._watched)

    async def _loop(self) -> None:
        while True:
            await asyncio.sleep(START_SECONDS)
            self._compare(quiet=False)

    def _compare(self, *, quiet: bool) -> None:
        with contextlib.suppress(OSError):
            before, self._young = self._young, {}
            for pid in self._starts.fresh():
                self._look(pid, quiet=quiet)
            # Fork comes before exec: one seen in between bears its parent's name and is looked at once more.
            for pid, name in before.items():
                if pid not in self._young and self._name(pid) not in (name, b""):
                    self._look(pid, quiet=quiet)

    def _look(self, pid: int, *, quiet: bool) -> None:
        name = self._young[pid] = self._name(pid)
        application = self._application(pid, name)
        if application and self._follow(pid, application) and not quiet:
            self._on_change(application, "start")

    def _name(self, pid: int) -> bytes:
        return read_whole(f"{self._root}/{pid}/comm").rstrip(b"\n")

    def _application(self, pid: int, name: bytes) -> str:
        """The application that a process belongs to, by its name or its file's name; "" for none."""
        command = read_whole(f"{self._root}/{pid}/cmdline") if name else b""
        if not command or not self._sieve.search(name + b"\0" + command):
            return ""  # hardly any of what starts: the line of the others is not worth parting
        if f"\0{CHILD_MARK}".encode() in command:
            return ""  # a browser's tabs come and go; the main process's end is what counts
        found = read_command_line(command, printable(name))
        return next((self._names[one] for one in (printable(name), found.file, found.runs) if one in self._names), "")

    def _follow(self, pid: int, application: str) -> bool:
        if pid in self._watched:
            return False
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            return False
        self._watched[pid] = (descriptor, application)
        asyncio.get_running_loop().add_reader(descriptor, self._ended, pid)
        return True

    def _ended(self, pid: int) -> None:
        descriptor, application = self._watched.pop(pid)
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
        self._on_change(application, "exit")
