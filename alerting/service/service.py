"""The daemon's hold on the plan: loads it, runs the engine, answers commands. Refuses to judge readings."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alerting.configuration import ConfigurationError
from alerting.delivery.contract import MessageFacts
from alerting.engine.commands import Refused
from alerting.engine.engine import Engine
from alerting.journal.store import Journal
from alerting.messages.facts import HowToTake
from alerting.messages.wording import Wording
from alerting.model.catalogue import KINDS
from alerting.model.fault import Fault, FaultClass
from alerting.model.incident import Incident
from alerting.model.meeting_state import MeetingState
from alerting.model.remedy_outcome import CarryOut
from alerting.plan.running import ORGANISER, RunningPlan
from alerting.sending.client import ChildSender
from alerting.service.document_printer import DocumentPrinter
from alerting.service.inbound import Inbound
from alerting.service.personal_data import PeopleData
from alerting.service.plan_file import how_to_reach, plan_file, reaches_somebody, room_plan, untold
from alerting.service.workflows import tasks, workflows
from alerting.workflows.drill.drills import Drills
from alerting.workflows.drill.order import DrillOrder, Inject, Withdraw
from monitor.settings import Settings
from monitor.web.metrics import DeliveryFigures
from monitor.web.server import CommandRefused

log = logging.getLogger(__name__)
TIDY_AFTER = 300.0
"""Seconds from the start of a day's work to its tidying."""
DAY = 86400.0


SWAP_SECONDS = 60.0
"""Until then after a reload a decision may still have followed the old plan."""
NETWORK_CODES = frozenset(code for code, kind in KINDS.items() if kind.fault_class is FaultClass.NETWORK)


