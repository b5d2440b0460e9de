"""One incident as pages and the command line show it: a plain document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from alerting.delivery.who_was_told import Recipient, digests_of, recipients
from alerting.engine.engine import Engine
from alerting.journal.contract import Journal, JournalReader
from alerting.model.incident import Incident
from alerting.model.measures import BackupRun, RemedyRun
from alerting.service.display_names import DisplayNames


def incident_row(
    incident: Incident, told: Sequence[Recipient], names: DisplayNames, now: float, *, here: str
) -> dict[str, Any]:
    """JSON-ready. told: what became of its messages, one a contact. here: the room from which it is looked at."""
    reports = [one for one in incident.faults if one.reported_by]
    said = next((one for one in reports if "text" in one.evidence), next(iter(reports), None))
    return {
        "number": incident.id,
        "room": incident.room,
        "room_name": names.room(incident.room),
        "elsewhere": incident.room != here,
        "scope": incident.scope,
        "code": incident.code,
        "class": incident.fault_class.value,
        "severity": incident.severity.word,
        "phase": incident.phase.value,
        "opened_at": incident.opened_at,
        "taken_by": names.person(incident.taken_by) if incident.taken(now) else "",
        "confirmed_by": names.person(incident.confirmed_by),
        # No addresses, and no names of those who only sit in the meeting: whoever opens the page may read this.
        "told": [
            {
                "name": "" if names.is_participant(one.contact) else names.person(one.contact),
                "state": one.reach.value,
                "channel": one.way,
                "at": one.at,
            }
            for one in told
        ],
        "handed_over": incident.handover is not None,
        "reported_by": names.person(said.reported_by) if said is not None else "",
        "text": str(said.evidence.get("text", "")) if said is not None else "",
        "faults": [{"code": one.code, "target": one.target, "since": one.since} for one in incident.open_faults],
        "drill": incident.drill,
        "report": incident.report.value,
        "backup": _backup(incident.backup) if incident.backup else None,
        "remedies": [_remedy(one) for one in incident.remedies],
    }


def _backup(run: BackupRun) -> dict[str, Any]:
    """Without a join link: it is for those who were told, and this document is for everybody on the network."""
    room = run.place if run.kind != "application" else ""
    return {"title": run.title, "state": run.state, "room": room, "started_at": run.started_at}


def _remedy(run: RemedyRun) -> dict[str, Any]:
    """As with a backup, without a link that the remedy opens."""
    target = run.target if run.kind != "start_backup" else ""
    return {"name": run.name, "kind": run.kind, "target": target, "state": run.state, "due_at": run.due_at}


class IncidentRows:
    """Rows of the incidents that one engine has open, and of those that its journal holds."""

    def __init__(self, engine: Engine, journal: Journal, names: DisplayNames, now: Callable[[], float]) -> None:
        self._engine, self._journal, self._names, self._now = engine, journal, names, now

    def live(self, incident: Incident, here: str) -> dict[str, Any]:
        return incident_row(incident, self._engine.recipients(incident.id), self._names, self._now(), here=here)

    async def shown(self, incident: Incident, here: str) -> dict[str, Any]:
        """An incident as it is given, closed or not."""
        if any(one.id == incident.id for one in self._engine.incidents()):
            return self.live(incident, here)
        now = self._now()

        def read(reader: JournalReader) -> tuple[Recipient, ...]:
            rows = reader.notifications(incident.id)
            return recipients(rows, now, digests_of(reader, rows))

        return incident_row(incident, await self._journal.read(read), self._names, now, here=here)

    async def of(self, number: int, room: str) -> dict[str, Any] | None:
        """An incident of the room, over or not; None where the room never had it."""
        found = next((one for one in self._engine.incidents() if one.id == number), None)
        found = found or await self._journal.read(lambda reader: reader.incident(number))
        return await self.shown(found, room) if found is not None and found.room == room else None
