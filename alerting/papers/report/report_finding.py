"""One finding of a report: something that worked, or did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alerting.papers.report.terms import Value

WORKED = frozenset(
    {
        "detect_kept",
        "acknowledge_kept",
        "mitigate_kept",
        "restore_kept",
        "deputy_answered",
        "all_delivered",
        "other_way",
        "leadership_told",
        "verified",
        "content",
    }
)
"""Findings that praise; every other one asks for an improvement (improvements.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFinding:
    """code: the text under ``report.finding``. subject: what it is about, the same over incidents ("wang/mail")."""

    code: str
    subject: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return self.code in WORKED
