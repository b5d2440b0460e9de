"""The service as one room's daemon runs it: made of the room's settings, with this machine behind it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import RemedyOutcome
from alerting.service.permissions import CommandRules
from alerting.service.plan_file import plan_file
from alerting.service.room_machine import RoomMachine
from alerting.service.service import AlertingService
from alerting.service.settings import AuditSettings, ServiceSettings
from alerting.workflows.drill.drill_under_way import DrillOrder, Inject, Withdraw
from monitor.remedies.whose_session import carrier
from monitor.settings import Configuration, Settings


def service_settings(settings: Settings, config: Path | None) -> ServiceSettings:
    """config: as the daemon was given it; the plan stands beside it."""
    return ServiceSettings(
        home=settings.room,
        rooms=(settings.room,),
        plan=plan_file(settings.plan, config),
        plan_named=bool(settings.plan),
        mode=settings.mode,
        timezone=settings.timezone,
        public_url=settings.web.public_url,
        journal_days=settings.history.journal_days,
        inbound=settings.inbound,
        commands=CommandRules(for_anybody=settings.commands.for_anybody, for_callers=settings.commands.for_callers),
        alertmanager=settings.alertmanager,
        audit=AuditSettings(interval=settings.audit.interval, channels=settings.audit.channels),
    )


def room_service(
    settings: Settings,
    state: Path,
    config: Path | None,
    machines: Mapping[str, RoomMachine] | None = None,
    trusted: Callable[[], bool] = lambda: False,
) -> AlertingService:
    """trusted: whether a time server keeps the wall clock. Raises ConfigurationError for a plan with problems."""
    options = ["--config", str(config)] if config is not None else []

    def drawing(words: Sequence[str]) -> Sequence[str]:
        return [sys.executable, "-P", "-m", "monitor.cli", *words, *options]

    service = service_settings(settings, config)
    return AlertingService(service, state, machines=machines or {}, drawing=drawing, trusted=trusted)


class ThisMachine:
    """A RoomMachine: the computer on which this daemon runs. The daemon sets what it has once it is made."""

    def __init__(self, configuration: Callable[[], Configuration]) -> None:
        self._carry_out = carrier(configuration)
        self.drill: tuple[Inject, Withdraw] | None = None
        self.look: Callable[[int, str], None] = lambda number, code: None
        """Begins to gather evidence for (incident, fault code)."""

    async def carry_out(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        return await self._carry_out(kind, target, dry)

    async def inject(self, order: DrillOrder) -> Reason:
        return await self.drill[0](order) if self.drill is not None else because("not_watched_yet")

    async def withdraw(self, order: DrillOrder) -> None:
        if self.drill is not None:
            await self.drill[1](order)

    def incident_opened(self, number: int, code: str) -> None:
        self.look(number, code)