class PlanRunner:
    """Everything that the daemon asks of the plan."""

    def __init__(
        self, settings: Settings, state: Path, config: Path | None, *, carry_out: CarryOut | None = None
    ) -> None:
        """``carry_out``: does what remedies ask on this machine; None leaves them to people."""
        self.settings = settings
        self.config = config
        self.plan = RunningPlan(room_plan(settings, config))
        self.plan_since = time.time()
        """Unix time from which this plan decides; what was decided before may have followed another."""
        self.journal = Journal(state / "journal.db")
        self.sender = ChildSender(rate_folder=state, gateways=self.plan.data.gateways)
        self.state = state
        self.inbound = self._inbound(settings)
        self.meeting = MeetingState()
        self.diagnose_network: Callable[[int], None] = lambda incident: None
        self.describe_room: Callable[[int], None] = lambda incident: None
        self.printer = printer = DocumentPrinter(state, config)
        self.inject: Inject = _not_watching
        self.withdraw: Withdraw = _nothing_to_withdraw
        """The monitor's part of a drill; the daemon sets both."""
        drills = Drills(settings.room.id, self._inject, self._withdraw)
        self.wording = Wording(
            room_name=self._room_name,
            contact_name=self._name,
            meeting=lambda room: self.meeting,
            participant=self._is_participant,
            how_to_take=self._how_to_take,
            timezone=self.plan.data.timezone,
        )
        self.engine = Engine(
            journal=self.journal,
            plan=self.plan,
            now=time.time,
            outbound=self.sender,
            render=self.wording,
            steady=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
            mode=settings.mode,
            room=settings.room.id,
            workflows=workflows(settings.room.id, carry_out, printer.report, drills),
            tasks=tasks(drills, self.journal.reader.last_time(), printer.review),
        )

        self.people = PeopleData(self.journal, lambda: self.plan.data)
        self._tidying: asyncio.Task[None] | None = None

    def now(self) -> float:
        return time.time()

    @property
    def reaches_somebody(self) -> bool:
        return reaches_somebody(self.plan.data)

    async def open(self, *, clean_start: bool) -> None:
        if not self.reaches_somebody:
            log.warning("the plan reaches nobody. %s", how_to_reach(plan_file(self.settings, self.config)))
        for line in untold(self.plan.data, time.time()):
            log.warning("the plan would leave people untold: %s", line)
        await self.inbound.start()
        if not clean_start:
            log.info("the last run did not end cleanly, or this is the first")
        self._tidying = asyncio.create_task(self._tidy())

    async def _tidy(self) -> None:
        """Retention, once a day; not in the minutes after a start, when faults are looked for."""
        while True:
            await asyncio.sleep(TIDY_AFTER)
            try:
                await self._tidy_once()
            except Exception:
                log.exception("the day's tidying broke; it is tried again tomorrow")
            await asyncio.sleep(DAY - TIDY_AFTER)

    async def _tidy_once(self) -> None:
        await self.people.tidy(time.time(), self.settings.history.journal_days)
        await self.engine.reread_memory()
        # Counted back from the newest event, not from a clock that may be a year ahead.
        before = self.journal.reader.last_time() - self.plan.data.retention.contacts_days * DAY
        await asyncio.to_thread(self.printer.tidy, before)

    def open_faults(self) -> list[Fault]:
        """The faults that stand in live incidents, for the restart."""
        return self.engine.open_faults()

    async def fault_opened(self, fault: Fault, meeting: MeetingState) -> None:
        incident = await self.engine.fault_opened(fault, meeting)
        self.describe_room(incident)
        if fault.code in NETWORK_CODES:
            self.diagnose_network(incident)

    async def fault_cleared(self, fault: Fault) -> None:
        await self.engine.fault_cleared(fault)
        if fault.code in NETWORK_CODES:
            await self.engine.paths_returned()

    def meeting_seen(self, room: str, meeting: MeetingState) -> None:
        """What is known of the meeting at this moment, where nothing of it has to be judged anew."""
        self.meeting = meeting
        self.engine.meeting_seen(room, meeting)

    async def meeting_changed(self, room: str, meeting: MeetingState) -> None:
        self.meeting = meeting
        await self.engine.meeting_changed(room, meeting)

    async def warm(self) -> None:
        """A fault is suspected: have the sender ready before it is confirmed."""
        if self.reaches_somebody:
            await self.engine.warm()

    async def tick(self) -> float:
        self.engine.woken.clear()
        return await self.engine.tick()

    async def wait(self, seconds: float) -> None:
        """Until the time is over or something changed."""
        try:
            await asyncio.wait_for(self.engine.woken.wait(), seconds)
        except TimeoutError:
            return

    def status(self) -> dict[str, Any]:
        """The plan's part of the status document."""
        summary = self.engine.summary()
        live = [one for one in self.engine.incidents() if one.phase.live]
        return {
            "incidents": [self._row(one) for one in reversed(live)],
            "pending": _count(summary["outbox_waiting"]) + _count(summary["outbox_in_flight"]),
            "nobody_reachable": bool(summary["unanswered"]) and bool(summary["nobody_reached"]),
            "journal": summary["journal_unavailable"],
            "paths_down": summary["paths_down"],
            "plan_version": summary["plan_version"],
            "timezone": self.plan.data.timezone,
        }

    def fill(self, figures: DeliveryFigures) -> None:
        """Bring the metrics' figures up to date."""
        summary = self.engine.summary()
        status = self.status()
        figures.outcomes = dict(self.engine.outcomes)
        figures.pending = status["pending"]
        figures.nobody_reachable = status["nobody_reachable"]
        figures.journal_writable = not status["journal"]
        by_severity = summary["incidents_by_severity"]
        figures.open_by_severity = by_severity if isinstance(by_severity, dict) else {}

    async def command(self, verb: str, arguments: dict[str, Any], peer: str) -> dict[str, Any]:
        """A person's command, from the local socket. peer: the login name that the kernel vouches for."""
        by = self._contact(str(arguments.pop("by", "") or peer))
        if not by:
            raise CommandRefused("who? Say --by NAME.")
        if verb in ("report", "declare"):
            return await self._reported(verb, arguments, by, peer)
        known = {name: value for name, value in arguments.items() if value not in ("", None)}
        if "to" in known:
            known["to"] = [self._audience(str(one)) for one in known["to"]]
        try:
            if verb in self.engine.task_commands:
                return {**await self.engine.task_command(verb, by=by, **known), "by": self._name(by)}
            if verb in ("people_export", "people_delete"):
                return await self._people(verb, str(known.get("name") or ""))
            number = known.pop("incident", None)
            if not isinstance(number, int):
                raise CommandRefused("which incident? Give its number.")
            seen = self._seen(number) if verb == "resolve" else []
            round_before = next((one.round for one in self.engine.incidents() if one.id == number), 0)
            incident = await self.engine.command(verb, number, by=by, **known)
        except Refused as refusal:
            raise CommandRefused(str(refusal)) from None
        answer = {**self._row(incident), "by": self._name(by)}
        if verb == "resolve":
            return {**answer, "still_seen": seen}
        if verb == "class":
            return {**answer, "chain": "new" if incident.round != round_before else "kept"}
        # Only the technical group's word brings leadership in: whoever is not of it must not believe that it did.
        return {**answer, "technical": "technical" in self.plan.groups(by)} if verb == "confirm" else answer

    def _seen(self, number: int) -> list[str]:
        """Faults of an incident that probes, not people, still see: "code target"."""
        found = (one for one in self.engine.incidents() if one.id == number)
        faults = (fault for incident in found for fault in incident.open_faults if not fault.reported_by)
        return [f"{fault.code} {fault.target}".strip() for fault in faults]

    async def _people(self, verb: str, name: str) -> dict[str, Any]:
        if verb == "people_export":
            return {"data": await self.people.export(name)}
        answer = await self.people.delete(name)
        await self.engine.reread_memory()
        return answer

    async def _reported(self, verb: str, arguments: dict[str, Any], by: str, entered_by: str) -> dict[str, Any]:
        try:
            fault_class = FaultClass(str(arguments.get("class", "other")))
        except ValueError:
            raise CommandRefused(f"which class? One of {', '.join(FaultClass)}.") from None
        known = {incident.id for incident in self.engine.incidents()}
        try:
            number = await self.engine.report_by_person(
                str(arguments.get("room") or self.settings.room.id),
                by=by,
                fault_class=fault_class,
                text=str(arguments.get("text", "")),
                scope=str(arguments.get("scope") or "room"),
                declare=verb == "declare",
                severity=str(arguments.get("severity") or ""),
            )
        except Refused as refusal:
            raise CommandRefused(str(refusal)) from None
        if entered_by and self._contact(entered_by) != by:
            await self.engine.command("note", number, by=entered_by, text=f"entered for {self._name(by)}")
        return {"number": number, "by": self._name(by), "joined": number in known}

    def _contact(self, by: str) -> str:
        """The contact id where the name is a contact's; else the name as it was given."""
        return next((key for key, one in self.plan.data.contacts.items() if by in (key, one.name)), by)

    def _audience(self, name: str) -> str:
        """The id of a group or contact by its id or name; what nobody is called stays as it is."""
        return next((key for key, one in self.plan.data.groups.items() if name in (key, one.name)), self._contact(name))

    def _name(self, by: str) -> str:
        """The name that people use."""
        contact = self.plan.data.contacts.get(by)
        return contact.name if contact is not None else by.removeprefix(ORGANISER)

    def _room_name(self, room: str) -> str:
        own = self.settings.room
        return own.name if room == own.id and own.name else room

    def _is_participant(self, contact: str) -> bool:
        """True for those who sit in meetings and repair nothing: they are spared the technical lines."""
        rooms = self.plan.data.rooms.values()
        sits = contact in {one for room in rooms for one in room.participants} or "participants" in self.plan.groups(
            contact
        )
        return contact.startswith(ORGANISER) or (sits and self.plan.groups(contact) <= {"participants"})

    def _row(self, incident: Incident) -> dict[str, Any]:
        """One incident as pages and the command line show it."""
        reports = [one for one in incident.faults if one.reported_by]
        said = next((one for one in reports if "text" in one.evidence), next(iter(reports), None))
        return {
            "number": incident.id,
            "room": incident.room,
            "room_name": self._room_name(incident.room),
            "elsewhere": incident.room != self.settings.room.id,
            "scope": incident.scope,
            "code": incident.code,
            "class": incident.fault_class.value,
            "severity": incident.severity.word,
            "phase": incident.phase.value,
            "opened_at": incident.opened_at,
            "taken_by": self._name(incident.taken_by) if incident.taken(time.time()) else "",
            "confirmed_by": self._name(incident.confirmed_by),
            "told": [self._name(one) for one in incident.told],
            "reported_by": self._name(said.reported_by) if said is not None else "",
            "text": str(said.evidence.get("text", "")) if said is not None else "",
            "faults": [{"code": one.code, "target": one.target, "since": one.since} for one in incident.open_faults],
            "drill": incident.drill,
            "report": incident.report.value,
            # Without places: a join link is for those who were told, and this document is for everybody on the network.
            "backup": {"title": incident.backup.title, "state": incident.backup.state} if incident.backup else None,
            "remedies": [{"name": one.name, "kind": one.kind, "state": one.state} for one in incident.remedies],
        }

    async def reload(self, settings: Settings) -> str:
        """Swap in the new plan; returns why not, "" when it is in force."""
        file = plan_file(settings, self.config)
        try:
            plan = RunningPlan(await asyncio.to_thread(room_plan, settings, self.config))
        except ConfigurationError as error:
            return str(error)
        if self.reaches_somebody and not reaches_somebody(plan.data):
            # A file that was deleted or moved must not silence the room; a restart says that it is meant.
            state = "it reaches nobody" if file.exists() else "there is no such file"
            return f"{file}: {state}. Mend it, or restart roomwatch to run without alarms."
        self.settings = settings
        self.plan = plan
        self.wording.timezone = plan.data.timezone
        self.engine.mode = settings.mode
        self.plan_since = time.time() + SWAP_SECONDS
        self.sender.use_gateways(plan.data.gateways)
        self._reopening = asyncio.create_task(self._reopen_inbound(settings))
        self._swapping = asyncio.create_task(self.engine.change_plan(plan))
        return ""

    async def _say(self, verb: str, number: int, *, by: str, **words: object) -> Incident:
        """A contact's answer from afar, to the engine that runs at that moment."""
        return await self.engine.command(verb, number, by=by, **words)

    def _inbound(self, settings: Settings) -> Inbound:
        return Inbound(
            settings,
            self.state,
            plan=lambda: self.plan.data,
            incidents=self._incidents,
            command=self._say,
            room_name=self._room_name,
        )

    async def _reopen_inbound(self, settings: Settings) -> None:
        """Contacts, topics and mailboxes may be others now."""
        await self.inbound.close()
        self.inbound = self._inbound(settings)
        await self.inbound.start()

    async def _inject(self, order: DrillOrder) -> str:
        return await self.inject(order)

    async def _withdraw(self, order: DrillOrder) -> None:
        await self.withdraw(order)

    def _incidents(self) -> list[Incident]:
        return self.engine.incidents()

    def _how_to_take(self, facts: MessageFacts) -> HowToTake:
        return self.inbound.how_to_take(facts)

    async def link_page(self, token: str, act: bool) -> tuple[int, str]:
        """(status, page) of a signed link that somebody opened, or whose button was pressed."""
        return await self.inbound.link_page(token, act)

    async def close(self) -> None:
        await self.inbound.close()
        if self._tidying is not None:
            self._tidying.cancel()
        await self.engine.close()
        self.journal.close()


async def _not_watching(order: DrillOrder) -> str:
    return "nothing watches this room yet"


async def _nothing_to_withdraw(order: DrillOrder) -> None: ...


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
