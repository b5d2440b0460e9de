"""The engine's time: wall time that neither goes back nor jumps while something is open. Does not set a clock."""

from __future__ import annotations

from collections.abc import Callable

JUMP = 60.0
"""Seconds by which wall time may run away from steady time before it counts as set: NTP slews far less at once."""
BEHIND = 5.0
"""Seconds that wall time may lie behind the journal's last row: one NTP step after a boot."""


class EngineClock:
    """``skew``: engine time less wall time, 0 in ordinary days. Times are Unix seconds."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float] | None, latest: float) -> None:
        self._wall, self._steady, self._latest = wall, steady, latest
        self._seen: tuple[float, float] | None = None
        self.skew = 0.0

    def peek(self) -> float:
        """Engine time without noticing jumps."""
        return max(self._latest, self._wall() + self.skew)

    def look(self, *, idle: bool) -> tuple[float, float]:
        """(engine time, the jump that was just noticed or 0). ``idle``: nothing depends on elapsed time now, so a
        clock that was set is simply believed, as far as it does not go back behind what was written."""
        wall = self._wall()
        jump = 0.0
        if self._steady is not None:
            steady = self._steady()
            if self._seen is not None:
                drift = (wall - self._seen[0]) - (steady - self._seen[1])
                if abs(drift) > JUMP:
                    jump = drift
                    self.skew -= drift
            self._seen = (wall, steady)
        if idle and wall >= self._latest:
            self.skew = 0.0
        now = wall + self.skew
        if now < self._latest - BEHIND:
            jump = jump or now - self._latest
            self.skew += self._latest - now
            now = self._latest
        self._latest = max(self._latest, now)
        return self._latest, jump
