"""The daemon's hold on the plan: loads it, runs the engine, answers commands. Refuses to judge readings."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

from alerting.configuration import ConfigurationError
from alerting.fault import Fault
from alerting.folders import SYSTEM_FOLDER
from alerting.meeting_state import MeetingState
from alerting.thin.engine import Engine, Refused
from alerting.thin.load_plan import load_plan
from alerting.thin.sender import ChildSender
from alerting.thin.store import Journal
from monitor.metrics import DeliveryFigures
from monitor.settings import Settings
from monitor.web.server import CommandRefused

log = logging.getLogger(__name__)


def plan_file(settings: Settings, config: Path | None) -> Path:
    """settings.plan, else plan.toml beside the configuration given, else /etc/roomwatch's."""
    if settings.plan:
        return Path(settings.plan)
    folder = SYSTEM_FOLDER if config is None else config if config.is_dir() else config.parent
    return folder / "plan.toml"


class PlanRunner:
    """Everything that the daemon asks of the plan."""

    def __init__(self, settings: Settings, state: Path, config: Path | None) -> None:
        self.settings = settings
        self.config = config
        self.sender = ChildSender()
        self.engine = Engine(
            journal=Journal(state / "journal.db"),
            plan=load_plan(plan_file(settings, config)),
            outbound=self.sender,
            now=time.time,
            mode=settings.mode,
            room_names={settings.room.id: settings.room.name} if settings.room.name else {},
        )

    def now(self) -> float:
        return time.time()

    async def open(self, *, clean_start: bool) -> None:
        await self.engine.open()
        if not any(contact.channels for contact in self.engine.plan.contacts.values()):
            log.warning("the plan reaches nobody: fill in contacts in %s", plan_file(self.settings, self.config))
        if not clean_start:
            log.info("the last run did not end cleanly, or this is the first")

    def open_faults(self) -> list[Fault]:
        return self.engine.open_faults()

    async def fault_opened(self, fault: Fault, meeting: MeetingState) -> None:
        await self.engine.fault_opened(fault, meeting)

    async def fault_cleared(self, fault: Fault) -> None:
        await self.engine.fault_cleared(fault)

    async def meeting_changed(self, room: str, meeting: MeetingState) -> None:
        await self.engine.meeting_changed(room, meeting)

    async def warm(self) -> None:
        """A fault is suspected: have the sender ready before it is confirmed."""
        if self.settings.mode == "act" and any(one.channels for one in self.engine.plan.contacts.values()):
            await self.sender.warm()

    async def tick(self) -> float:
        return await self.engine.tick()

    async def wait(self, seconds: float) -> None:
        """Until the time is over or something changed."""
        try:
            await asyncio.wait_for(self.engine.changed.wait(), seconds)
        except TimeoutError:
            return

    def status(self) -> dict[str, Any]:
        return self.engine.summary()

    def fill(self, figures: DeliveryFigures) -> None:
        """Bring the metrics' figures up to date."""
        summary = self.engine.summary()
        figures.outcomes = dict(self.engine.outcomes)
        figures.pending = summary["pending"]
        figures.nobody_reachable = summary["nobody_reachable"]
        figures.journal_writable = not summary["journal"]
        counts: dict[str, int] = {}
        for incident in summary["incidents"]:
            counts[incident["severity"]] = counts.get(incident["severity"], 0) + 1
        figures.open_by_severity = counts

    async def command(self, verb: str, arguments: dict[str, Any], peer: str) -> dict[str, Any]:
        """A person's command, from the local socket. peer: the login name that the kernel vouches for."""
        number = arguments.get("incident")
        if not isinstance(number, int):
            raise CommandRefused("which incident? Give its number.")
        by = str(arguments.get("by") or peer)
        try:
            incident = await self.engine.command(verb, number, by=by, text=str(arguments.get("text", "")))
        except Refused as refusal:
            raise CommandRefused(str(refusal)) from None
        return {"incident": incident.number, "phase": incident.phase, "taken_by": incident.taken_by, "by": by}

    def reload(self, settings: Settings) -> str:
        """Swap in the new plan; returns why not, "" when it is in force."""
        try:
            plan = load_plan(plan_file(settings, self.config))
        except ConfigurationError as error:
            return str(error)
        self.settings = settings
        self.engine.plan = plan
        self.engine.mode = settings.mode
        return ""

    async def close(self) -> None:
        await self.engine.close()
