"""How much a fault matters now: fault × meeting, and the plan's rules for it. Pure."""

from __future__ import annotations

import msgspec

from alerting.model.fault import FaultKind, Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.value_types import Seconds, SeverityWord, severity_of_word


class FaultRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The severity of one fault code by meeting state, exactly; what is left out follows the general rule."""

    meeting_running: SeverityWord | None = None
    meeting_soon: SeverityWord | None = None
    no_meeting: SeverityWord | None = None
    meeting_unknown: SeverityWord | None = None


class SeverityRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that a fault weighs by the state of the meeting; an important meeting raises it one step."""

    meeting_running: SeverityWord = "critical"
    meeting_soon: SeverityWord = "warning"
    no_meeting: SeverityWord = "notice"
    meeting_unknown: SeverityWord = "warning"
    soon: Seconds = 1800.0
    important_raises: bool = True
    faults: dict[str, FaultRule] = {}


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
