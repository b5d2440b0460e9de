"""Looks at something for an incident while it is fresh, and hands what was found over as the incident's evidence.

One look at a time, in the background: no alarm waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

log = logging.getLogger(__name__)

AGAIN_SECONDS = 300.0
"""An incident that a further fault joins is looked at anew, but a flapping link is not diagnosed all the time."""
MOST_SECONDS = 120.0
MOST_WAITING = 32
"""A storm of more incidents than this is one trouble, which the first ones describe."""

Attach = Callable[[int, str, Mapping[str, object]], Awaitable[None]]
"""(incident, kind, data)."""
Look = Callable[[], Awaitable[Mapping[str, object]]]


class EvidenceQueue:
    """Takes incidents to look at. kind: what the journal and its readers know the evidence by. settle: seconds to wait
    before each look, so that the alarm goes first and what the fault brings with it is seen."""

    def __init__(self, kind: str, look: Look, attach: Attach, *, settle: float = 0.0) -> None:
        self._kind, self._look, self._attach, self._settle = kind, look, attach, settle
        self._begun: dict[int, float] = {}
        self._waiting: asyncio.Queue[int] = asyncio.Queue(MOST_WAITING)

    def begin(self, incident: int) -> None:
        """Have this incident looked at soon; nothing where it just was."""
        now = time.monotonic()
        if now - self._begun.get(incident, -AGAIN_SECONDS) < AGAIN_SECONDS or self._waiting.full():
            return
        self._begun = {one: at for one, at in self._begun.items() if now - at < AGAIN_SECONDS}
        self._begun[incident] = now
        self._waiting.put_nowait(incident)

    async def loop(self) -> None:
        """Until cancelled. A look that fails, or takes over two minutes, costs itself alone."""
        while True:
            incident = await self._waiting.get()
            await asyncio.sleep(self._settle)
            try:
                async with asyncio.timeout(MOST_SECONDS):
                    found = await self._look()
                await self._attach(incident, self._kind, found)
            except Exception as error:
                log.warning("no %s evidence for incident %d: %s", self._kind, incident, error or type(error).__name__)
