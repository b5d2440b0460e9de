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

import msgspec
from aiohttp import web

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
from monitor.daemon.reload import ReloadResult, Reloads
from monitor.daemon.room_api import room_api
from monitor.daemon.room_service import ThisMachine, room_service, service_settings
from monitor.daemon.state_folder import StateFolder, choose
from monitor.daemon.this_room import ThisRoom
from monitor.diagnosis.attach import EvidenceQueue
from monitor.diagnosis.network import diagnose, document
from monitor.diagnosis.room import state_of
from monitor.heartbeat import Heartbeats
from monitor.linux import systemd as systemd_linux
from monitor.linux.events import EventSources
from monitor.linux.why_stopping import why_stopping
from monitor.meeting.calendar import matters, with_calendar
from monitor.meeting.room_meeting import RoomMeeting
from monitor.pages.routes import Pages
from monitor.pages.usable import Usable, usable
from monitor.pipeline.history import ReadingHistory, Sample
from monitor.pipeline.injection import injected
from monitor.pipeline.keep_running import Loop, keep_running
from monitor.pipeline.pipeline import Watch
from monitor.pipeline.probing import Probing
from monitor.pipeline.proven import Proven
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.working_hours import in_working_hours
from monitor.premeeting.runner import PreMeetingRunner
from monitor.settings import Configuration, load
from monitor.settings.running import Fingerprints, changed_keys, fingerprints, keep_until_restart
from monitor.version import VERSION
from monitor.views.status_document import status_document
from monitor.web.certificate import Certificate
from monitor.web.metrics.collector import RoomCollector
from monitor.web.metrics.page import render
from monitor.web.scrapers.endpoint import ScrapersEndpoint
from monitor.web.server import Server, listen_remedy
from probes.calendar import Agenda

log = logging.getLogger(__name__)

