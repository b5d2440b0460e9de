"""Gives memory that was freed back to the system. glibc keeps it for itself where something still lies behind it."""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable

EVERY_SECONDS = 3600.0
"""By bench/failing.py it grows by 0.1 MiB an hour while devices fail, and 0.3 MiB came back after three."""


def trim() -> Callable[[], object] | None:
    """glibc's malloc_trim; None with another library."""
    try:
        found = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return lambda: found(0)


async def loop() -> None:
    """Until cancelled; ends at once where the library cannot."""
    give_back = trim()
    while give_back is not None:
        await asyncio.sleep(EVERY_SECONDS)
        await asyncio.to_thread(give_back)
