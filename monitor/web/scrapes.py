"""Who scrapes, and when each comes again: so that the last word before a clean end is still read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

MOST_SCRAPERS = 8
"""Two servers, their tries by hand, and a monitor of another team."""
LATE_SECONDS = 1.0
"""A scraper that does not come this long after its time will not come before the end."""
MISSED = 3
"""Scrapes that a scraper may miss before it counts as gone."""


@dataclass(slots=True)
class _Scraper:
    last: float
    every: float = 0.0


class Scrapes:
    """clock: seconds that never run back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Scraper] = {}
        self._came = asyncio.Event()

    def seen(self, peer: str) -> None:
        """peer: an address. Two scrapes give its rhythm."""
        now = self._clock()
        known = self._known.get(peer)
        if known is None:
            if len(self._known) >= MOST_SCRAPERS:
                del self._known[min(self._known, key=lambda one: self._known[one].last)]
            self._known[peer] = _Scraper(now)
        else:
            known.every, known.last = now - known.last, now
        self._came.set()

    def expected(self, within: float) -> dict[str, float]:
        """Seconds until each scraper comes that will come within so many seconds."""
        now = self._clock()
        found = {}
        for peer, one in self._known.items():
            wait = one.last + one.every - now
            gone = now - one.last > MISSED * one.every
            if one.every > 0 and not gone and wait <= within:
                found[peer] = max(0.0, wait)
        return found

    async def last_one(self, within: float) -> None:
        """Until every scraper that is expected within so many seconds was here once more, or is late."""
        begun = self._clock()
        waiting = self.expected(within)
        while waiting:
            self._came.clear()
            left = max(waiting.values()) + LATE_SECONDS - (self._clock() - begun)
            if left <= 0:
                return
            try:
                async with asyncio.timeout(left):
                    await self._came.wait()
            except TimeoutError:
                return
            waiting = {
                peer: at for peer, at in waiting.items() if peer in self._known and self._known[peer].last < begun
            }
