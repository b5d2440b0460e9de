"""What the service counts, for the metrics page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alerting.service.counters import ResponseFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFigures:
    """Of the live incidents of one room. told_nobody: how many of them could be told to nobody."""

    open_by_severity: Mapping[str, int]
    told_nobody: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFault:
    """One open fault of a live incident at home. severity: the incident's, as a word. since: Unix seconds.

    quiet: people hear of it when the plan's quiet hours end. declared: a person told it, no probe found it.
    """

    code: str
    target: str
    since: float
    severity: str
    quiet: bool = False
    drill: bool = False
    declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncidents:
    """How many live incidents have these three in common."""

    severity: str
    taken: bool
    drill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """What people owe by the plan's calendar and did not do in time."""

    reports: int = 0
    drills: int = 0
    inspections: int = 0


@dataclass(slots=True)
class AlertingFigures:
    """outcomes: sent, failed, expired … → notifications since the start. Times are Unix seconds, 0 for never.

    oldest_pending: when the oldest message that waits was decided. unanswered: live incidents whose chain ended and
    that nobody took; told_nobody: those of them that nobody could be told. faults: open ones at home. critical: a
    critical incident at home is open, no drill, and nothing helps yet. rooms: by id, those with live incidents and
    those that are watched. alertmanagers_down: members of its cluster whose last request failed.
    """

    outcomes: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    oldest_pending: float = 0.0
    channels_down: int = 0
    alertmanagers_down: int = 0
    reaches_somebody: bool = True
    quiet: bool = False
    journal_writable: bool = True
    incidents: Mapping[OpenIncidents, int] = field(default_factory=dict)
    unanswered: int = 0
    told_nobody: int = 0
    critical: bool = False
    faults: tuple[OpenFault, ...] = ()
    rooms: Mapping[str, RoomFigures] = field(default_factory=dict)
    response: ResponseFigures = field(default_factory=ResponseFigures)
    overdue: Overdue = Overdue()
    audit_findings: int = 0
    last_audit: float = 0.0
