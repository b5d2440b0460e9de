"""Runs each probe on its interval with jitter, deadline and wake-up; one run at a time a probe.

A probe that hangs or crashes costs itself alone: its run is counted, its outcome is "cannot measure".
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from monitor.settings import Schedule
from probes.reading import CannotMeasure, Outcome

log = logging.getLogger(__name__)

JITTER = 0.1
"""A tenth of the interval: enough that 500 rooms switched on together do not ask one resolver in one second."""

Run = Callable[[str], Awaitable[Sequence[Outcome]]]
"""Runs the probe once; the argument says what woke it."""

Deliver = Callable[[str, Sequence[Outcome]], Awaitable[float | None]]
"""Takes the outcomes; returns in how many seconds to look again (a confirmation), None for the interval."""


@dataclass(slots=True)
class RunFigures:
    """What every probe says of itself, the same for all."""

    runs: int = 0
    timeouts: int = 0
    crashes: int = 0
    duration_seconds: float = 0.0
    success: bool = True
    last_end: float = 0.0


@dataclass(slots=True)
class ProbeTask:
    """One probe's loop. ``wake`` makes it run now; several wakes before a run are one."""

    name: str
    schedule: Schedule
    run: Run
    deliver: Deliver
    figures: RunFigures = field(default_factory=RunFigures)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _why: str = "interval"

    def wake(self, why: str) -> None:
        self._why = why
        self._woken.set()

    async def run_once(self, why: str) -> Sequence[Outcome]:
        """One measured run: never raises but for cancellation."""
        started = time.perf_counter()
        try:
            outcomes = await asyncio.wait_for(self.run(why), self.schedule.deadline)
            self.figures.success = True
        except TimeoutError:
            self.figures.timeouts += 1
            self.figures.success = False
            outcomes = [self._hindered(f"no answer within {self.schedule.deadline:g} s")]
        except Exception as error:
            self.figures.crashes += 1
            self.figures.success = False
            log.exception("probe %s failed", self.name)
            outcomes = [self._hindered(f"{type(error).__name__}: {error}")]
        self.figures.runs += 1
        self.figures.duration_seconds = time.perf_counter() - started
        self.figures.last_end = time.time()
        return outcomes

    def _hindered(self, reason: str) -> CannotMeasure:
        return CannotMeasure(check=self.name, reason=reason)

    async def loop(self) -> None:
        """Until cancelled. The first run comes at once; a confirmation is not jittered, an interval is."""
        why = "start"
        while True:
            again = await self.deliver(why, await self.run_once(why))
            if again is None:
                wait = self.schedule.interval * (1 + random.uniform(-JITTER, JITTER))
            else:
                wait = again
            try:
                await asyncio.wait_for(self._woken.wait(), wait)
                why = self._why
            except TimeoutError:
                why = "interval" if again is None else "confirm"
            self._woken.clear()
