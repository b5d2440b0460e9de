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
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from alerting.model.reason import Reason
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.service.room_machine import RoomMachine
from alerting.service.scheduled_audit import Audits
from alerting.service.state_figures import AlertingFigures
from alerting.workflows.drill.drill_under_way import DrillOrder
from monitor.daemon.configuration_files import ConfigurationFiles
from monitor.daemon.exhaustion import Exhaustion
from monitor.daemon.health import Health
from monitor.daemon.kept_clock import KeptClock
from monitor.daemon.listening import ListeningAddresses
from monitor.daemon.meeting_loop import MeetingLoop
from monitor.daemon.room_api import room_api
from monitor.daemon.room_screen import room_screen
from monitor.daemon.room_service import ThisMachine, room_service
from monitor.daemon.shown_commands import commands
from monitor.daemon.state_folder import StateFolder, choose
from monitor.daemon.this_room import ThisRoom
from monitor.diagnosis.incident_evidence import IncidentEvidence
from monitor.heartbeat import Heartbeats
from monitor.linux import freed_memory
from monitor.linux import systemd as systemd_linux
from monitor.linux.events import EventSources
from monitor.linux.why_stopping import why_stopping
from monitor.meeting.room_meeting import RoomMeeting
from monitor.pages.routes import Pages
from monitor.pages.usable import METRIC_STATES, usable
from monitor.pipeline.history import ReadingHistory, Sample
from monitor.pipeline.injection import injected
from monitor.pipeline.keep_running import Loop, end_tasks, keep_running
from monitor.pipeline.probing import Probing
from monitor.pipeline.seen_working import SeenWorking
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.pipeline.working_hours import in_working_hours
from monitor.premeeting.runner import PreMeetingRunner
from monitor.settings import Configuration
from monitor.version import VERSION
from monitor.views.status_document import status_document
from monitor.web.certificate import Certificate
from monitor.web.metrics.collector import RoomCollector
from monitor.web.metrics.page import render
from monitor.web.scrapers.endpoint import ScrapersEndpoint
from monitor.web.server import Server

log = logging.getLogger(__name__)

SAMPLE_SECONDS = 60.0
OVERDUE_SECONDS = 600.0
"""How often the journal is read for what people owe: it is owed by days."""
OVERDUE_AFTER = 30.0
"""Seconds from the start: the first look of every probe goes first."""
LAST_SCRAPE_SECONDS = 15.0
"""How long a clean end waits for a scraper that is due: the shipped scrape interval. systemd allows 40 s for all."""


