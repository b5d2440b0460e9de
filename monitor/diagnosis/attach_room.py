"""Hands the state of the whole room over as an incident's evidence, once its alarm is on its way. Measures nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from monitor.diagnosis.attach import AGAIN_SECONDS, Attach

log = logging.getLogger(__name__)

KIND = "room"
MOST_WAITING = 32
SETTLE_SECONDS = 2.0
"""The alarm goes first; and what the fault brings with it is seen by then."""


class RoomEvidence:
    """describe: the state of the room now."""

    def __init__(self, describe: Callable[[], Mapping[str, object]], attach: Attach) -> None:
        self._describe, self._attach = describe, attach
        self._begun: dict[int, float] = {}
        self._waiting: asyncio.Queue[int] = asyncio.Queue(MOST_WAITING)

    def begin(self, incident: int) -> None:
        now = time.monotonic()
        if now - self._begun.get(incident, -AGAIN_SECONDS) < AGAIN_SECONDS or self._waiting.full():
            return
        self._begun = {one: at for one, at in self._begun.items() if now - at < AGAIN_SECONDS}
        self._begun[incident] = now
        self._waiting.put_nowait(incident)

    async def loop(self) -> None:
        while True:
            incident = await self._waiting.get()
            await asyncio.sleep(SETTLE_SECONDS)
            try:
                await self._attach(incident, KIND, self._describe())
            except Exception as error:
                log.warning("no state of the room for incident %d: %s", incident, error or type(error).__name__)
