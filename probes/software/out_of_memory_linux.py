"""Whether the kernel killed a program for lack of memory, and which limit was hit: its counters, and its log where that
may be read.

``oom_kill`` counts in a program's group also where the whole machine ran out; whose limit was hit says the group that
counts an ``oom`` of its own (control groups, version 2) or a failed charge (version 1).
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probes.why import Why, because

KERNEL_LOG = Path("/dev/kmsg")
MOST_RECORDS = 20_000
MACHINE_RAN_OUT = because("memory_ran_out")
NO_LIMIT = 1 << 60
"""Version 1 writes a number close to 2⁶³ where there is no limit."""

_KILL = re.compile(
    r"oom-kill:constraint=(\w+),.*?oom_memcg=([^,]*),.*?pid=(\d+),|oom-kill:constraint=(\w+),.*?pid=(\d+),"
)


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """One control group above a program. hits: how often its own limit was hit; below: with the groups in it."""

    place: Path
    name: str
    hits: int
    below: int
    limit: int | None

    @property
    def reached(self) -> Why:
        if self.limit is None:
            return because("memory_limit_reached", name=self.name)
        return because("memory_limit_of_reached", name=self.name, mib=round(self.limit / (1 << 20)))


@dataclass(frozen=True, slots=True)
class OomCounters:
    """Taken while a program lives. machine: kills on the machine. killed: in its own group. groups: its own first,
    then those above."""

    machine: int
    killed: int
    groups: tuple[ControlGroup, ...]


def oom_counters(pid: int, proc: Path, sys: Path) -> OomCounters:
    groups = tuple(_groups(pid, proc, sys))
    return OomCounters(_count(proc / "vmstat", "oom_kill"), _killed(groups), groups)


def oom_evidence(before: OomCounters, proc: Path, pid: int = 0, log: Path = KERNEL_LOG) -> Why | None:
    """What the counters have counted since; None for nothing."""
    now = tuple(_again(one) for one in before.groups)
    pairs = tuple(zip(before.groups, now, strict=True))
    hit = next((old for old, new in pairs if new is not None and new.hits > old.hits), None)
    machine = _count(proc / "vmstat", "oom_kill") > before.machine
    if hit is None and now and now[0] is None:
        # Its own group went with it. The one above counts what happened below.
        left = next(((old, new) for old, new in pairs if new is not None), None)
        if left is not None and left[1].below > left[0].below:
            hit = next((old for old, new in pairs if new is None and old.limit is not None), None)
    killed = _killed(tuple(one for one in now[:1] if one is not None)) > before.killed
    if not (machine or killed):
        return None
    if told := _kernels_word(pid, log, before.groups):
        return told
    if hit is not None:
        return hit.reached
    if killed:
        return MACHINE_RAN_OUT
    return because("memory_killed_something")


def _kernels_word(pid: int, log: Path, groups: tuple[ControlGroup, ...]) -> Why | None:
    """The newest record of this process's kill; None where there is none, or the log is closed to us."""
    found = None
    for record in _records(log) if pid else ():
        kill = _KILL.search(record)
        if kill is None or int(kill[3] or kill[5]) != pid:
            continue
        if (kill[1] or kill[4]) == "CONSTRAINT_MEMCG" and kill[2]:
            known = next((one for one in groups if one.name == kill[2]), None)
            found = known.reached if known else ControlGroup(Path(), kill[2], 0, 0, None).reached
        else:
            found = MACHINE_RAN_OUT
    return found


def _records(log: Path) -> Iterator[str]:
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        for _ in range(MOST_RECORDS):
            record = os.read(descriptor, 8192)
            if not record:
                return
            yield record.decode(errors="replace")
    except OSError:
        return  # all was read, or a record was overwritten meanwhile
    finally:
        os.close(descriptor)


def _groups(pid: int, proc: Path, sys: Path) -> Iterator[ControlGroup]:
    """From the program's own control group up to the top."""
    with contextlib.suppress(OSError):
        for line in (proc / str(pid) / "cgroup").read_text(errors="surrogateescape").splitlines():
            number, _, rest = line.partition(":")
            controllers, _, path = rest.partition(":")
            first = "memory" in controllers.split(",")
            top = sys / "fs/cgroup/memory" if first else sys / "fs/cgroup"
            if not first and number != "0":
                continue
            place = top / path.strip("/")
            while place != top and place.is_relative_to(top):
                found = _read(place, "/" + os.fsencode(place.relative_to(top)).decode(errors="replace"))
                if found is not None:
                    yield found
                place = place.parent


def _again(group: ControlGroup) -> ControlGroup | None:
    return _read(group.place, group.name)


def _read(place: Path, name: str) -> ControlGroup | None:
    """None where it is no group of memory, or is gone."""
    if (place / "memory.oom_control").is_file():
        hits = _number(place / "memory.failcnt") or 0
        limit = _number(place / "memory.limit_in_bytes")
        return ControlGroup(place, name, hits, hits, None if limit is None or limit > NO_LIMIT else limit)
    if not (place / "memory.events").is_file():
        return None
    local = place / "memory.events.local"
    below = _count(place / "memory.events", "oom")
    hits = _count(local, "oom") if local.is_file() else below
    return ControlGroup(place, name, hits, below, _number(place / "memory.max"))


def _killed(groups: tuple[ControlGroup, ...]) -> int:
    """How many the kernel killed in the program's own group."""
    for one in groups[:1]:
        return max(_count(one.place / name, "oom_kill") for name in ("memory.events", "memory.oom_control"))
    return 0


def _count(file: Path, wanted: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == wanted:
                return int(value)
    return 0


def _number(file: Path) -> int | None:
    """None for "max", too."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
