"""A program's log files, by the patterns of its profile."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


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
