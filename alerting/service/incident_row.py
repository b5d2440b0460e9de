"""One incident as pages and the command line show it: a plain document. Pure."""

from __future__ import annotations

from typing import Any

from alerting.model.incident import Incident
from alerting.service.names import DisplayNames


def incident_row(incident: Incident, names: DisplayNames, now: float, *, here: str) -> dict[str, Any]:
    """JSON-ready. here: the room from which it is looked at."""
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
        "told": [names.person(one) for one in incident.told],
        "reported_by": names.person(said.reported_by) if said is not None else "",
        "text": str(said.evidence.get("text", "")) if said is not None else "",
        "faults": [{"code": one.code, "target": one.target, "since": one.since} for one in incident.open_faults],
        "drill": incident.drill,
        "report": incident.report.value,
        # Without places: a join link is for those who were told, and this document is for everybody on the network.
        "backup": {"title": incident.backup.title, "state": incident.backup.state} if incident.backup else None,
        "remedies": [{"name": one.name, "kind": one.kind, "state": one.state} for one in incident.remedies],
    }
