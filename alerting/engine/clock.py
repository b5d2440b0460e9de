"""The engine's time: wall time that neither goes back nor jumps while something is open. Does not set a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

JUMP = 60.0
"""Seconds by which wall time may run away from steady time before it counts as set: NTP slews far less at once."""
BEHIND = 5.0
"""Seconds that wall time may lie behind the journal's last row: one NTP step after a boot."""
OLDEST = 1_767_225_600.0
"""2026-01-01: this version is younger, so a wall clock before it is wrong. A computer whose battery is empty starts in
1970 or at its firmware's date."""


def boot_time() -> float:
    """Seconds since boot, those of sleep included: waiting must not be fooled by a wall clock that was set."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Look:
    """now: engine time. jump: the setting of the wall clock that was just noticed, or 0. moved: seconds by which engine
    time was just put right, or 0: whatever waits for a time must move by as much. Times are Unix seconds."""

    now: float
    jump: float = 0.0
    moved: float = 0.0


class EngineClock:
    """``skew``: engine time less wall time, 0 in ordinary days. trusted: True while the kernel keeps the wall clock by
    a time server's."""

    def __init__(
        self,
        wall: Callable[[], float],
        steady: Callable[[], float] | None,
        latest: float,
        trusted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._wall, self._steady, self._latest, self._trusted = wall, steady, latest, trusted
        self._seen: tuple[float, float] | None = None
        self.skew = 0.0

    def peek(self) -> float:
        """Engine time without noticing jumps."""
        return max(self._latest, self._wall() + self.skew)

    def wall_ahead(self) -> float:
        """Wall time less engine time, 0 where the wall clock cannot be right."""
        wall = self._wall()
        return wall - self._latest if self.skew and wall >= OLDEST else 0.0

    def look(self, *, idle: bool) -> Look:
        """``idle``: nothing depends on elapsed time now, so a clock that was set is simply believed, as far as it does
        not go back behind what was written. A trusted clock is always believed: an earlier run may have written ahead
        of time, and must not keep this one in the future."""
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
        now = max(self._latest, now)
        moved = 0.0
        if abs(wall - now) > JUMP and self._trusted():
            moved, now, self.skew = wall - now, wall, 0.0
        self._latest = now
        return Look(now, jump, moved)
