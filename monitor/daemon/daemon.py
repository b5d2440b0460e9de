"""The daemon: probe loops, events, the plan's tick, pages and signals, all on one event loop.

Owns start, reload and end; does not wait for a disk, a device or the network in that loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from alerting.configuration import ConfigurationError
from alerting.model.catalogue import NETWORK_CODES
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.service.auditing import Audits
from alerting.service.figures import AlertingFigures
from alerting.service.newest_only import Newest
from alerting.workflows.drill.drill_order import DrillOrder
from monitor.daemon.paste import commands
from monitor.daemon.room_service import ThisMachine, room_service, service_settings
from monitor.daemon.state_folder import StateFolder, choose
from monitor.daemon.this_room import ThisRoom
from monitor.diagnosis.attach import EvidenceQueue
from monitor.diagnosis.network import diagnose, document
from monitor.diagnosis.room import state_of
from monitor.heartbeat import Heartbeats
from monitor.linux import systemd as systemd_linux
from monitor.linux.events import EventSources
from monitor.meeting.calendar import matters, with_calendar
from monitor.meeting.room_meeting import RoomMeeting
from monitor.pages.routes import Pages
from monitor.pipeline.history import ReadingHistory, Sample
from monitor.pipeline.injection import injected
from monitor.pipeline.keep_running import Loop, keep_running
from monitor.pipeline.pipeline import Watch
from monitor.pipeline.probing import Probing
from monitor.pipeline.proven import Proven
from monitor.pipeline.snapshot import Snapshot
from monitor.premeeting.runner import PreMeetingRunner
from monitor.settings import Configuration, load
from monitor.version import VERSION
from monitor.views.status_document import status_document
from monitor.web.metrics import RoomCollector, render
from monitor.web.server import Server, listen_remedy
from probes.calendar import Agenda

log = logging.getLogger(__name__)

SAMPLE_SECONDS = 60.0
PORT_RETRY_SECONDS = 30.0
ROOM_SETTLE_SECONDS = 2.0
"""The alarm goes first; and what the fault brings with it is seen by then."""
RELOAD_REST_SECONDS = 1.0
"""Between two reloads. Each starts every probe anew: without a pause a storm of signals would leave them no time."""
STALLED_SECONDS = 60.0
"""/healthz turns bad when the plan has not been looked at for a minute: its longest wait is 15 s."""


class Daemon:
    """One room's monitor. ``run`` returns when a signal or ``stop`` ends it."""

    def __init__(self, configuration: Configuration, config: Path | None) -> None:
        self.configuration = configuration
        self.config = config
        settings = configuration.settings
        self.folder = StateFolder(choose(settings.state))
        self.snapshot = Snapshot(settings.room.id, VERSION, time.time(), settings.mode)
        self.machine = ThisMachine(lambda: self.configuration)
        self._machines = {settings.room.id: self.machine}
        self.proven = Proven(self.folder.path)
        self.plan = room_service(settings, self.folder.path, config, self._machines)
        self.watch = Watch(settings, {}, self.snapshot, self.plan, suspicion=self.plan.warm, proven=self.proven)
        self.probing = Probing(configuration, self.folder.path, self.snapshot, self.watch)
        self.meeting = RoomMeeting(self.probing.isolation, configuration, state=self.folder.path)
        self.premeeting = PreMeetingRunner(
            self.plan,
            self.snapshot,
            lambda: self.configuration.settings,
            lambda: self.probing.tasks,
            self.probing.agenda,
        )
        self.history = ReadingHistory(self.folder.path / "readings.db", keep_days=settings.history.readings_days)
        self.figures = AlertingFigures()
        self.room = ThisRoom(settings.room.id, self.plan, self.history, self.status)
        self.pages = Pages(
            {self.room.id: self.room},
            self.room.id,
            public_url=lambda: self.configuration.settings.web.public_url,
            networks=lambda: self.configuration.settings.web.report_networks,
            desk=self.plan.desk,
        )
        self.watch.on_news = self.pages.look
        self.server = Server(
            metrics=self._metrics,
            status=self.status,
            healthy=self._healthy,
            ready=self._ready,
            command=self._command,
            said=self.plan.said,
            pages=self.pages.add_to,
            scrapers=lambda: self.configuration.settings.web.scrapers,
        )
        self.diagnosis = EvidenceQueue("network", self._diagnose_network, self.plan.evidence)
        self.room_evidence = EvidenceQueue("room", self._describe_room, self.plan.evidence, settle=ROOM_SETTLE_SECONDS)
        self.machine.drill, self.machine.look = (self._inject, self._withdraw), self._gather_evidence
        self.heartbeats = Heartbeats(lambda: self.configuration.settings.heartbeat, self._watched)
        self.audits = Audits(
            lambda: self.plan.settings,
            self.folder.path,
            plan=lambda: (self.plan.plan, self.plan.plan_since),
            now=self.plan.engine.now,
            opened=self.plan.engine.fault_opened,
            cleared=self.plan.engine.fault_cleared,
            outbound=self.plan.sender,
            alarm=self.heartbeats.fail,
            examine=self.plan.examine_journal,
        )
        self.collector = RoomCollector(self.snapshot, settings.room, self.figures, self.heartbeats.figures)
        self.events = EventSources(self._wake)
        self._running: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._ticked = time.monotonic()
        """When the plan was last looked at, at first when that began; monotonic: no setting of the clock moves it."""
        self._reloading: Newest[Path | None] = Newest(self._read_anew, rest=RELOAD_REST_SECONDS)
        self._swapping: Newest[Configuration] = Newest(self._begin_anew)
        self.port_problem = ""

    def _gather_evidence(self, incident: int, code: str) -> None:
        self.room_evidence.begin(incident)
        if code in NETWORK_CODES:
            self.diagnosis.begin(incident)

    async def _diagnose_network(self) -> dict[str, Any]:
        """A fresh context for each look, so that the meeting is the present one."""
        begun = time.time()
        rungs, found = await diagnose(self.configuration.probes["network"], self.probing.context("once"))
        return {"begun_at": round(begun, 3), "seconds": round(time.time() - begun, 3), **document(rungs, found)}

    async def _describe_room(self) -> dict[str, object]:
        return dict(state_of(self.snapshot, time.time()))

    def stop(self) -> None:
        self._stop.set()

    def status(self) -> dict[str, Any]:
        document = status_document(
            self.snapshot, self.configuration.settings, self.plan.status(), self.plan.now(), self.watch.thresholds
        )
        document["commands"] = commands(self.config)
        document["port"] = self.server.port
        document["port_problem"] = self.port_problem
        return document

    async def run(self, on_start: Callable[[Daemon], Coroutine[Any, Any, None]] | None = None) -> None:
        """Until stopped. Raises nothing that a log line can say."""
        settings = self.configuration.settings
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reloading.put, self.config)
        clean = self.folder.take_shutdown_mark()
        await self.plan.open(clean_start=clean is not None)
        self.watch.restore(self.plan.open_faults(), time.time())
        await self.server.listen_local(self.folder.socket)
        self.probing.start(self.configuration)
        self.events.start(self.configuration)
        self._ticked = time.monotonic()
        self._keep(self._listen, self._tick, self._samples, self._meeting_loop, self._watchdog)
        self._keep(self.premeeting.run, self.diagnosis.loop, self.room_evidence.loop, self.heartbeats.loop)
        if settings.audit.enabled:
            self._keep(self.audits.loop)
        if on_start is not None:
            self._running.append(asyncio.create_task(on_start(self)))
        systemd_linux.notify("READY=1", "STATUS=watching")
        await self._stop.wait()
        await self._end()

    def _keep(self, *loops: Loop) -> None:
        self._running.extend(asyncio.create_task(keep_running(one)) for one in loops)

    async def _inject(self, order: DrillOrder) -> Reason:
        await self.probing.begun.wait()  # a drill that a restart interrupted is put back while the probes start
        return await self.watch.inject(order, running=injected(order).probe in self.probing.tasks)

    async def _withdraw(self, order: DrillOrder) -> None:
        if probe := self.watch.withdraw(order):
            self._wake(probe, "the drill ends")

    def _wake(self, probe: str, why: str) -> None:
        if probe == "software":
            self.meeting.stir()
        self.probing.wake(probe, why)

    async def _listen(self) -> None:
        web = self.configuration.settings.web
        while True:
            try:
                await self.server.listen(web.listen, web.port)
            except OSError as error:
                if not self.port_problem:
                    log.error(
                        "cannot listen on %s port %d (%s): metrics and page are off, monitoring goes on. "
                        "%s; tried again every %d s",
                        web.listen,
                        web.port,
                        error.strerror or error,
                        listen_remedy(error),
                        PORT_RETRY_SECONDS,
                    )
                self.port_problem = f"{web.listen} port {web.port}: {error.strerror or error}"
                await asyncio.sleep(PORT_RETRY_SECONDS)
            else:
                self.port_problem = ""
                return

    async def _tick(self) -> None:
        while True:
            await self.watch.announce(time.time())
            due = await self.plan.tick()
            self.snapshot.last_tick, self._ticked = time.time(), time.monotonic()
            self.plan.fill(self.figures)
            if self.proven.changed:
                await asyncio.to_thread(self.proven.save)
            self.pages.look()
            await self.plan.wait(min(15.0, max(0.05, due - time.time())))

    async def _samples(self) -> None:
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            now = time.time()
            samples: list[Sample] = [
                (now, check, target, name, value)
                for (check, target), entry in self.snapshot.entries.items()
                for name, value in entry.values.items()
            ]
            await self.history.record(samples, now)

    async def _meeting_loop(self) -> None:
        while True:
            await self._look_at_meeting()
            await self.meeting.rest()

    async def _command(self, request: CommandRequest) -> CommandAnswer:
        if request.verb == "premeeting":
            return CommandAnswer(verb=request.verb, document=await self.premeeting.on_demand())
        return await self.plan.command(request)

    async def _look_at_meeting(self) -> None:
        agenda = self.probing.agenda()
        try:
            seen = await self.meeting.look(scheduled=agenda.running(time.time()) is not None)
        except Exception:
            self.meeting.stir()  # a whole look next time, not what was seen before it broke
            await self._take_meeting(MeetingState(), agenda)
            raise
        await self._take_meeting(seen, agenda)

    async def _take_meeting(self, seen: MeetingState, agenda: Agenda) -> None:
        before, state = self.snapshot.meeting, with_calendar(seen, agenda, time.time())
        self.snapshot.meeting = self.watch.meeting = state
        if state.running and not before.running:
            self._wake("network", "a meeting begins")  # the media path counts from now on: it is looked at at once
        self.plan.meeting_seen(self.configuration.settings.room.id, state)
        if matters(before, state, self.plan.plan.data.severity.soon):
            await self.plan.meeting_changed(self.configuration.settings.room.id, state)

    async def _watchdog(self) -> None:
        pace = systemd_linux.watchdog_seconds()
        while pace is not None:
            if not self._healthy():
                systemd_linux.notify("WATCHDOG=1")
            await asyncio.sleep(pace)

    def _healthy(self) -> str:
        silent = time.monotonic() - self._ticked
        return f"the plan was not looked at for {silent:.0f} s" if silent > STALLED_SECONDS else ""

    def _watched(self) -> str:
        """ "" while the room is truly watched: the plan looked at, the journal kept, every probe running."""
        if self.snapshot.last_tick == 0:
            return "the plan was not looked at yet"
        if problem := self._healthy():
            return problem
        if journal := self.plan.status()["journal"]:
            return str(journal)
        return self.probing.late()

    def _ready(self) -> str:
        waiting = self.probing.waiting()
        return f"not yet run: {', '.join(waiting)}" if waiting else ""

    def _metrics(self) -> bytes:
        self.plan.fill(self.figures)
        self.figures.audit_findings, self.figures.last_audit = self.audits.findings, self.audits.last
        return render(self.collector)

    async def _read_anew(self, config: Path | None) -> None:
        systemd_linux.reloading()
        try:
            await self._take_configuration(config)
        finally:
            systemd_linux.notify("READY=1")

    async def _take_configuration(self, config: Path | None) -> None:
        """Read the files in a thread: a disk that hangs must not hold the loop."""
        try:
            fresh = await asyncio.to_thread(load, config)
        except ConfigurationError as error:
            self.snapshot.refused = tuple(str(one) for one in error.problems)
            log.error("the new configuration is refused, the old one keeps running:\n%s", error)
        else:
            self._machines[fresh.settings.room.id] = self.machine
            problem = await self.plan.reload(service_settings(fresh.settings, config))
            for room in set(self._machines) - set(self.plan.settings.watched):
                del self._machines[room]
            if problem:
                log.error("the new plan is refused, the old one keeps running:\n%s", problem)
            self.snapshot.refused = tuple(problem.splitlines())
            self._swapping.put(fresh)

    async def _begin_anew(self, fresh: Configuration) -> None:
        await self.probing.stop()
        self.configuration = fresh
        self.snapshot.mode, self.snapshot.room = fresh.settings.mode, fresh.settings.room.id
        self.collector.room = fresh.settings.room
        await self.plan.end_unwatched()  # a probe may have ended its last look under the room's old id
        await self.meeting.configure(fresh)
        self.probing.start(fresh)
        self.events.start(fresh)
        for key in [key for key, entry in self.snapshot.entries.items() if entry.probe not in self.probing.tasks]:
            del self.snapshot.entries[key]
        log.info("configuration reloaded")

    async def _end(self) -> None:
        systemd_linux.notify("STOPPING=1")
        await self._reloading.close()
        await self._swapping.close()
        self.events.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, self.probing.stop(), return_exceptions=True)
        await self.meeting.close()
        await self.heartbeats.shut_down("roomwatch was stopped in order")
        await self.server.close()
        await self.plan.close()
        await asyncio.to_thread(self.proven.save)
        self.history.close()
        self.folder.mark_shutdown(time.time(), "stopped")
        with contextlib.suppress(OSError):
            os.unlink(self.folder.socket)  # noqa: PTH108
        self.folder.close()
        log.info("stopped cleanly")
