"""Which processes a program is: by its names, without its launchers, and with what it has started."""

from __future__ import annotations

import functools
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from probes.software.command_line import APP_RUN, COMM_BYTES, cut
from probes.software.processes_linux import Identity, Process
from probes.software.profiles import Application

MOST_DESCENDANTS = 1000
MOST_GENERATIONS = 64

CHILD_MARK = "--type="
"""Chromium and Electron start their renderers and GPU process under the same name with this switch."""


def is_called(process: Process, names: tuple[str, ...]) -> bool:
    """True when it, or what is run in it, has one of these names. A name that the kernel may have cut counts only where
    the command line does not tell the whole of it."""
    if process.runs:
        if process.file == APP_RUN:
            return any(name.lower().startswith(process.runs) for name in names)
        return process.runs in names
    if process.file in names:
        return True
    if process.name not in _cut(names):
        return False
    if process.whole:
        return process.whole in names
    return len(process.name.encode()) < COMM_BYTES or cut(process.file) != process.name


def by_program(processes: Iterable[Process], names: Mapping[str, tuple[str, ...]]) -> dict[str, list[Process]]:
    """names: of each program. The processes that bear one of them, by program; hardly one of a machine's does."""
    programs: dict[str, list[str]] = {}
    for program, several in names.items():
        for key in {*several, *_cut(several)}:
            programs.setdefault(key, []).append(program)
    found: dict[str, list[Process]] = {}
    for one in processes:
        keys = (one.file, one.name, one.runs, one.whole)
        if one.file == APP_RUN:
            possible: Iterable[str] = names
        elif programs.keys().isdisjoint(keys):
            continue
        else:
            possible = dict.fromkeys(program for key in keys for program in programs.get(key, ()))
        for program in possible:
            if is_called(one, names[program]):
                found.setdefault(program, []).append(one)
    return found


@functools.lru_cache(maxsize=256)
def _cut(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(cut, names))


@dataclass(frozen=True, slots=True)
class Found:
    """main: the program itself, the oldest first. launchers: what bears its name and only starts it."""

    main: list[Process]
    launchers: list[Process]


def find_program(
    processes: Sequence[Process],
    application: Application,
    known: Container[Identity] = (),
    *,
    named: Iterable[Process] | None = None,
) -> Found:
    """known: launchers seen before; one that has outlived its program is still none. named: those of the processes that
    bear one of its names, where by_program() has told."""
    if named is None:
        named = [one for one in processes if is_called(one, application.executables)]
    called = {
        one.pid: one
        for one in named
        if one.identity not in known
        and (not application.command or _says(one, application.command))
        and CHILD_MARK not in one.command
        and not (application.native and one.script)
        and (not application.user or _is_of(one.pid, application.user))
    }
    if len(called) < 2:
        return Found(list(called.values()), [])
    parents = {one.pid: one.parent for one in processes}
    above = {pid: tuple(called[one] for one in _ancestors(pid, parents) if one in called) for pid in called}
    launchers = {one.pid for pid, over in above.items() for one in over if _launches(one, called[pid])}
    main = [one for pid, one in called.items() if pid not in launchers]
    main = [one for one in main if all(over.pid in launchers for over in above[one.pid])]
    return Found(sorted(main, key=lambda one: one.started), [called[pid] for pid in launchers])


def _launches(over: Process, below: Process) -> bool:
    """A start script, or a launcher: a program of the same name in another place. A part of a program has its path."""
    if over.script:
        return not below.script
    return below.path.startswith("/") and over.path != below.path


def _ancestors(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    for _ in range(MOST_GENERATIONS):
        pid = parents.get(pid, 0)
        if pid <= 1:
            return
        yield pid


def _says(process: Process, command: str | tuple[str, ...]) -> bool:
    return any(part in process.command for part in ((command,) if isinstance(command, str) else command))


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


def _is_of(pid: int, user: str) -> bool:
    """user: a name or a number."""
    import psutil

    try:
        return psutil.Process(pid).username() == user or str(psutil.Process(pid).uids().real) == user
    except psutil.Error:
        return False
