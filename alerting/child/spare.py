"""What this process can still get of the kernel: file descriptors and memory."""

from __future__ import annotations

import mmap
import os

DESCRIPTORS = 10
"""A child takes three pipes and one for its start, a look at the processes one, a connection one."""
MEMORY_BYTES = 16 << 20
"""A thread takes 8 MiB of address space for its stack, Python 1 MiB at a time for its objects."""


def lacking() -> str:
    """ "file descriptors" or "memory", "" where both can be had."""
    taken: list[int] = []
    try:
        taken.extend(os.dup(2) for _ in range(DESCRIPTORS))  # keeps those that there were
    except OSError:
        return "file descriptors"
    finally:
        for one in taken:
            os.close(one)
    return "" if memory_left() else "memory"


def memory_left() -> bool:
    try:
        mmap.mmap(-1, MEMORY_BYTES).close()
    except (OSError, MemoryError):
        return False
    return True
