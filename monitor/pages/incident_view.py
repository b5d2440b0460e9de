"""One incident as its page shows it: what, where, since when, how bad, who was told, its story and evidence. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alerting.engine.transaction import MACHINE
from alerting.journal.rows import Event
from alerting.messages.reasons import say_span
from alerting.model.catalogue import KINDS
from alerting.model.incident import Incident, Phase
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.timeline import timeline
from alerting.plan.wall_time import clock
from alerting.service.incident_desk import OpenedIncident
from alerting.service.incident_words import action, also, begun, lead, people, reported, title, told
from alerting.words import Words
from monitor.pages.room_view import Series, check_view
from monitor.views.meeting import meeting_lines

NEWEST = 8
"""Rows of the story at first: a bad connection gets the rest when it is asked for."""
MOST_CHECKS = 4
"""Checks in the evidence; the room's page has them all."""
LOOKS = {Phase.MITIGATED: "limited", Phase.RESOLVED: "ready", Phase.CLOSED: "ready"}
BY_SEVERITY = {"critical": "not_now", "warning": "limited", "notice": "unknown-verdict"}


def incident_view(
    opened: OpenedIncident, status: Mapping[str, Any], phrasing: Phrasing, series: Series, *, whole: bool
) -> dict[str, Any]:
    """The values of incident.html but for its buttons. status: of the incident's room. whole: its whole story."""
    words, incident, row, zone = phrasing.words, opened.incident, dict(opened.row), str(status["timezone"])
    code, target = lead(row)
    live, now = incident.phase.live, float(status["now"])
    key = f"fault.{code}.what"
    rows = _story(opened, phrasing, now)
    return {
        "number": incident.id,
        "css": BY_SEVERITY[incident.severity.word] if incident.phase is Phase.OPEN else LOOKS[incident.phase],
        "icon": "ready" if not live else "not_now" if incident.severity.word == "critical" else "limited",
        "title": title(row, words),
        "severity": incident.severity.word,
        "severity_text": words.text(f"severity.{incident.severity.word}"),
        "class_text": words.text(f"class.{incident.fault_class.value}"),
        "phase_text": words.text(f"word.phase.{incident.phase.value}") if incident.phase is not Phase.OPEN else "",
        "since": words.text("page.since", time=_when(incident.opened_at, now, zone)),
        "lasts": say_span(max(0.0, (incident.resolved_at or now) - incident.opened_at), words),
        "what": words.text(key, target=target, room=row["room_name"]) if words.has(key) else "",
        "first": action(row, words) if live else "",
        "meeting": meeting_lines(dict(status["meeting"]), now, words, zone)[:1] if _here(opened, status) else [],
        "people": begun(people(row, words)),
        "more": [begun(line) for line in (told(row, words, zone), reported(row, words), also(row, words)) if line],
        "story": rows if whole else rows[:NEWEST],
        "older": 0 if whole else max(0, len(rows) - NEWEST),
        "findings": _findings(opened.events, incident, words),
        "checks": _checks(incident, status, words, series) if _here(opened, status) else [],
    }


def _here(opened: OpenedIncident, status: Mapping[str, Any]) -> bool:
    return opened.incident.scope == "room" and opened.incident.room == status["room"]


def _when(at: float, now: float, zone: str) -> str:
    same_day = clock(at, zone, "%Y%m%d") == clock(now, zone, "%Y%m%d")
    return clock(at, zone, "%H:%M" if same_day else "%m-%d %H:%M")


def _story(opened: OpenedIncident, phrasing: Phrasing, now: float) -> list[dict[str, str]]:
    """What happened, the newest first."""
    case = CaseFile(incident=opened.incident, events=opened.events, notifications=(), now=now)
    clause, machine = phrasing.text("report.clause"), phrasing.name(MACHINE)
    return [
        {
            "time": phrasing.clock(row.at, now),
            "label": row.label,
            "detail": clause.join(part for part in (row.who, row.detail) if part and part != machine),
        }
        for row in reversed(timeline(case, phrasing))
    ]


def _findings(events: Sequence[Event], incident: Incident, words: Words) -> list[str]:
    """What was measured when its faults were seen, and the newest diagnosis's own sentences."""
    found = [words.detail(fault.code, fault.evidence) for fault in incident.faults]
    looks = [event for event in events if event.verb == "evidence" and isinstance(event.data.get("sentences"), dict)]
    if looks:
        told = looks[-1].data["sentences"]
        assert isinstance(told, dict)
        said = told.get(words.language, [])
        found += [str(one) for one in said] if isinstance(said, list) else []
    return list(dict.fromkeys(one for one in found if one))


def _checks(incident: Incident, status: Mapping[str, Any], words: Words, series: Series) -> list[dict[str, Any]]:
    """The checks that see its faults, as they are now, with the line of their day."""
    wanted = {(KINDS[fault.code].check, fault.target) for fault in incident.faults if fault.code in KINDS}
    names = {check for check, _ in wanted if check}
    exact = [one for one in status["checks"] if (one["check"], one["target"]) in wanted]
    near = [one for one in status["checks"] if one["check"] in names and one not in exact]
    return [check_view(one, words, series, str(status["timezone"])) for one in (*exact, *near)[:MOST_CHECKS]]
