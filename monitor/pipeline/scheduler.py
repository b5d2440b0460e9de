"""Runs each probe on its interval with jitter, deadline and wake-up; one run at a time a probe.

A probe that hangs or crashes costs itself alone: its run is counted, what it had said until then is kept, and the rest
is "cannot measure".
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from alerting.model.histogram import Histogram
from monitor.settings import ProbeSchedule
from probes.guard import reason_of
from probes.reading import CannotMeasure, Outcome, Say, keep_quiet
from probes.why import Why

log = logging.getLogger(__name__)

JITTER = 0.05
"""A twentieth of the interval each way: 500 rooms switched on together drift apart within minutes, and a silent fault
is still seen within the interval and three seconds (15.76 s and the longest time-outs of the network probe)."""

MOST_RESTARTS = 3
"""Runs in a row that events may stop: a link that flaps without end must not keep the probe from ever answering."""

Run = Callable[[str, Say], Awaitable[Sequence[Outcome]]]
"""Runs the probe once; the arguments say what woke it, and take each outcome as it is known."""

Deliver = Callable[[str, Sequence[Outcome]], Awaitable[float | None]]
"""Takes the outcomes; returns in how many seconds to look again (a confirmation), None for the interval."""


DURATION_BOUNDS = (1.0, 10.0)
"""Seconds: a look that is felt by nobody, and the usual deadline."""


@dataclass(slots=True)
class RunFigures:
    """What every probe says of itself, the same for all. durations: of all runs; duration_seconds: of the last one.
    last_end: when that ended, in monotonic seconds: no setting of the clock makes a probe late."""

    runs: int = 0
    timeouts: int = 0
    crashes: int = 0
    duration_seconds: float = 0.0
    success: bool = True
    last_end: float = 0.0
    durations: Histogram = field(default_factory=lambda: Histogram(DURATION_BOUNDS))


async def run_within(
    deadline: float, name: str, run: Callable[[Say], Awaitable[Sequence[Outcome]]], early: Say = keep_quiet
) -> tuple[Sequence[Outcome], Exception | None]:
    """(outcomes, what ended the run too soon). A probe that dies or is late leaves what it said until then, and one
    CannotMeasure under its own name for the rest. Raises nothing but cancellation."""
    said: dict[tuple[str, str], Outcome] = {}

    def say(outcome: Outcome) -> None:
        said[outcome.check, outcome.target] = outcome
        early(outcome)

    try:
        # Not wait_for: Python 3.11's drops a cancellation that comes as the awaited thing ends.
        async with asyncio.timeout(deadline) as limit:
            return await run(say), None
    except Exception as error:
        late = limit.expired()
        reason = Why("no_answer_within", {"seconds": deadline}) if late else reason_of(error)
        return [*said.values(), CannotMeasure(check=name, reason=reason, broke=True)], TimeoutError(
            str(reason)
        ) if late else error


@dataclass(slots=True)
class ProbeTask:
    """One probe's loop. ``wake`` makes it run now; several wakes before a run are one.

    early: takes each outcome as the probe says it, before the run ends.
    stops_for_events: an event makes a run that is under way worthless (its cable is out): it is stopped and begun anew.
    """

    name: str
    schedule: ProbeSchedule
    run: Run
    deliver: Deliver
    early: Say = keep_quiet
    stops_for_events: bool = False
    figures: RunFigures = field(default_factory=RunFigures)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _why: str = "interval"

    def wake(self, why: str) -> None:
        self._why = why
        self._woken.set()

    async def run_once(self, why: str) -> Sequence[Outcome]:
        """One measured run: never raises but for cancellation."""
        started = time.perf_counter()
        outcomes, error = await run_within(
            self.schedule.deadline, self.name, lambda say: self.run(why, say), self.early
        )
        self.figures.success = error is None
        if isinstance(error, TimeoutError):
            self.figures.timeouts += 1
        elif error is not None:
            self.figures.crashes += 1
            log.error("probe %s failed", self.name, exc_info=error)
        self.figures.runs += 1
        self.figures.duration_seconds = time.perf_counter() - started
        self.figures.durations.observe(self.figures.duration_seconds)
        self.figures.last_end = time.monotonic()
        return outcomes

    async def _run(self, why: str) -> Sequence[Outcome]:
        for _ in range(MOST_RESTARTS if self.stops_for_events else 0):
            run = asyncio.create_task(self.run_once(why))
            woken = asyncio.create_task(self._woken.wait())
            try:
                await asyncio.wait({run, woken}, return_when=asyncio.FIRST_COMPLETED)
                if run.done() or not self._why.startswith("event:"):
                    return await run
            finally:
                for task in (run, woken):
                    task.cancel()
                await asyncio.gather(run, woken, return_exceptions=True)
            why = self._why
            self._woken.clear()
        return await self.run_once(why)

    async def loop(self) -> None:
        """Until cancelled. The first run comes at once; a confirmation is not jittered, an interval is.

        An interval lies between two starts, so that a slow run does not delay the next one.
        """
        why = "start"
        while True:
            begun = time.monotonic()
            again = await self.deliver(why, await self._run(why))
            wait = self.rest(time.monotonic() - begun) if again is None else again
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
                why = self._why
            except TimeoutError:
                why = "interval" if again is None else "confirm"
            self._woken.clear()

    def rest(self, lasted: float) -> float:
        """Seconds until the next start, after a run of so many seconds. Never at once: a run that is longer than its
        interval must not be followed by the next one without a pause."""
        rest = self.schedule.interval * (1 + random.uniform(-JITTER, JITTER)) - lasted
        return rest if rest > 0.0 else self.schedule.interval
