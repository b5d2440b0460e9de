"""Who holds a video device open: a walk over /proc/*/fd. Linux only; does not open any device."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One process with a device open. state: the letter of /proc/PID/stat ("R", "S", "D", "T", "Z")."""

    pid: int
    program: str
    state: str = ""

    def __str__(self) -> str:
        return f"{self.program} (pid {self.pid})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """by_node: device node ("/dev/video0") → its holders. refused: processes whose files we may not see.

    refused_users: whose they are. With refused above zero an empty answer proves nothing: the device's own EBUSY
    decides then.
    """

    by_node: dict[str, tuple[Holder, ...]] = field(default_factory=dict)
    refused: int = 0
    refused_users: frozenset[int] = frozenset()

    def of(self, node: str, *, but: frozenset[int] = frozenset()) -> tuple[Holder, ...]:
        """Those who hold the node, without the given process ids (our own children)."""
        return tuple(holder for holder in self.by_node.get(node, ()) if holder.pid not in but)


def find_video_holders(proc: Path = Path("/proc"), prefix: str = "/dev/video") -> Holders:
    """Walk all processes once (about 8 ms for 350). Processes that end meanwhile are passed over.

    Never raises for a refused or vanished process; a missing root gives an empty answer.
    """
    found: dict[str, list[Holder]] = {}
    refused = 0
    users: set[int] = set()
    for process in _processes(proc):
        try:
            nodes = set(_open_nodes(process / "fd", prefix))
        except PermissionError:
            refused += 1
            with contextlib.suppress(OSError):
                users.add(os.stat(process).st_uid)  # noqa: PTH116
            continue
        except OSError:
            continue
        if not nodes:
            continue
        program, state = _program(process)
        for node in nodes:
            found.setdefault(node, []).append(Holder(pid=int(process.name), program=program, state=state))
    return Holders(
        by_node={node: tuple(sorted(who, key=lambda one: one.pid)) for node, who in found.items()},
        refused=refused,
        refused_users=frozenset(users),
    )


def _processes(proc: Path) -> Iterator[Path]:
    try:
        names = os.listdir(proc)  # noqa: PTH208 - twice as fast as iterdir, and this runs often
    except OSError:
        return
    for name in names:
        if name.isdecimal():
            yield proc / name


def _open_nodes(folder: Path, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                target = os.readlink(entry.path)  # noqa: PTH115 - this loop runs over all files of all processes
            except OSError:
                continue
            if target.startswith(prefix):
                yield target


def _program(process: Path) -> tuple[str, str]:
    """Name and state out of stat; the name may hold spaces and brackets, so the last ")" ends it."""
    try:
        text = (process / "stat").read_text(errors="replace")
    except OSError:
        return "?", ""
    name, _, rest = text.partition("(")[2].rpartition(")")
    return name or "?", (rest.split() or [""])[0]
