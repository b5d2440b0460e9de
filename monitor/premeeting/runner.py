"""Makes the checks before meetings when they are due, and on demand; keeps the last verdict for pages and metrics."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from alerting.model.catalogue import KINDS
from alerting.model.fault import Severity
from alerting.model.incident import Phase
from alerting.plan.offered_measures import backups
from alerting.workflows.premeeting_verdict import Checked
from monitor.premeeting.readiness import DueCheck, Readiness, anything_seen, due, due_in, judge_room, look_afresh
from probes.calendar import Agenda

if TYPE_CHECKING:
    from alerting.service.service import AlertingService
    from monitor.pipeline.scheduler import ProbeTask
    from monitor.pipeline.snapshot import Snapshot
    from monitor.settings import Settings

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 15.0
"""Longest wait between looks at the calendar: it may change, and the clock may be set."""


@dataclass(slots=True)
class PreMeetingRunner:
    """settings, tasks: asked anew each time, because a reload replaces them."""

    plan: AlertingService
    snapshot: Snapshot
    settings: Callable[[], Settings]
    tasks: Callable[[], dict[str, ProbeTask]]
    agenda: Callable[[], Agenda]
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            wanted = self.settings().premeeting
            now = time.time()
            coming = due(self.agenda(), wanted.minutes, self.plan.premeeting_made(self.settings().room.id), now)
            if wanted.enabled and coming is not None:
                await self._make(coming)
                continue
            await asyncio.sleep(max(0.2, min(LOOK_AGAIN_SECONDS, due_in(self.agenda(), wanted.minutes, now))))

    async def _make(self, coming: DueCheck) -> None:
        settings = self.settings()
        verdict = await self._look()
        document = self._document(verdict, coming)
        checked = Checked(
            room=settings.room.id,
            starts_at=coming.starts_at,
            minutes=coming.minutes,
            go=verdict.go,
            blockers=verdict.blockers,
            cautions=verdict.cautions,
            blind=verdict.blind,
            tell=settings.premeeting.tell,
        )
        await self.plan.premeeting(checked)
        self.snapshot.premeeting = _without_place(document)
        self.snapshot.premeeting_total[verdict.go] += 1
        log.info("check %d min before a meeting: %s", coming.minutes, "go" if verdict.go else "no-go")

    async def on_demand(self) -> dict[str, Any]:
        """A person asks: the same looks, told to nobody else and not written down as the check of a meeting."""
        verdict = await self._look()
        return self._document(verdict, None)

    async def _look(self) -> Readiness:
        async with self._one:
            late = await look_afresh(self.tasks(), lambda: self.snapshot.entries)
            verdict = judge_room(self.snapshot.entries, self.snapshot.causes, time.time(), late, self._reported())
            return replace(verdict, checked=anything_seen(self.snapshot.entries, self.tasks()))

    def _reported(self) -> list[tuple[str, str, Severity]]:
        """What people reported or declared of this room, its floor or its site, and is still open."""
        own = self.settings().room.id
        return [
            (fault.code, fault.target, incident.severity)
            for incident in self.plan.engine.incidents()
            if incident.phase is Phase.OPEN
            and not incident.drill
            and (incident.room == own or incident.scope != "room")
            for fault in incident.open_faults
            if fault.reported_by
        ]

    def _document(self, verdict: Readiness, coming: DueCheck | None) -> dict[str, Any]:
        room = self.settings().room.id
        way = next(iter(backups(self.plan.plan.data, room)), None)
        backup = None
        if way is not None and not verdict.go:
            one = way[1]
            backup = {"title": one.name, "kind": one.kind, "place": one.join if one.kind == "application" else one.room}
        checks = {kind.code: kind.check for kind in KINDS.values()}
        return {
            **verdict.document(),
            "checks": {code: checks.get(code, "") for code, _ in (*verdict.blockers, *verdict.cautions)},
            "starts_at": None if coming is None else coming.starts_at,
            "minutes": None if coming is None else coming.minutes,
            "backup": backup,
        }


def _without_place(document: dict[str, Any]) -> dict[str, Any]:
    """As everybody on the network may read it: a join link is for those who were told, and for who asks here."""
    backup = document["backup"]
    return document if backup is None else {**document, "backup": {**backup, "place": ""}}
