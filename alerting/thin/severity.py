"""Severity = fault × meeting. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from alerting.fault import FaultKind, Severity
from alerting.meeting_state import MeetingState
from alerting.thin.plan import Plan


def severity_of(kind: FaultKind, meeting: MeetingState, plan: Plan) -> Severity:
    """The lower of what the fault weighs and what the meeting's state allows; important meetings raise one step."""
    rules = plan.severity
    soon = meeting.starts_in is not None and meeting.starts_in <= rules.soon
    if meeting.running:
        word = rules.meeting_running
    elif soon:
        word = rules.meeting_soon
    elif meeting.running is None:
        word = rules.meeting_unknown
    else:
        word = rules.no_meeting
    level = min(kind.weight, Severity[word.upper()])
    if meeting.important and (meeting.running or soon):
        level = Severity(min(Severity.CRITICAL, level + 1))
    return level


def plan_zone(plan: Plan) -> tzinfo | None:
    """The plan's zone; None means the machine's own."""
    return ZoneInfo(plan.timezone) if plan.timezone else None


def is_quiet(plan: Plan, severity: Severity, now: float) -> bool:
    """True while faults of this severity wait for the morning. now: Unix seconds."""
    clock = datetime.fromtimestamp(now, plan_zone(plan)).strftime("%H:%M")
    for quiet in plan.quiet:
        inside = quiet.start <= clock < quiet.end if quiet.start < quiet.end else not quiet.end <= clock < quiet.start
        if inside and severity <= Severity[quiet.severity.upper()]:
            return True
    return False
