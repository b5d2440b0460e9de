"""The probes of one configuration: their loops, what each remembers, and the context in which each looks.

Does not judge an outcome: take_outcomes.py does.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from monitor.pipeline.keep_running import end_tasks, keep_running
from monitor.pipeline.scheduler import ProbeTask
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.pipeline.working_hours import in_working_hours
from monitor.settings import Configuration, probe_modules
from monitor.user_session_client.client import ask_room, sessions
from monitor.user_session_client.windows import ask_windows
from probes.calendar import Agenda, agenda_of
from probes.child.isolate import Isolation
from probes.reading import ASKED_SECONDS, Context, Outcome, Say, keep_quiet

PATIENCE = 3.0
"""A probe that ended no run within three of its intervals and deadlines does not run: the heartbeat is held back."""


class Probing:
    """tasks: by probe, those that run. begun: set from the first start on."""

    def __init__(self, configuration: Configuration, state: Path, snapshot: Snapshot, watch: Watch) -> None:
        self.configuration = configuration
        self.isolation = Isolation()
        self.tasks: dict[str, ProbeTask] = {}
        self.begun = asyncio.Event()
        self._state, self._snapshot, self._watch = state, snapshot, watch
        self._memories: dict[str, dict[str, object]] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._telling: set[asyncio.Task[None]] = set()
        self._since = time.monotonic()

    def start(self, configuration: Configuration) -> None:
        """Every probe that is enabled, each at once and then on its interval."""
        self.configuration, self._since = configuration, time.monotonic()
        settings = configuration.settings
        modules = probe_modules([name for name in configuration.probes if settings.schedule[name].enabled])
        self._watch.settings = settings
        self._snapshot.figures.clear()
        self._watch.thresholds = {
            name: module.thresholds(configuration.probes[name]) for name, module in modules.items()
        }
        for name, module in modules.items():
            runner, deliverer = self._runner(name, module), self._deliverer(name)
            early = functools.partial(self._take_early, name)
            task = ProbeTask(name, settings.schedule[name], runner, deliverer, early)
            task.stops_for_events = getattr(module, "STOPS_FOR_EVENTS", False)
            self.tasks[name] = task
            self._snapshot.figures[name] = task.figures
            self._loops.append(asyncio.create_task(keep_running(task.loop), name=f"probe {name}"))
        self.begun.set()

    async def stop(self) -> None:
        """Ends every loop and what it looks at; what the probes remember stays for the next start."""
        await end_tasks(self._loops)
        self._loops.clear()
        self.tasks.clear()

    def wake(self, probe: str, why: str) -> None:
        if probe in self.tasks:
            self.tasks[probe].wake(why)

    def context(
        self, why: str, memory: dict[str, object] | None = None, say: Say = keep_quiet, probe: str = ""
    ) -> Context:
        """What a probe is given for one look, with the meeting as it is now. memory: the probe's own, None for a fresh
        one. probe: the one whose deadline holds; "" for a look that a person asks for."""
        meeting = self._snapshot.meeting
        return Context(
            now=time.time,
            monotonic=time.monotonic,
            in_meeting=meeting.hands_off,
            call_over=meeting.call_over,
            meeting_in_seconds=meeting.starts_in,
            in_working_hours=in_working_hours(self.configuration.settings, time.time()),
            wake=why,
            state=self._state,
            session=ask_room if sessions() else None,
            memory={"isolation": self.isolation} if memory is None else memory,
            say=say,
            deadline=self.tasks[probe].schedule.deadline if probe in self.tasks else ASKED_SECONDS,
        )

    def agenda(self) -> Agenda:
        """The room's meetings, as the calendar's probe last read them."""
        return agenda_of(self._memories.get("calendar", {}))

    def waiting(self) -> list[str]:
        """Names of those that have not run yet."""
        return [name for name, task in self.tasks.items() if task.figures.runs == 0]

    def late(self) -> str:
        """Which probe does not run any more, as a sentence; "" while all do."""
        now = time.monotonic()
        for name, task in self.tasks.items():
            silent = now - (task.figures.last_end or self._since)
            if silent > PATIENCE * (task.schedule.interval + task.schedule.deadline):
                return f"the probe {name} has not run for {silent:.0f} s"
        return ""

    def _runner(self, name: str, module: Any) -> Callable[[str, Say], Coroutine[Any, Any, Any]]:
        memory = self._memories.setdefault(name, {"isolation": self.isolation, "ask_windows": ask_windows})

        async def run(why: str, say: Say) -> Any:
            return await module.probe(self.configuration.probes[name], self.context(why, memory, say, name))

        return run

    def _take_early(self, name: str, outcome: Outcome) -> None:
        """A fault that is settled while its probe still looks at something else is told at once."""
        if self._watch.take_early(name, outcome):
            task = asyncio.create_task(self._watch.announce(time.time()))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    def _deliverer(self, name: str) -> Callable[[str, Any], Coroutine[Any, Any, float | None]]:
        async def deliver(why: str, outcomes: Any) -> float | None:
            again = await self._watch.deliver(name, why, outcomes)
            self._snapshot.ready = not self.waiting()
            self._snapshot.children_started = self.isolation.started_total
            self._snapshot.children_abandoned = len(self.isolation.stuck())
            return again

        return deliver
