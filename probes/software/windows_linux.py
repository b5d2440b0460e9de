"""Keeps one question open at every window of a program, and says for how long it has not been answered.

Costs a few microseconds a look: the connection, the atoms and the list of windows are kept. Does not wait for a
window: what has not answered within a moment is looked at again next time.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from probes.software.x11_linux import Connection, NoDisplay, display_of, silent
from probes.why import Why, because

LIST_SECONDS = 15.0
"""New windows are found this often, besides those of a program that is starting."""

STARTING_SECONDS = 60.0
"""A program without a window is listed with every look for so long: on a busy PC a browser takes 20 s to its first."""

MOMENT_SECONDS = 0.05
"""A healthy window answers in 1-5 ms (chromium on a busy machine); the rest is found by the next look."""

OPEN_SECONDS = 2.0
RETRY_SECONDS = 30.0


NOT_KNOWN = because("display_unknown")


@dataclass
class Windows:
    """The windows of one program."""

    connection: Connection | None = None
    pids: frozenset[int] = frozenset()
    owners: dict[int, int] = field(default_factory=dict)
    outstanding: dict[int, float] = field(default_factory=dict)
    answered_ever: set[int] = field(default_factory=set)
    listed_at: float = float("-inf")
    known_at: float = float("-inf")
    refused_at: float = float("-inf")
    refusal: Why = NOT_KNOWN

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None
        self.outstanding.clear()
        self.listed_at = float("-inf")

    async def look(self, pids: frozenset[int], proc: Path, now: float) -> tuple[int, int, float]:
        """(windows asked, of these unanswered, seconds of the longest silence). Raises NoDisplay, at once when known.

        A window that never answered may belong to a toolkit that does not: its silence is no evidence.
        """
        if pids != self.pids:
            self.close()
            self.pids, self.answered_ever, self.refused_at = pids, set(), float("-inf")
            self.owners, self.known_at = {}, now
        if now - self.refused_at < RETRY_SECONDS:
            raise NoDisplay(self.refusal)
        try:
            return await self._look(proc, now)
        except NoDisplay as refusal:
            self._refused(refusal.reason, now)
            raise
        except (OSError, TimeoutError, struct.error, IndexError) as error:
            self._refused(silent(error), now)
            raise NoDisplay(self.refusal) from error

    def _refused(self, why: Why, now: float) -> None:
        self.close()
        self.refused_at, self.refusal = now, why

    async def _look(self, proc: Path, now: float) -> tuple[int, int, float]:
        async with asyncio.timeout(OPEN_SECONDS):
            if self.connection is None:
                self.connection = await Connection.open(*display_of(self.pids, proc))
            if self._must_list(now):
                self.owners = await self.connection.taking_part(self.pids)
                self.listed_at = now
            for gone in [window for window in self.outstanding if window not in self.owners]:
                del self.outstanding[gone]
            for window in self.owners:
                if window not in self.outstanding:
                    self.outstanding[window] = now
                    await self.connection.ask(window)
            await self.connection.flush()
        with suppress(TimeoutError):
            async with asyncio.timeout(MOMENT_SECONDS):
                while self.outstanding:
                    window = await self.connection.answered()
                    self.outstanding.pop(window, None)
                    self.answered_ever.add(window)
        return len(self.owners), len(self.outstanding), self._silence(now)

    def _must_list(self, now: float) -> bool:
        """A window that did not answer the last look may have been closed: that is no silence."""
        starting = not self.owners and now - self.known_at < STARTING_SECONDS
        return bool(self.outstanding) or starting or now - self.listed_at >= LIST_SECONDS

    def _silence(self, now: float) -> float:
        """One thread serves all windows of a process: while one of them answers, it is not silent."""
        longest = 0.0
        for pid in set(self.owners.values()):
            mine = [window for window, owner in self.owners.items() if owner == pid and window in self.answered_ever]
            if mine and all(window in self.outstanding for window in mine):
                longest = max(longest, now - max(self.outstanding[window] for window in mine))
        return longest
