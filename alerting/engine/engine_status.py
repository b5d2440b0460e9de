"""What an engine holds, in numbers and as faults. Pure; changes nothing."""

from __future__ import annotations

from alerting.engine.transaction import SharedState
from alerting.model.fault import Fault, Severity
from alerting.model.incident import Phase


def summary(shared: SharedState, now: float) -> dict[str, object]:
    """What /metrics and `roomwatch status` show of incidents and messages."""
    incidents, outbox = shared.incidents, shared.outbox
    live = incidents.live()
    unanswered = [i.id for i in live if i.unanswered_at is not None]
    nobody_reached = [i.id for i in live if (i.steps or not i.chain) and not incidents.reached(i.id)]
    return {
        "mode": shared.mode,
        "plan_version": shared.plan.version,
        "incidents_open": len(live),
        "incidents_by_severity": {s.word: sum(i.severity is s for i in live) for s in Severity},
        "incidents_untaken": sum(not i.taken(now) and i.phase is Phase.OPEN for i in live),
        "outbox_waiting": len(outbox.waiting()),
        "outbox_in_flight": len(outbox.flying()),
        "paths_down": sorted(outbox.down),
        "unanswered": unanswered,
        "nobody_reached": nobody_reached,
        "told_to_nobody": [number for number in unanswered if number in nobody_reached],
    }


def open_faults(shared: SharedState) -> list[Fault]:
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
        for incident in shared.incidents.live()
        for fault in incident.open_faults
        if not fault.reported_by
    ]
