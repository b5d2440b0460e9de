"""All processes from one read of /proc/PID/stat each; the command line is read once in a process's life.

Does not trust a pid: a process is (pid, start time). psutil's own sweep costs three times as much (bench/process.py).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from probes.software.command_line import COMM_BYTES, CommandLine, cut, printable, read_command_line

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
KERNEL_PARENT = b"2"
"""kthreadd: its children never have a command line."""

YOUNG_SECONDS = 10.0
"""A start script that becomes its program keeps pid, start time and often the name, but not the command line; and in
between it has none."""

Identity = tuple[int, int]
"""(pid, start time in ticks since boot): pids are used again, this pair is not."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process at one look. cpu_seconds: user and system so far. age_seconds: since its start.

    path, file, command, runs, script, whole: as in CommandLine.
    """

    pid: int
    parent: int
    started: int
    name: str
    file: str
    command: str
    state: str
    cpu_seconds: float
    threads: int
    memory_bytes: float
    age_seconds: float
    path: str = ""
    runs: str = ""
    script: bool = False
    whole: str = ""

    @property
    def identity(self) -> Identity:
        return (self.pid, self.started)


@dataclass
class ProcessTable:
    """Remembers command lines between looks. ``look`` raises OSError when /proc itself cannot be listed."""

    commands: dict[tuple[int, int, bytes], CommandLine] = field(default_factory=dict)
    swept_at: float = float("-inf")

    def again(self, proc: Path, processes: Iterable[Process]) -> list[Process]:
        """The given ones as they are now, without those that have ended: a thirtieth of the cost of all."""
        known = {one.pid: one.identity for one in processes}
        return [one for one in self.these(proc, known) if one.identity == known[one.pid]]

    def these(self, proc: Path, pids: Iterable[int]) -> list[Process]:
        """Those of the pids that are processes which can be read."""
        root = os.fspath(proc)
        uptime = _uptime(root)
        return [one for pid in pids if (one := self._try(root, str(pid), uptime, self.commands)) is not None]

    def children(self, proc: Path, pids: Iterable[int], own: set[int]) -> list[Process]:
        """Those of the pids that descend from ``own``, which they are added to; the others cost one read each."""
        root = os.fspath(proc)
        found = []
        for pid in pids:
            if pid not in own and _parent(root, pid) in own and (one := self.these(proc, (pid,))):
                own.add(pid)
                found += one
        return found

    def look(self, proc: Path) -> list[Process]:
        """Every living process that can be read; zombies have ended, kernel threads have no command line."""
        root = os.fspath(proc)
        uptime = _uptime(root)
        found: list[Process] = []
        kept: dict[tuple[int, int, bytes], CommandLine] = {}
        for pid in filter(str.isdecimal, os.listdir(root)):  # noqa: PTH208 - four times as fast
            one = self._try(root, pid, uptime, kept)
            if one is not None:
                found.append(one)
        self.commands = kept
        return found

    def _try(
        self, root: str, pid: str, uptime: float, kept: dict[tuple[int, int, bytes], CommandLine]
    ) -> Process | None:
        try:
            return self._one(root, pid, uptime, kept)
        except (OSError, ValueError, IndexError):
            return None  # it vanished, or another user's is hidden

    def _one(
        self, root: str, pid: str, uptime: float, kept: dict[tuple[int, int, bytes], CommandLine]
    ) -> Process | None:
        raw = _read(f"{root}/{pid}/stat", 1024)
        head, _, tail = raw.rpartition(b")")
        name = head.partition(b"(")[2]
        part = tail.split()
        state = part[0].decode()
        if state in ("Z", "X"):
            return None
        started = int(part[19])
        key = (int(pid), started, name)
        age = max(0.0, uptime - started / TICKS)
        command = self.commands.get(key)
        if command is None or (part[1] != KERNEL_PARENT and (not command.text or age < YOUNG_SECONDS)):
            command = _command_line(f"{root}/{pid}", name)
        kept[key] = command
        if not command.text:
            return None  # a kernel thread, or one that is just becoming another program
        cpu = (int(part[11]) + int(part[12])) / TICKS
        return Process(
            pid=int(pid),
            parent=int(part[1]),
            started=started,
            name=printable(name),
            file=command.file,
            command=command.text,
            state=state,
            cpu_seconds=cpu,
            threads=int(part[17]),
            memory_bytes=float(int(part[21]) * PAGE),
            age_seconds=age,
            path=command.path,
            runs=command.runs,
            script=command.script,
            whole=command.whole,
        )


def _command_line(place: str, name: bytes) -> CommandLine:
    """Where the kernel's name may be cut and the first argument tells nothing of it, the file itself is asked."""
    found = read_command_line(_read(f"{place}/cmdline", 65536), printable(name))
    if len(name) == COMM_BYTES and not found.runs and cut(found.file) != printable(name):
        with contextlib.suppress(OSError):
            file = os.readlink(f"{place}/exe").removesuffix(" (deleted)").rpartition("/")[2]  # noqa: PTH115
            if cut(file) == printable(name):
                return dataclasses.replace(found, whole=file)
    return found


def _parent(root: str, pid: int) -> int:
    try:
        return int(_read(f"{root}/{pid}/stat", 1024).rpartition(b")")[2].split(None, 2)[1])
    except (OSError, ValueError, IndexError):
        return -1


def _read(file: str, most: int) -> bytes:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)


def _uptime(root: str) -> float:
    try:
        return float(_read(f"{root}/uptime", 64).split()[0])
    except (OSError, ValueError, IndexError):
        return 0.0


def others_hidden(proc: Path) -> bool:
    """True where hidepid hides other users' processes: init is always there, so not seeing it says so."""
    try:
        _read(f"{proc}/1/stat", 16)
    except OSError:
        return True
    return False


def owner_of(pid: int, proc: Path = Path("/proc")) -> int | None:
    """The user whose process it is, readable for everybody; None when it has gone."""
    try:
        return os.stat(proc / str(pid)).st_uid  # noqa: PTH116
    except OSError:
        return None
