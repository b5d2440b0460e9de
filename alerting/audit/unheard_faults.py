"""Whether anybody heard of a fault that matters: a chain without steps breaks no promise and tells nobody."""

from __future__ import annotations

from collections.abc import Iterator

from alerting.audit.audited_case import Case, Circumstances
from alerting.audit.finding import AuditFinding, Code
from alerting.model.fault import Severity
from alerting.model.reason import because

GRACE = 900.0
"""Seconds for a message to arrive: longer than the pause between two tries, as a chain's first step allows."""


def audit_reach(case: Case, circumstances: Circumstances) -> Iterator[AuditFinding]:
    """An incident of a warning or worse that nobody was told of, by the room or by Alertmanager, and nobody took.
    Drills score this themselves."""
    incident = case.incident
    if incident.drill or incident.worst < Severity.WARNING or incident.taken_by:
        return
    if case.owed_to_nobody:
        return  # the screens say that nobody is told, and `roomwatch audit` counts it
    if any(row.accepted_at is not None for row in case.rows):
        return
    if any(event.verb == "handover_accepted" for event in case.events):
        return  # Alertmanager told; whom, its own log says
    since = incident.opened_at if incident.resolved_at is None else incident.resolved_at
    ready = max([since, *(row.not_before for row in case.rows)])
    if circumstances.now <= circumstances.awake(ready) + GRACE:
        return
    why = because("audit_no_steps" if not incident.chain else "audit_none_accepted")
    yield AuditFinding(code=Code.NOBODY, incident=incident.id, at=incident.opened_at, what="incident", detail=why)
