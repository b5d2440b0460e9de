"""What the service counts, for the metrics page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFigures:
    """Of the live incidents of one room. nobody_reachable: one of them could be told to nobody."""

    open_by_severity: Mapping[str, int]
    nobody_reachable: bool = False


@dataclass(slots=True)
class AlertingFigures:
    """outcomes: sent, failed, expired … → notifications since the start. last_audit: Unix seconds, 0 before the
    first. rooms: by id, those with live incidents and those that are watched."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    nobody_reachable: bool = False
    journal_writable: bool = True
    open_by_severity: Mapping[str, int] = field(default_factory=dict)
    rooms: Mapping[str, RoomFigures] = field(default_factory=dict)
    audit_findings: int = 0
    last_audit: float = 0.0
