"""When the windows of the conferencing programs are looked at, and which of them showed a call last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from probes.software.call_window import in_call
from probes.software.meeting_signs import Program
from probes.software.profiles import Application

WINDOW_SECONDS = 30.0
"""Seconds between two looks: no event tells of a muted call over TCP with the camera off."""


@dataclass(slots=True)
class CallWindows:
    """shown: names of the programs that show the window of a call. clients: those that are looked at."""

    proc: Path = Path("/proc")
    shown: frozenset[str] = frozenset()
    clients: tuple[Program, ...] = ()
    _looked_at: float = float("-inf")

    async def look(
        self, applications: Mapping[str, Application], known: Iterable[Program], now: float
    ) -> frozenset[str]:
        """known: the programs that run. Returns ``shown``, as it is now."""
        self.clients = tuple(one for one in known if one.sort == "conference")
        self._looked_at, self.shown = now, await in_call(applications, self.clients, self.proc)
        return self.shown

    def due(self, now: float) -> bool:
        """Only where a program runs that may show one."""
        return bool(self.clients) and now - self._looked_at >= WINDOW_SECONDS

    async def changed(self, applications: Mapping[str, Application], now: float) -> bool:
        """Whether such a window has come or gone since the last ``look``."""
        self._looked_at = now
        return await in_call(applications, self.clients, self.proc) != self.shown
