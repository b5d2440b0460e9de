"""How long the room was usable, and how long meetings ran and were hit. Counts from the start of the daemon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

ROOM_STATES = ("usable", "impaired", "unusable", "unknown")


@dataclass(slots=True)
class RoomTimes:
    """seconds: by state. clock: seconds that stand still while the machine sleeps."""

    clock: Callable[[], float] = monotonic
    state: str = "unknown"
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ROOM_STATES, 0.0))
    meetings: int = 0
    meetings_hit: int = 0
    meeting_seconds: float = 0.0
    meeting_hit_seconds: float = 0.0
    _looked: float | None = None
    _running: bool = False
    _hit: bool = False
    _counted: bool = False
    """The running meeting was counted as hit."""

    def look(self, state: str, running: bool | None, hit: bool) -> None:
        """From now on it is so; the time since the last look belongs to what was so then. An unknown meeting counts as
        none. hit: a meeting suffers, where one runs."""
        now = self.clock()
        if self._looked is not None:
            passed = max(0.0, now - self._looked)
            self.seconds[self.state] += passed
            self.meeting_seconds += passed * self._running
            self.meeting_hit_seconds += passed * (self._running and self._hit)
        if running and not self._running:
            self.meetings += 1
            self._counted = False
        if running and hit and not self._counted:
            self.meetings_hit += 1
            self._counted = True
        self.state, self._running, self._hit, self._looked = state, bool(running), hit, now
