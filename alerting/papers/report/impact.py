"""Which meeting an incident touched, as calendar and programs told it at the time, and what it lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import At, Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """kind: the text under ``report.impact``: "drill", "unknown", "none", "running" (a meeting ran when it broke) or
    "starting" (one was to begin before it worked again). starts_at: Unix seconds, None where unknown. lost: seconds of
    the meeting without the room, until it moved or the room worked; None where there is nothing to count."""

    kind: str
    starts_at: float | None = None
    lost: float | None = None
    important: bool = False


def impact_of(case: CaseFile) -> Impact:
    if case.incident.drill:
        return Impact(kind="drill")
    known = [one for event in case.of("opened", "severity") if isinstance(one := event.data.get("meeting"), dict)]
    if not known:
        return Impact(kind="unknown")
    works = min([case.end, *([case.incident.mitigated_at] if case.incident.mitigated_at is not None else [])])
    running = next((one for one in known if one.get("running") is True), None)
    if running is not None:
        start = _number(running, "starts_at")
        since = max(case.began, start if start is not None else case.began)
        until = min(works, _number(running, "ends_at") or works)
        return Impact(kind="running", starts_at=start, lost=max(0.0, until - since), important=_important(running))
    for one in known:
        start = _number(one, "starts_at")
        if start is not None and start < works:
            until = min(works, _number(one, "ends_at") or works)
            return Impact(kind="starting", starts_at=start, lost=max(0.0, until - start), important=_important(one))
    return Impact(kind="none" if all(one.get("running") is False for one in known) else "unknown")


def impact_said(case: CaseFile, phrasing: Phrasing) -> str:
    found, text = impact_of(case), phrasing.text
    parts = [text(f"report.impact.{found.kind}")]
    if found.starts_at is not None:
        parts.append(text("report.impact.starts", at=At(found.starts_at)))
    if found.lost is not None:
        parts.append(text("report.impact.lost", span=Duration(found.lost)))
    if found.important:
        parts.append(text("report.impact.important"))
    if found.kind in ("running", "starting"):
        parts.append(text("report.impact.people"))
    return text("report.clause").join(parts)


def _number(meeting: Mapping[str, Any], name: str) -> float | None:
    value = meeting.get(name)
    return float(value) if isinstance(value, (int, float)) else None


def _important(meeting: Mapping[str, Any]) -> bool:
    return meeting.get("important") is True
