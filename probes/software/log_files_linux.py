"""A program's log files, by the patterns of its profile."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from probes.software.hang import LOG_SILENT_SECONDS


def newest_log(patterns: Sequence[str], pid: int, proc: Path) -> Path | None:
    """The one that was written last; None without one, or where they may not be seen.

    patterns: file patterns; "~" is the home of the program's owner.
    """
    import pwd

    newest: tuple[float, Path] | None = None
    try:
        home = pwd.getpwuid(os.stat(f"{proc}/{pid}").st_uid).pw_dir  # noqa: PTH116
    except (OSError, KeyError):
        return None
    for pattern in patterns:
        try:
            for file in Path("/").glob(pattern.replace("~", home, 1).lstrip("/")):
                written = file.stat().st_mtime
                if newest is None or written > newest[0]:
                    newest = (written, file)
        except (OSError, ValueError):
            continue
    return newest[1] if newest is not None else None


@dataclass
class NewestLog:
    """The newest log of one program, between looks a few seconds apart. Its folders are listed only once the file has
    been silent for as long as may be a sign: until then no newer one changes anything."""

    file: Path | None = None

    def age(self, patterns: Sequence[str], pid: int, proc: Path) -> float | None:
        """Seconds since it was written; None without one, or where they may not be seen."""
        age = _age(self.file)
        if age is None or age >= LOG_SILENT_SECONDS:
            self.file = newest_log(patterns, pid, proc)
            age = _age(self.file)
        return age


def _age(file: Path | None) -> float | None:
    try:
        return max(0.0, time.time() - file.stat().st_mtime) if file is not None else None
    except OSError:
        return None
