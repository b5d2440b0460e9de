"""Keeps a loop of the daemon going: what breaks it is logged, and it begins again. Does not end in silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

log = logging.getLogger(__name__)

Loop = Callable[[], Coroutine[Any, Any, None]]
"""Called anew for each beginning."""

PAUSE_SECONDS = 5.0
"""Seconds before a loop that broke begins again: soon enough for an alarm, too rare to fill a log or a processor."""


async def keep_running(loop: Loop, *, pause: float = PAUSE_SECONDS) -> None:
    """Until the loop returns or is cancelled.

    A task that raises is silent until somebody asks for its result, and nobody asks the daemon's: the plan would
    stand still, or a meeting be taken for over, with every page still up. Only without memory nothing can go on:
    MemoryError is raised.
    """
    while True:
        try:
            await loop()
        except MemoryError:
            raise
        except Exception:
            log.exception("%s broke; it goes on in %g s", getattr(loop, "__qualname__", loop), pause)
            await asyncio.sleep(pause)
        else:
            return


AGAIN_SECONDS = 1.0
"""Seconds after which a task that has not ended is cancelled once more: what it looks at ends within less."""


async def end_tasks(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel each until it has ended. A library may take a cancellation for the end of what it waited for, and drop it:
    the daemon would not stop for ever."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)
