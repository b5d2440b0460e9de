"""All processes from one read of /proc/PID/stat each; the command line is read once in a process's life.

Does not trust a pid: a process is (pid, start time). psutil's own sweep costs three times as much (bench/process.py).
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
COMM_BYTES = 15
"""The kernel cuts a process's name there (TASK_COMM_LEN is 16 with the final zero)."""

CHILD_MARK = "--type="
"""Chromium and Electron start their renderers and GPU process under the same name with this switch."""

MOST_DESCENDANTS = 1000

KERNEL_PARENT = b"2"
"""kthreadd: its children never have a command line."""

YOUNG_SECONDS = 10.0
"""A start script that becomes its program keeps pid, start time and often the name, but not the command line; and in
between it has none."""

Identity = tuple[int, int]
"""(pid, start time in ticks since boot): pids are used again, this pair is not."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process at one look. cpu_seconds: user and system so far. age_seconds: since its start."""

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

    @property
    def identity(self) -> Identity:
        return (self.pid, self.started)


@dataclass
class ProcessTable:
    """Remembers command lines between looks. ``look`` raises OSError when /proc itself cannot be listed."""

    commands: dict[tuple[int, int, bytes], tuple[str, str]] = field(default_factory=dict)
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
        kept: dict[tuple[int, int, bytes], tuple[str, str]] = {}
        for pid in filter(str.isdecimal, os.listdir(root)):  # noqa: PTH208 - four times as fast
            one = self._try(root, pid, uptime, kept)
            if one is not None:
                found.append(one)
        self.commands = kept
        return found

    def _try(
        self, root: str, pid: str, uptime: float, kept: dict[tuple[int, int, bytes], tuple[str, str]]
    ) -> Process | None:
        try:
            return self._one(root, pid, uptime, kept)
        except (OSError, ValueError, IndexError):
            return None  # it vanished, or another user's is hidden

    def _one(
        self, root: str, pid: str, uptime: float, kept: dict[tuple[int, int, bytes], tuple[str, str]]
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
        if command is None or (part[1] != KERNEL_PARENT and (not command[1] or age < YOUNG_SECONDS)):
            text = _read(f"{root}/{pid}/cmdline", 65536)
            first = text.partition(b"\0")[0].rpartition(b"/")[2]
            command = (_text(first), _text(text.replace(b"\0", b" ").strip()))
        kept[key] = command
        if not command[1]:
            return None  # a kernel thread, or one that is just becoming another program
        cpu = (int(part[11]) + int(part[12])) / TICKS
        return Process(
            pid=int(pid),
            parent=int(part[1]),
            started=started,
            name=_text(name),
            file=command[0],
            command=command[1],
            state=state,
            cpu_seconds=cpu,
            threads=int(part[17]),
            memory_bytes=float(int(part[21]) * PAGE),
            age_seconds=age,
        )


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


def _text(raw: bytes) -> str:
    """Names may hold any byte: what is no UTF-8 and every control character becomes a replacement character."""
    text = raw.decode(errors="replace")
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


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


def is_called(process: Process, names: tuple[str, ...]) -> bool:
    """True when its name or its file's name is one of these; a name cut by the kernel counts by its beginning."""
    return process.file in names or process.name in _cut(names)


@functools.lru_cache(maxsize=256)
def _cut(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name[:COMM_BYTES] for name in names)


def main_processes(processes: Iterable[Process], names: tuple[str, ...], command: str, user: str) -> list[Process]:
    """Those that are the program itself, not its children of the same name; the oldest first."""
    found = {
        one.pid: one
        for one in processes
        if is_called(one, names)
        and command in one.command
        and CHILD_MARK not in one.command
        and (not user or _owner(one.pid) == user)
    }
    return sorted((one for one in found.values() if one.parent not in found), key=lambda one: one.started)


def descendants(process: Process, processes: Iterable[Process]) -> list[Process]:
    """All below it, whatever they are called."""
    below: dict[int, list[Process]] = {}
    for one in processes:
        below.setdefault(one.parent, []).append(one)
    found: list[Process] = []
    level = below.get(process.pid, [])
    while level and len(found) < MOST_DESCENDANTS:
        found += level
        level = [child for one in level for child in below.get(one.pid, []) if child.pid != one.pid]
    return found


def _owner(pid: int) -> str:
    import psutil

    try:
        return psutil.Process(pid).username()
    except psutil.Error:
        return ""
