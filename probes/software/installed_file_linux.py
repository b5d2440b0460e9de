"""The file of a running program: has another been put in its place, as an update does."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from probes.software.processes_linux import Process

Stamp = tuple[int, int, int]
"""Device, inode and time of change: another file has another; zeros: there is none."""

NONE: Stamp = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """As it was while the program ran. path: "" where it is not known."""

    path: str = ""
    stamp: Stamp = NONE

    @property
    def replaced(self) -> bool:
        """Another file is there now, or none: an update takes one away before it puts the other there."""
        return self.stamp != NONE and _stamp(self.path) != self.stamp


def installed_file(process: Process, proc: Path) -> InstalledFile:
    """By the process's own link, which only its owner may read, else by the path that it was started by."""
    path = process.path
    with suppress(OSError):
        path = os.readlink(proc / str(process.pid) / "exe")  # noqa: PTH115
    return InstalledFile(path, _stamp(path)) if path.startswith("/") else InstalledFile()


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return NONE
    return found.st_dev, found.st_ino, found.st_mtime_ns
