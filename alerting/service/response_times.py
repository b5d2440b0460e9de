"""How fast the plan worked, counted out of what was written: faults, incidents, their phases, deliveries.

Counts from the start of the daemon, as counters do; what the journal holds from before is not counted again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from alerting.journal.rows import Batch, Event, NotificationState
from alerting.model.histogram import Histogram
from alerting.model.incident import Incident

PHASES = ("detect", "acknowledge", "mitigate", "restore")
PHASE_BOUNDS = (30.0, 300.0, 1200.0, 3600.0)
"""Seconds: the four targets that a plan has where it names none (alerting/plan/report_rules.py)."""
DELIVERY_BOUNDS = (1.0, 10.0, 60.0)
"""Seconds: a web hook answers within the first, a mail server within the second; after the third a retry was needed."""
ENDS_PHASE = {"taken": "acknowledge", "mitigated": "mitigate", "resolved": "restore"}
"""Verb of the journal → the phase that its first time ends."""


class ResponseCounters:
    """No drill counts among faults, incidents and phases; deliveries count all messages."""

    def __init__(self, known: Iterable[Incident] = ()) -> None:
        """known: incidents from before the start. A phase that ended then is not counted when it ends again."""
        self.faults: Counter[str] = Counter()
        self.incidents: Counter[str] = Counter()
        """By severity at the opening."""
        self.phases = {phase: Histogram(PHASE_BOUNDS) for phase in PHASES}
        self.deliveries: dict[str, Histogram] = {}
        """By kind of channel."""
        self._ended = {(one.id, phase) for one in known for phase in _ended_phases(one)}

    def written(self, batch: Batch) -> None:
        """Count what one commit wrote."""
        for event in batch.events:
            incident = batch.incidents.get(event.incident)
            if incident is not None and not incident.drill:
                self._event(event, incident)
        for row in batch.notifications.values():
            if row.state is NotificationState.SENT and row.accepted_at is not None:
                way = self.deliveries.setdefault(row.path or row.channel, Histogram(DELIVERY_BOUNDS))
                way.observe(row.accepted_at - max(row.decided_at, row.not_before))

    def _event(self, event: Event, incident: Incident) -> None:
        code, since = event.data.get("code"), event.data.get("since")
        if event.verb in ("opened", "fault_joined", "report_joined") and isinstance(code, str):
            self.faults[code] += 1
        if event.verb == "opened":
            self.incidents[str(event.data.get("severity", incident.severity.word))] += 1
            if event.by == "roomwatch" and isinstance(since, (int, float)):
                self.phases["detect"].observe(event.at - since)
        phase = ENDS_PHASE.get(event.verb)
        if phase is not None and (incident.id, phase) not in self._ended:
            self._ended.add((incident.id, phase))
            self.phases[phase].observe(event.at - _began(incident))
        if event.verb == "closed":
            self._ended -= {(incident.id, one) for one in PHASES}


def _began(incident: Incident) -> float:
    return min((incident.opened_at, *(fault.since for fault in incident.faults)))


def _ended_phases(incident: Incident) -> list[str]:
    ends = {"acknowledge": incident.taken_at, "mitigate": incident.mitigated_at, "restore": incident.resolved_at}
    return [phase for phase, at in ends.items() if at is not None]
