"""The one service over the engine: loads the plan, makes the engine, answers commands.

A room's daemon runs one for its room, a site one for many. It knows nothing of probes: each room's monitor stands
behind a ``RoomMachine``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alerting.configuration import ConfigurationError
from alerting.delivery.contract import Outbound
from alerting.engine.clock import boot_time
from alerting.engine.engine import Engine
from alerting.journal import JournalReader, JournalUnavailable, open_or_wait
from alerting.messages.facts import HowToTake, MessageFacts
from alerting.messages.notice_of import Wording
from alerting.messages.reasons import ReasonNames, say_reason
from alerting.model.incident import Incident, worst_first
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason
from alerting.model.room import Room
from alerting.plan.running_plan import RunningPlan
from alerting.plan.swaps import SWAPS
from alerting.sending.client import ChildSender
from alerting.service.alertmanager import AlertmanagerTie
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.service.command_entrance import CommandEntrance
from alerting.service.display_names import DisplayNames
from alerting.service.document_printer import DocumentPrinter, Drawing
from alerting.service.forget_people import PeopleData
from alerting.service.incident_desk import IncidentDesk
from alerting.service.incident_row import IncidentRows
from alerting.service.journal_care import JournalCare
from alerting.service.newest_only import Newest
from alerting.service.overdue import read_overdue
from alerting.service.paper_files import PaperFiles
from alerting.service.plan_file import how_to_reach, reaches_somebody, read_plan, untold
from alerting.service.records import Records
from alerting.service.removed_rooms import end_unwatched
from alerting.service.response_times import ResponseCounters
from alerting.service.room_machine import RoomMachine, RoomMachines
from alerting.service.settings import ServiceSettings
from alerting.service.state_figures import AlertingFigures, Overdue, fill_figures
from alerting.service.ways_to_answer import Inbound
from alerting.service.workflows import tasks, workflows
from alerting.words import FALLBACK, known_language, load_words
from alerting.workflows.drill.drills import Drills
from alerting.workflows.premeeting_verdict import Checked
from alerting.workflows.premeeting_verdict import done as checks_done
from alerting.workflows.premeeting_verdict import take as take_checked
from alerting.workflows.scheduled.improvement_actions import ProposedAction

log = logging.getLogger(__name__)
DAY = 86400.0
SWAP_SECONDS = 60.0
"""Until then after a reload a decision may still have followed the old plan."""


class AlertingService:
    """Everything around one plan. Rooms hand faults and meetings to ``engine``, people come by ``command``. Raises
    ConfigurationError for a plan with problems."""

    def __init__(
        self,
        settings: ServiceSettings,
        state: Path,
        *,
        machines: Mapping[str, RoomMachine],
        drawing: Drawing,
        outbound: Outbound | None = None,
        now: Callable[[], float] = time.time,
        steady: Callable[[], float] = boot_time,
        trusted: Callable[[], bool] = lambda: False,
    ) -> None:
        """state: the folder of the journal. machines: by room; a room without one leaves remedies to people. drawing:
        the command lines that draw up documents. outbound: what sends instead of the sending child. trusted: whether a
        time server keeps the clock."""
        self.settings = settings
        self.now = now
        self._machines = RoomMachines(machines)
        self.plan = RunningPlan(read_plan(settings.plan, settings.timezone, named=settings.plan_named))
        self.plan_since = now()
        """Unix time from which this plan decides; what was decided before may have followed another."""
        self.journal = open_or_wait(state, now())
        self._child = ChildSender(rate_folder=state, gateways=self.plan.data.gateways) if outbound is None else None
        self.sender: Outbound = outbound or self._child  # type: ignore[assignment]
        self.state = state
        self.names = DisplayNames(lambda: self.plan, self._rooms)
        self._reopening = Newest(self._reopen_inbound)
        self._swapping = Newest(self._swap)
        self.printer = printer = DocumentPrinter(state, drawing)
        drills = Drills(lambda: self.settings.watched, self._machines.inject, self._machines.withdraw)
        self.wording = Wording(
            room_name=self.names.room,
            contact_name=self.names.person,
            meeting=self._meeting,
            participant=self.names.is_participant,
            role=self.names.role,
            whereabouts=self.names.whereabouts,
            material=self.names.material,
            how_to_take=self._how_to_take,
            timezone=self.plan.data.timezone,
        )
        self.alertmanager = AlertmanagerTie(lambda: self.settings, steady)
        self.engine = Engine(
            journal=self.journal,
            plan=self.plan,
            now=now,
            outbound=self.sender,
            render=self.wording,
            steady=steady,
            trusted=trusted,
            mode=settings.mode,
            room=settings.home.id,
            workflows=workflows(
                self._machines.carry_out_in, printer.report, drills, alertmanager=self.alertmanager.cluster
            ),
            tasks=tasks(drills, self.journal.reader.last_time(), printer.review, self._proposed),
            opened=self._machines.incident_opened,
        )
        self.alertmanager.engine = self.engine
        self.plan.swaps = self._swaps
        self.rows = IncidentRows(self.engine, self.journal, self.names, now)
        self.response = ResponseCounters(self.engine.incidents())
        self.overdue = Overdue()
        self.engine.on_written(self.response.written)
        self.people = PeopleData(self.journal, lambda: self.plan.data)
        self.commands = CommandEntrance(
            self.engine, self.people, self.names, self.rows, lambda: self.plan, lambda: self.settings
        )
        self.inbound = self._inbound(settings)
        self.desk = IncidentDesk(
            self.engine,
            self.journal,
            self.rows,
            self.names,
            self.command,
            lambda: self.inbound.links,
            lambda: self.plan,
        )
        self.files = PaperFiles(state, drawing)
        self.records = Records(self.engine, self.journal, self.rows, lambda: self.plan, now)
        self._care = JournalCare(self.journal, self.engine, self._tidy)

    async def _proposed(self) -> Sequence[ProposedAction]:
        """What rules propose; without an incident that is over there is nothing to ask a child for."""

        def is_one_over(reader: JournalReader) -> bool:
            return any(one.resolved_at is not None for one in reader.incidents(drills=False))

        return await self.printer.improvements() if await self.journal.read(is_one_over) else ()

    def _swaps(self) -> str:
        return self.engine.recall(SWAPS) or ""

    def _rooms(self) -> dict[str, Room]:
        return {one.id: one for one in (self.settings.home, *self.settings.rooms)}

    @property
    def reaches_somebody(self) -> bool:
        return reaches_somebody(self.plan.data)

    async def open(self, *, clean_start: bool) -> None:
        if not self.reaches_somebody:
            log.warning("the plan reaches nobody. %s", how_to_reach(self.settings.plan))
        for line in untold(self.plan.data, self.now(), load_words(FALLBACK)):
            log.warning("the plan would leave people untold: %s", line)
        await self.end_unwatched()
        await self.engine.begin_untold()
        await self.inbound.start()
        if not clean_start:
            log.info("the last run did not end cleanly, or this is the first")
        self._care.start()

    async def examine_journal(self) -> None:
        """As JournalCare.examine."""
        await self._care.examine()

    async def _tidy(self) -> None:
        await self.people.tidy(self.now(), self.settings.journal_days)
        await self.engine.reread_memory()
        # Counted back from the newest event, not from a clock that may be a year ahead.
        last = await self.journal.read(lambda reader: reader.last_time())
        before = last - self.plan.data.retention.contacts_days * DAY
        await asyncio.to_thread(self.printer.tidy, before)

    # What rooms report

    async def warm(self) -> None:
        """A fault is suspected: have the sender ready before it is confirmed."""
        if self.reaches_somebody:
            await self.engine.warm()

    async def premeeting(self, checked: Checked) -> bool:
        """A room was checked before a meeting: written down, and a no-go told. False where it was taken before."""
        return await self.engine.change(lambda transaction: take_checked(checked, transaction))

    def premeeting_made(self, room: str) -> frozenset[str]:
        """Keys of the checks before meetings that were taken in a room, over restarts."""
        return frozenset(checks_done(self.engine.recall, room, self.settings.home.id))

    # What drives it

    async def tick(self) -> float:
        """Do what is due; the Unix time of the next due thing."""
        self.engine.woken.clear()
        due = await self.engine.tick()
        self.alertmanager.show()
        return due

    async def wait(self, seconds: float) -> None:
        """Until the time is over or something changed."""
        try:
            async with asyncio.timeout(seconds):
                await self.engine.woken.wait()
        except TimeoutError:
            return

    # What it says of itself

    def status(self) -> dict[str, Any]:
        """The plan's part of the status document, as it is seen at home."""
        summary = self.engine.summary()
        return {
            "incidents": [self._row(one) for one in worst_first(self._live())],
            "set_up": self.plan.has_people,
            "pending": _count(summary["outbox_waiting"]) + _count(summary["outbox_in_flight"]),
            "nobody_reachable": bool(summary["told_to_nobody"]),
            "journal": self.said(self.engine.journal_problem),
            "paths_down": summary["paths_down"],
            "plan_version": summary["plan_version"],
            "inbound": self.inbound.state(),
            "timezone": self.plan.data.timezone,
            "alertmanagers": [
                {**one, "problem": self.said(one["problem"])} for one in self.alertmanager.cluster.state()
            ],
            "screen_shows": list(self.plan.data.screen_shows),
            "feedback_after_meetings": self.plan.data.feedback_after_meetings,
        }

    def _live(self) -> list[Incident]:
        return [one for one in self.engine.incidents() if one.phase.live]

    def _row(self, incident: Incident) -> dict[str, Any]:
        return self.rows.live(incident, self.settings.home.id)

    def fill(self, figures: AlertingFigures) -> None:
        """Bring the metrics' figures up to date."""
        fill_figures(figures, self.engine, self.plan, home=self.settings.home.id, watched=self.settings.watched)
        figures.response, figures.overdue = self.response, self.overdue
        figures.alertmanagers_down = sum(bool(one["problem"]) for one in self.alertmanager.cluster.state())

    async def look_for_overdue(self) -> None:
        """Read from the journal what people owe. With many incidents that takes a moment."""
        plan, rooms, now = self.plan, self.settings.watched, self.now()
        try:
            self.overdue = await self.journal.read(
                lambda reader: read_overdue(reader, plan, rooms, self.engine.recall, now)
            )
        except JournalUnavailable as error:
            log.warning("what is overdue is not known: %s", error)

    # What people say

    async def command(self, request: CommandRequest) -> CommandAnswer:
        """A person's command, by whatever entrance."""
        return await self.commands.carry_out(request)

    def said(self, reason: Reason, language: str = "") -> str:
        """A reason in words; of the home's language where none is given."""
        names = ReasonNames(person=self.names.person, entry=self.names.entry)
        return say_reason(reason, load_words(known_language(language or self.settings.home.language)), names)

    # A new configuration, and the end

    async def reload(self, settings: ServiceSettings) -> str:
        """Swap in the new plan; returns why not, "" when it is in force."""
        try:
            plan = RunningPlan(
                await asyncio.to_thread(read_plan, settings.plan, settings.timezone, named=settings.plan_named)
            )
        except ConfigurationError as error:
            return str(error)
        if self.reaches_somebody and not reaches_somebody(plan.data):
            # A file that was deleted or moved must not silence the room; a restart says that it is meant.
            state = "it reaches nobody" if settings.plan.exists() else "there is no such file"
            return f"{settings.plan}: {state}. Mend it, or restart roomwatch to run without alarms."
        self.settings = settings
        plan.swaps = self._swaps
        self.plan = plan
        self.wording.timezone = plan.data.timezone
        self.engine.mode = settings.mode
        self.plan_since = self.now() + SWAP_SECONDS
        if self._child is not None:
            self._child.use_gateways(plan.data.gateways)
        self.alertmanager.cluster.settings_changed()
        self._reopening.put(settings)
        self._swapping.put(plan)
        return ""

    async def _swap(self, plan: RunningPlan) -> None:
        self.engine.room = self.settings.home.id
        await self.engine.change_plan(plan)
        await self.end_unwatched()

    async def end_unwatched(self) -> None:
        """End what is open in rooms that are watched no more."""
        await end_unwatched(self.engine, self.settings.home.id, self.settings.watched)

    def _inbound(self, settings: ServiceSettings) -> Inbound:
        return Inbound(
            settings,
            self.state,
            plan=lambda: self.plan.data,
            reply=self.commands.reply,
            now=self.now,
        )

    async def _reopen_inbound(self, settings: ServiceSettings) -> None:
        """Contacts, topics and mailboxes may be others now."""
        await self.inbound.close()
        self.inbound = self._inbound(settings)
        await self.inbound.start()

    def _meeting(self, room: str) -> MeetingState:
        return self.engine.meeting(room)

    def _how_to_take(self, facts: MessageFacts) -> HowToTake:
        return self.inbound.how_to_take(facts)

    async def close(self) -> None:
        await self._reopening.close()
        await self._swapping.close()
        await self.inbound.close()
        self._care.close()
        await self.engine.close()
        self.journal.close()


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