SAMPLE_SECONDS = 60.0
PORT_RETRY_SECONDS = 30.0
ROOM_SETTLE_SECONDS = 2.0
"""The alarm goes first; and what the fault brings with it is seen by then."""
LOOK_AT_FILES_SECONDS = 60.0
"""How often the files on the disk are held against those that run."""
OVERDUE_SECONDS = 600.0
"""How often the journal is read for what people owe: it is owed by days."""
OVERDUE_AFTER = 30.0
"""Seconds from the start: the first look of every probe goes first."""
LAST_SCRAPE_SECONDS = 15.0
"""How long a clean end waits for a scraper that is due: the shipped scrape interval. systemd allows 40 s for all."""
STATES = {
    Usable.READY: "usable",
    Usable.LIMITED: "impaired",
    Usable.NOT_NOW: "unusable",
    Usable.UNKNOWN: "unknown",
}
"""What the pages say of the room → its name on the metrics page."""
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
            records=self.plan.records,
            files=self.plan.files,
            users=lambda: self.configuration.settings.web.users,
        )
        self.certificate = Certificate.of(settings.web.tls_certificate, settings.web.tls_key)
        self.api = room_api(self.pages, self.plan)
        self.watch.on_news = self._news
        self.server = Server(
            metrics=self._metrics,
            status=self.status,
            healthy=self._healthy,
            ready=self._ready,
            command=self._command,
            said=self.plan.said,
            pages=self._add_pages,
            scrapers=lambda: self.configuration.settings.web.scrapers,
            own_endpoint=bool(settings.metrics.port),
        )
        self.scrapers = ScrapersEndpoint(
            self.server.serve_metrics,
            lambda: self.configuration.settings.metrics,
            lambda: self.configuration.settings.web.scrapers,
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
        self.collector = RoomCollector(
            self.snapshot,
            settings.room,
            self.figures,
            self.heartbeats.figures,
            reduced=settings.metrics.series == "reduced",
        )
        self.events = EventSources(self._wake)
        self._running: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._ticked = time.monotonic()
        """When the plan was last looked at, at first when that began; monotonic: no setting of the clock moves it."""
        self._swapping: Newest[Configuration] = Newest(self._begin_anew)
        self._reloads = Reloads(self._read_anew, self._swapping.settled)
        self._interrupted = False
        """Somebody at a terminal ended it, and waits."""
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

    def _interrupt(self) -> None:
        self._interrupted = True
        self.stop()

    def _news(self) -> None:
        """Outcomes were taken, or the plan was looked at."""
        self.pages.look()
        running = self.snapshot.meeting.running
        self.snapshot.times.look(STATES[usable(self.status()).usable], running, self.figures.critical)
        self.snapshot.working_hours = in_working_hours(self.configuration.settings, time.time())

    def _add_pages(self, app: web.Application) -> None:
        self.pages.add_to(app)
        self.api.add_to(app)

    def status(self) -> dict[str, Any]:
        document = status_document(
            self.snapshot, self.configuration.settings, self.plan.status(), self.plan.now(), self.watch.thresholds
        )
        document["commands"] = commands(self.config)
        document["port"] = self.server.port
        document["port_problem"] = self.port_problem
        document["scrapers_problem"] = self.scrapers.problem
        return document

    async def run(self, on_start: Callable[[Daemon], Coroutine[Any, Any, None]] | None = None) -> None:
        """Until stopped. Raises nothing that a log line can say."""
        settings = self.configuration.settings
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        loop.add_signal_handler(signal.SIGHUP, self._reloads.signal)
        clean = self.folder.take_shutdown_mark()
        self.snapshot.clean_start = clean is not None
        self.snapshot.config.taken_at = self.snapshot.started
        self.snapshot.config.files = await self._fingerprints()
        await self.plan.open(clean_start=clean is not None)
        self.watch.restore(self.plan.open_faults(), time.time())
        if not await self._listen_for_commands():
            self._keep(self._listen_later)
        self.probing.start(self.configuration)
        self.events.start(self.configuration)
        self._ticked = time.monotonic()
        self._keep(self._listen, self._tick, self._samples, self._meeting_loop, self._watchdog)
        self._keep(self._files_loop, self._overdue_loop)
        self._keep(self.premeeting.run, self.diagnosis.loop, self.room_evidence.loop, self.heartbeats.loop)
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
        settings = self.configuration.settings.web
        while True:
            try:
                await self.server.listen(settings.listen, settings.port, self.certificate)
            except OSError as error:
                if not self.port_problem:
                    log.error(
                        "cannot listen on %s port %d (%s): metrics and page are off, monitoring goes on. "
                        "%s; tried again every %d s",
                        settings.listen,
                        settings.port,
                        error.strerror or error,
                        listen_remedy(error),
                        PORT_RETRY_SECONDS,
                    )
                self.port_problem = f"{settings.listen} port {settings.port}: {error.strerror or error}"
                await asyncio.sleep(PORT_RETRY_SECONDS)
            else:
                self.port_problem = ""
                return

    async def _listen_for_commands(self) -> bool:
        try:
            await self.server.listen_local(self.folder.socket)
        except OSError as error:
            log.error("no command reaches this daemon: %s cannot be made (%s)", self.folder.socket, error.strerror)
            return False
        return True

    async def _listen_later(self) -> None:
        while True:
            await asyncio.sleep(PORT_RETRY_SECONDS)
            if await self._listen_for_commands():
                return

    async def _tick(self) -> None:
        while True:
            await self.watch.announce(time.time())
            due = await self.plan.tick()
            self.snapshot.last_tick, self._ticked = time.time(), time.monotonic()
            self.plan.fill(self.figures)
            if self.proven.changed:
                await asyncio.to_thread(self.proven.save)
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

    async def _fingerprints(self) -> Fingerprints:
        return await asyncio.to_thread(fingerprints, self.config, self.plan.settings.plan)

    async def _files_loop(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AT_FILES_SECONDS)
            if self.certificate is not None:
                await asyncio.to_thread(self.certificate.look)
            config = self.snapshot.config
            config.differs = await self._fingerprints() != config.files

    async def _overdue_loop(self) -> None:
        await asyncio.sleep(OVERDUE_AFTER)
        while True:
            await self.plan.look_for_overdue()
            await asyncio.sleep(OVERDUE_SECONDS)

    async def _meeting_loop(self) -> None:
        while True:
            await self._look_at_meeting()
            await self.meeting.rest()

    async def _command(self, request: CommandRequest) -> CommandAnswer:
        if request.verb == "premeeting":
            return CommandAnswer(verb=request.verb, document=await self.premeeting.on_demand())
        if request.verb == "reload":
            return CommandAnswer(verb=request.verb, document=(await self._reloads.ask()).document())
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

    def _metrics(self, accept: str, encodings: str) -> tuple[bytes, Mapping[str, str]]:
        self.plan.fill(self.figures)
        self.figures.audit_findings, self.figures.last_audit = self.audits.findings, self.audits.last
        return render(self.collector, accept, encodings)

    async def _read_anew(self) -> ReloadResult:
        systemd_linux.reloading()
        try:
            result = await self._take_configuration(self.config)
        finally:
            systemd_linux.notify("READY=1")
        self.snapshot.config.problems = result.problems
        self.snapshot.config.differs = bool(result.problems)
        if result.restart_needed:
            log.warning("these settings take effect at a restart: %s", ", ".join(result.restart_needed))
        return result

    async def _take_configuration(self, config: Path | None) -> ReloadResult:
        """All of it or nothing. The files are read in a thread: a disk that hangs must not hold the loop."""
        running, before = self.configuration, self.plan.plan.version
        files = await self._fingerprints()
        try:
            fresh = await asyncio.to_thread(load, config)
        except ConfigurationError as error:
            log.error("the new configuration is refused, the old one keeps running:\n%s", error)
            return ReloadResult(problems=tuple(str(one) for one in error.problems))
        settings, waiting = keep_until_restart(running.settings, fresh.settings)
        fresh = msgspec.structs.replace(fresh, settings=settings)
        self._machines[settings.room.id] = self.machine
        problem = await self.plan.reload(service_settings(settings, config))
        for room in set(self._machines) - set(self.plan.settings.watched):
            del self._machines[room]
        if problem:
            log.error("the new plan is refused, the old one keeps running, and so does the configuration:\n%s", problem)
            return ReloadResult(problems=tuple(problem.splitlines()))
        self.snapshot.config.files, self.snapshot.config.taken_at = files, time.time()
        self.snapshot.config.restart_needed = waiting
        self._swapping.put(fresh)
        changed = changed_keys(running, fresh)
        if self.plan.plan.version != before:
            changed = (*changed, "plan")
        return ReloadResult(changed=changed, restart_needed=waiting)

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
        await self._reloads.close()
        await self._swapping.close()
        self.events.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, self.probing.stop(), return_exceptions=True)
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
