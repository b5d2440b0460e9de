"""Diagnoses the network for an incident while it is fresh, and hands the result over as the incident's evidence.

One at a time, in the background: no alarm waits for it. Refuses to judge: what it finds changes no fault.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from monitor.diagnosis.network import diagnose, document
from probes.network import Settings
from probes.reading import Context

log = logging.getLogger(__name__)

KIND = "network"
"""Of the evidence: what the journal and its readers know it by."""
AGAIN_SECONDS = 300.0
"""An incident that a further fault joins is looked at anew, but a flapping link is not diagnosed all the time."""
MOST_SECONDS = 120.0
MOST_WAITING = 8

Attach = Callable[[int, str, Mapping[str, object]], Awaitable[None]]
"""(incident, kind, data)."""


class NetworkDiagnosis:
    """Takes incidents to diagnose. context: a fresh one for each look, so that the meeting is the present one."""

    def __init__(self, settings: Callable[[], Settings], context: Callable[[], Context], attach: Attach) -> None:
        self._settings, self._context, self._attach = settings, context, attach
        self._begun: dict[int, float] = {}
        self._waiting: asyncio.Queue[int] = asyncio.Queue(MOST_WAITING)

    def begin(self, incident: int) -> None:
        """Have this incident diagnosed soon; nothing where it just was."""
        now = time.monotonic()
        if now - self._begun.get(incident, -AGAIN_SECONDS) < AGAIN_SECONDS or self._waiting.full():
            return
        self._begun = {one: at for one, at in self._begun.items() if now - at < AGAIN_SECONDS}
        self._begun[incident] = now
        self._waiting.put_nowait(incident)

    async def loop(self) -> None:
        """Until cancelled. A diagnosis that fails costs itself alone."""
        while True:
            incident = await self._waiting.get()
            try:
                await self._attach(incident, KIND, await self.look())
            except Exception as error:
                log.warning("no network diagnosis for incident %d: %s", incident, error or type(error).__name__)

    async def look(self) -> dict[str, Any]:
        """One diagnosis as data. Raises TimeoutError when it takes over two minutes."""
        begun = time.time()
        rungs, found = await asyncio.wait_for(diagnose(self._settings(), self._context()), MOST_SECONDS)
        return {"begun_at": round(begun, 3), "seconds": round(time.time() - begun, 3), **document(rungs, found)}
