"""Where this process's memory lies: by what it maps, and within glibc's heaps what is in use and what is free."""

from __future__ import annotations

import ctypes
import gc
import re
import sys
from collections import defaultdict
from pathlib import Path


class _Mallinfo2(ctypes.Structure):
    """Of glibc 2.33 and later, in bytes."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks")
    ] + [("keepcost", ctypes.c_size_t)]


def of_malloc() -> dict[str, float]:
    """MiB that malloc has from the system, those in use and free among them; {} without glibc."""
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (OSError, AttributeError):
        return {}
    ask.restype = _Mallinfo2
    found = ask()
    parts = {"heaps": found.arena, "used": found.uordblks, "free": found.fordblks, "mapped": found.hblkhd}
    return {f"malloc {name}": size / 2**20 for name, size in parts.items()}


def of_python() -> dict[str, float]:
    """Blocks that Python's own allocator has given out, and objects that its collector knows."""
    return {"python blocks": sys.getallocatedblocks(), "python objects": len(gc.get_objects())}


def by_mapping(pid: int | str = "self") -> dict[str, float]:
    """Name → resident MiB: a file, [heap], [stack], and "anonymous" for all that has no name; "of files" for all pages
    that are some file's as it is on the disk. Those are no memory of ours: code that is run for the first time."""
    found: dict[str, float] = defaultdict(float)
    name = ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            place = line.split(maxsplit=5)
            name = Path(place[5]).name if len(place) > 5 else "anonymous"
        elif line.startswith("Rss:"):
            found[name] += int(line.split()[1]) / 1024
            found["of files"] += int(line.split()[1]) / 1024
        elif line.startswith("Anonymous:"):
            found["of files"] -= int(line.split()[1]) / 1024
    return dict(found)


def held() -> dict[str, float]:
    """All of it, with "rss" and "own memory" (rss without the pages of files) first."""
    mapped = by_mapping()
    rss = sum(size for name, size in mapped.items() if name != "of files")
    return {"rss": rss, "own memory": rss - mapped["of files"], **mapped, **of_malloc(), **of_python()}


def grown(before: dict[str, float], now: dict[str, float], least: float = 0.05) -> dict[str, float]:
    """What is larger or smaller by at least so much, the largest growth first."""
    change = {name: now.get(name, 0.0) - before.get(name, 0.0) for name in before.keys() | now.keys()}
    kept = {name: round(size, 2) for name, size in change.items() if abs(size) >= least}
    return dict(sorted(kept.items(), key=lambda one: -one[1]))
