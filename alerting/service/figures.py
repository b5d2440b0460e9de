"""What the service counts, for the metrics page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class AlertingFigures:
    """outcomes: sent, failed, expired … → notifications since the start. last_audit: Unix seconds, 0 before the
    first."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    nobody_reachable: bool = False
    journal_writable: bool = True
    open_by_severity: Mapping[str, int] = field(default_factory=dict)
    audit_findings: int = 0
    last_audit: float = 0.0
