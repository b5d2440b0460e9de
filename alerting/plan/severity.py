"""How much a fault matters now: fault × meeting, by the plan's rules. Pure."""

from __future__ import annotations

from alerting.model.fault import FaultKind, Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.escalation import FaultRule, SeverityRules
from alerting.plan.value_types import SeverityWord, severity_of_word


def judge_severity(kind: FaultKind, meeting: MeetingState, rules: SeverityRules) -> Severity:
    """The lower of the fault's weight and the cap for the meeting, at least the fault's floor; or the fault's own rule.
    An important meeting raises it one step."""
    soon = meeting.starts_in is not None and meeting.starts_in <= rules.soon
    own = rules.faults.get(kind.code, FaultRule())
    exact: SeverityWord | None
    cap: SeverityWord
    if meeting.running:
        exact, cap = own.meeting_running, rules.meeting_running
    elif soon:
        exact, cap = own.meeting_soon, rules.meeting_soon
    elif meeting.running is None:
        exact, cap = own.meeting_unknown, rules.meeting_unknown
    else:
        exact, cap = own.no_meeting, rules.no_meeting
    level = severity_of_word(exact) if exact else max(kind.floor, min(kind.weight, severity_of_word(cap)))
    if rules.important_raises and meeting.important and (meeting.running or soon):
        level = Severity(min(Severity.CRITICAL, level + 1))
    return level