class Daemon:
    """One room's monitor. ``run`` returns when a signal or ``stop`` ends it."""

    def __init__(self, configuration: Configuration, config: Path | None) -> None:
        self.configuration = configuration
        self.config = config
        settings = configuration.settings
        self.folder = StateFolder(choose(settings.state))
        self.snapshot = Snapshot(settings.room.id, VERSION, time.time(), settings.mode)
        self.machine = ThisMachine(lambda: self.configuration)
        machines: dict[str, RoomMachine] = {settings.room.id: self.machine}
        self.proven = SeenWorking(self.folder.path)
        self.kept_clock = KeptClock()
        self.plan = room_service(settings, self.folder.path, config, machines, self.kept_clock)
        self.watch = Watch(
            settings,
            {},
            self.snapshot,
            self.plan.engine,
            suspicion=self.plan.warm,
            proven=self.proven,
            silences=lambda: self.plan.alertmanager.cluster.silences,
        )
        self.probing = Probing(configuration, self.folder.path, self.snapshot, self.watch)
        self.health = Health(self.probing, lambda: self.plan.said(self.plan.engine.journal_problem))
        self.meeting = RoomMeeting(self.probing.isolation, configuration, state=self.folder.path)
        self.meetings = MeetingLoop(
            self.meeting,
            self.probing,
            self.watch,
            self.plan,
            self.snapshot,
            lambda: self.configuration.settings.room.id,
        )
        self.premeeting = PreMeetingRunner(
            self.plan,
            self.snapshot,
            lambda: self.configuration.settings,
            lambda: self.probing.tasks,
            self.probing.agenda,
        )
        self.history = ReadingHistory(self.folder.path / "readings.db", keep_days=settings.history.readings_days)
        self.figures = AlertingFigures()
        self.room = ThisRoom(lambda: self.configuration.settings.room, self.plan, self.history, self.status)
        self.pages = Pages(
            {self.room.id: self.room},
            self.room.id,
            public_url=lambda: self.configuration.settings.web.public_url,
            networks=lambda: self.configuration.settings.web.report_networks,
            desk=self.plan.desk,
            records=self.plan.records,
            files=self.plan.files,
            users=lambda: self.configuration.settings.web.users,
            hosts=lambda: self.configuration.settings.web.hosts,
            proxies=lambda: self.configuration.settings.web.proxies,
        )
        self.api = room_api(self.pages, self.plan)
        self.watch.on_news = self._news
        self.screen = room_screen(lambda: self.configuration, lambda: self.server.port, self.plan.said)
        self.server = Server(
            metrics=self._metrics,
            status=self.status,
            healthy=self.health.healthy,
            ready=self.health.ready,
            command=self._command,
            said=self.plan.said,
            pages=self._add_pages,
            scrapers=self._with_kept_places,
            own_endpoint=bool(settings.metrics.port),
        )
        self.scrapers = ScrapersEndpoint(
            self.server.serve_metrics,
            lambda: self.configuration.settings.metrics,
            lambda: self.configuration.settings.web.scrapers,
        )
        self.listening = ListeningAddresses(
            self.server,
            lambda: self.configuration.settings.web,
            Certificate.of(settings.web.tls_certificate, settings.web.tls_key),
            self.folder.socket,
        )
        self.evidence = IncidentEvidence(
            self.plan.engine.evidence, lambda: self.configuration, self.probing, self.snapshot
        )
        self.machine.drill, self.machine.look = (self._inject, self._withdraw), self.evidence.gather
        self.heartbeats = Heartbeats(lambda: self.configuration.settings.heartbeat, self.health.watched)
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
        self.collector = RoomCollector(
            self.snapshot,
            settings.room,
            self.figures,
            self.heartbeats.figures,
            reduced=settings.metrics.series == "reduced",
        )
        self.events = EventSources(self._wake)
        self.exhaustion = Exhaustion()
        self._running: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self.files = ConfigurationFiles(
            config,
            running=lambda: self.configuration,
            shown=self.snapshot.config,
            plan=self.plan,
            machines=machines,
            machine=self.machine,
            begin=self._begin_anew,
        )
        self._interrupted = False
        """Somebody at a terminal ended it, and waits."""

    def stop(self) -> None:
        self._stop.set()

    def _interrupt(self) -> None:
        self._interrupted = True
        self.stop()

    def _news(self) -> None:
        """Outcomes were taken, or the plan was looked at."""
        self.pages.look()
        status, running = self.status(), self.snapshot.meeting.running
        self.screen.look(status)
        self.snapshot.times.look(METRIC_STATES[usable(status).usable], running, self.figures.critical)
        self.snapshot.working_hours = in_working_hours(self.configuration.settings, time.time())

    def _with_kept_places(self) -> tuple[str, ...]:
        """Scrapers, and proxies: each of these speaks for many readers."""
        web = self.configuration.settings.web
        return (*web.scrapers, *web.proxies)

    def _add_pages(self, app: web.Application) -> None:
        self.pages.add_to(app)
        self.api.add_to(app)

    def status(self) -> dict[str, Any]:
        document = status_document(
            self.snapshot, self.configuration.settings, self.plan.status(), self.plan.now(), self.watch.thresholds
        )
        document["commands"] = commands(self.config)
        document["port"] = self.server.port
        document["port_problem"] = self.listening.problem
        document["scrapers_problem"] = self.scrapers.problem
        return document

    async def run(self, on_start: Callable[[Daemon], Coroutine[Any, Any, None]] | None = None) -> None:
        """Until stopped. Raises nothing that a log line can say."""
        settings = self.configuration.settings
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self.exhaustion.take)
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        loop.add_signal_handler(signal.SIGHUP, self.files.reloads.signal)
        clean = self.folder.take_shutdown_mark()
        self.snapshot.clean_start = clean is not None
        await self.files.start(self.snapshot.started)
        await self.plan.open(clean_start=clean is not None)
        self.watch.restore(self.plan.engine.open_faults(), time.time())
        if not await self.listening.commands():
            self._keep(self.listening.commands_later)
        self.probing.start(self.configuration)
        self.events.start(self.configuration)
        self.health.begin()
        self._keep(self.listening.port, self._tick, self._samples, self.meetings.loop, self.health.watchdog)
        self._keep(self.files.loop, self.listening.certificate, self._overdue_loop, self.screen.loop)
        self._keep(self.plan.alertmanager.cluster.loop, freed_memory.loop, self.kept_clock.loop, self.proven.loop)
        self.exhaustion.begin()
        self._keep(self.premeeting.run, self.evidence.network.loop, self.evidence.room.loop, self.heartbeats.loop)
        if settings.audit.enabled:
            self._keep(self.audits.loop)
        if settings.metrics.port:
            self._keep(self.scrapers.loop)
        if on_start is not None:
            self._running.append(asyncio.create_task(on_start(self)))
        systemd_linux.notify("READY=1", "STATUS=watching")
        await self._stop.wait()
        await self._end()

    def _keep(self, *loops: Loop) -> None:
        for one in loops:
            task = asyncio.create_task(keep_running(one))
            task.add_done_callback(self.exhaustion.look_at)
            self._running.append(task)

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

    async def _tick(self) -> None:
        while True:
            await self.watch.announce(time.time())
            due = await self.plan.tick()
            self.snapshot.last_tick = time.time()
            self.health.plan_looked_at()
            self.plan.fill(self.figures)
            self._news()
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

    async def _overdue_loop(self) -> None:
        await asyncio.sleep(OVERDUE_AFTER)
        while True:
            await self.plan.look_for_overdue()
            await asyncio.sleep(OVERDUE_SECONDS)

    async def _command(self, request: CommandRequest) -> CommandAnswer:
        if request.verb == "premeeting":
            return CommandAnswer(verb=request.verb, document=await self.premeeting.on_demand())
        if request.verb == "reload":
            return CommandAnswer(verb=request.verb, document=(await self.files.reloads.ask()).document())
        return await self.plan.command(request)

    def _metrics(self, accept: str, encodings: str) -> tuple[bytes, Mapping[str, str]]:
        self.plan.fill(self.figures)
        self.figures.audit_findings, self.figures.last_audit = self.audits.findings, self.audits.last
        return render(self.collector, accept, encodings)

    async def _begin_anew(self, fresh: Configuration) -> None:
        await self.probing.stop()
        self.configuration = fresh
        self.snapshot.mode, self.snapshot.room = fresh.settings.mode, fresh.settings.room.id
        self.collector.room = fresh.settings.room
        self.collector.reduced = fresh.settings.metrics.series == "reduced"
        if self.room.id != fresh.settings.room.id:
            self.room.id = fresh.settings.room.id
            self.pages.serve({self.room.id: self.room}, self.room.id)
        await self.plan.end_unwatched()  # a probe may have ended its last look under the room's old id
        await self.meeting.configure(fresh)
        self.probing.start(fresh)
        self.events.start(fresh)
        for key in [key for key, entry in self.snapshot.entries.items() if entry.probe not in self.probing.tasks]:
            del self.snapshot.entries[key]
        log.info("configuration reloaded")

    async def _end(self) -> None:
        systemd_linux.notify("STOPPING=1")
        self.snapshot.stopping = "stop"
        self.snapshot.stopping = await why_stopping()
        self.exhaustion.close()
        await self.files.close()
        self.events.close()
        await asyncio.gather(end_tasks(self._running), self.probing.stop(), return_exceptions=True)
        await self.meeting.close()
        await self.heartbeats.shut_down("roomwatch was stopped in order")
        if self.snapshot.stopping != "restart" and not self._interrupted:
            await self.server.scrapes.last_one(LAST_SCRAPE_SECONDS)
        await self.scrapers.close()
        await self.server.close()
        await self.plan.close()
        await asyncio.to_thread(self.proven.save)
        self.history.close()
        self.folder.mark_shutdown(time.time(), "stopped")
        with contextlib.suppress(OSError):
            os.unlink(self.folder.socket)  # noqa: PTH108
        self.folder.close()
        log.info("stopped cleanly")
