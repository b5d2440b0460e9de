"""Simulated time beside the clock of whoever reads the pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """Time of a scenario that runs ``speed`` times as fast as the reader's clock.

    start: Unix seconds of the scenario's beginning; began: the reader's then. Prometheus knows its own clock alone:
    so pages give every moment as the reader would have seen it, and spans of time as long as the reader waited.
    """

    start: float
    began: float
    speed: float = 1.0
    reader: Callable[[], float] = time.time

    def now(self) -> float:
        """The scenario's time."""
        return self.start + (self.reader() - self.began) * self.speed

    def shown(self, moment: float) -> float:
        """A moment of the scenario by the reader's clock."""
        return self.began + (moment - self.start) / self.speed

    def lasts(self, seconds: float) -> float:
        """A span of the scenario as long as the reader waits."""
        return seconds / self.speed
