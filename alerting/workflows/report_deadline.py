"""The clock of a report: when it is due, and which reminder is. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alerting.model.incident import OVERDUE, Incident, ReportState
from alerting.plan.report_rules import ReportRules
from alerting.plan.value_types import severity_of_word


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """kind: "report_reminded" or "report_overdue". told: the names of all reminders that are behind us now."""

    kind: str
    told: tuple[str, ...]


def due_at(incident: Incident, rules: ReportRules) -> float | None:
    """None where no report is owed: after a drill, or an incident that was too light."""
    if incident.drill or incident.resolved_at is None or incident.worst < severity_of_word(rules.severity_from):
        return None
    return incident.resolved_at + rules.due


def next_reminder(incident: Incident, rules: ReportRules, now: float) -> tuple[Reminder | None, float]:
    """The reminder to give now, if any, and the time of the next look. Of several that were missed only the last
    is given: one message tells the present state."""
    due = incident.report_due
    if due is None or incident.report in (ReportState.SIGNED, ReportState.SENT) or OVERDUE in incident.report_told:
        return None, math.inf
    times = {f"{before:g}": due - before for before in sorted(rules.remind_before, reverse=True)} | {OVERDUE: due}
    passed = tuple(name for name, at in times.items() if at <= now)
    ahead = min((at for at in times.values() if at > now), default=math.inf)
    if not passed or passed[-1] in incident.report_told:
        return None, ahead
    kind = "report_overdue" if passed[-1] == OVERDUE else "report_reminded"
    return Reminder(kind=kind, told=tuple(dict.fromkeys((*incident.report_told, *passed)))), ahead
