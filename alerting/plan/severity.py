"""How much a fault matters now: fault × meeting. Pure; the plan may lay its own rules over it."""

from __future__ import annotations

from alerting.model.fault import FaultKind, Severity
from alerting.model.meeting_state import MeetingState

SOON = 1800.0
"""Seconds before a meeting from which its room is being readied: half an hour, from the plan's risk analysis."""


def judge_severity(kind: FaultKind, meeting: MeetingState, soon: float = SOON) -> Severity:
    """The kind's weight while a meeting runs, one step lower shortly before one, lowest in an empty room.

    Unknown counts as running only where a device would be touched; for telling people it counts as "soon", so that
    a room without evidence neither wakes everybody at night nor stays silent. Important: one step up.
    """
    if meeting.running:
        level = kind.weight
    elif meeting.running is None or (meeting.starts_in is not None and meeting.starts_in <= soon):
        level = Severity(max(Severity.NOTICE, kind.weight - 1))
    else:
        level = Severity.NOTICE
    relevant = meeting.running or (meeting.starts_in is not None and meeting.starts_in <= soon)
    if meeting.important and relevant and level is not Severity.CRITICAL:
        level = Severity(level + 1)
    return level
