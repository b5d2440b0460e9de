"""What the desk of an engine holds, in numbers and as faults. Pure; changes nothing."""

from __future__ import annotations

from alerting.engine.transaction import Desk
from alerting.model.fault import Fault, Severity
from alerting.model.incident import Phase


def summary(desk: Desk, now: float) -> dict[str, object]:
    """What /metrics and `roomwatch status` show of incidents and messages."""
    cases, outbox = desk.cases, desk.outbox
    live = cases.live()
    return {
        "mode": desk.mode,
        "plan_version": desk.plan.version,
        "incidents_open": len(live),
        "incidents_by_severity": {s.word: sum(i.severity is s for i in live) for s in Severity},
        "incidents_untaken": sum(not i.taken(now) and i.phase is Phase.OPEN for i in live),
        "outbox_waiting": len(outbox.waiting()),
        "outbox_in_flight": len(outbox.flying()),
        "paths_down": sorted(outbox.down),
        "unanswered": [i.id for i in live if i.unanswered_at is not None],
        "nobody_reached": [i.id for i in live if (i.steps or not i.chain) and not cases.reached(i.id)],
    }


def open_faults(desk: Desk) -> list[Fault]:
    """What probes reported and is still open."""
    return [
        Fault(
            room=incident.room,
            code=fault.code,
            target=fault.target,
            since=fault.since,
            evidence=fault.evidence,
            symptoms=fault.symptoms,
            drill=incident.drill,
        )
        for incident in desk.cases.live()
        for fault in incident.open_faults
        if not fault.reported_by
    ]
