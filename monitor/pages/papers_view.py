"""What the pages of papers show: the list, and one report with what its reader may do next. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alerting.engine.commands import Refused
from alerting.model.actor import contact as acting
from alerting.model.incident import Incident, ReportState
from alerting.model.report_chapters import CHAPTERS
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.distribution import distribution_lines, state_said
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import RoomName
from alerting.plan.running_plan import RunningPlan
from alerting.service.cleaned_text import lines, one_line
from alerting.service.permissions import CommandRules, permitted
from alerting.workflows.report_approval import TEXT_LIMIT, turn_of
from alerting.workflows.scheduled.improvement_actions import OPEN

LISTED = 50
"""Reports and drills of the list, the newest; older ones are in the review."""
SHORT = 500
FIELDS: Mapping[str, tuple[str, ...]] = {
    "report_edit": ("chapter", "text"),
    "report_submit": ("text",),
    "report_approve": ("text",),
    "report_return": ("text",),
    "report_sign": ("text",),
    "improvement_add": ("text", "owner", "due"),
    "improvement_close": ("key", "text"),
}
"""Verbs of these pages → the fields of a form that are handed on."""
STEPS = {
    ReportState.DRAFT: ("report_submit",),
    ReportState.REVIEW: ("report_approve", "report_sign", "report_return"),
}
Button = Callable[[str], Mapping[str, str]]


def given(verb: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What a form says to the verb. Only a chapter has several lines."""
    longest = {"report_edit": TEXT_LIMIT}.get(verb, SHORT)
    return {
        name: lines(form[name], longest) if verb == "report_edit" and name == "text" else one_line(form[name], SHORT)
        for name in FIELDS[verb]
        if name in form
    }


def list_view(
    papers: Sequence[Incident],
    phrasing: Phrasing,
    plan: RunningPlan,
    recall: Callable[[str], str | None],
    now: float,
) -> dict[str, Any]:
    """The values of papers.html. papers: newest first."""
    reports = [one for one in papers if not one.drill and one.report is not ReportState.NONE]
    waiting = [one for one in reports if one.report not in (ReportState.SIGNED, ReportState.SENT)]
    waiting.sort(key=lambda one: one.report_due or one.opened_at)
    actions: Mapping[str, Mapping[str, str]] = json.loads(recall(OPEN) or "{}")
    today = plan.wall(now).date().isoformat()
    return {
        "waiting": [_line(one, phrasing, plan, now) for one in waiting],
        "finished": [_line(one, phrasing, plan, now) for one in reports if one not in waiting],
        "drills": [_line(one, phrasing, plan, now) for one in papers if one.drill],
        "actions": [
            {
                "key": key,
                "text": one["text"],
                "owner": phrasing.name(one["owner"]),
                "due": one["due"],
                "late": one["due"] < today,
            }
            for key, one in sorted(actions.items(), key=lambda item: item[1]["due"])
        ],
        "people": [(key, one.name) for key, one in plan.data.contacts.items() if not one.left],
        "plan": {
            "version": plan.data.version,
            "title": plan.data.title,
            "approvals": [
                (phrasing.text(f"pages.papers.step.{one.step}"), one.by, one.on.isoformat())
                for one in plan.data.approvals
                if one.version == plan.data.version
            ],
        },
        "short": SHORT,
    }


def _line(one: Incident, phrasing: Phrasing, plan: RunningPlan, now: float) -> dict[str, Any]:
    late = one.report_due is not None and one.report_due < now and one.report in (ReportState.DRAFT, ReportState.REVIEW)
    return {
        "number": one.id,
        "title": phrasing.fault(one.code, one.faults[0].target if one.faults else ""),
        "day": phrasing.day(one.opened_at),
        "state": phrasing.text(f"report.state.{one.report}"),
        "css": "failed" if late else "warning" if one.report is ReportState.REVIEW else "unknown",
        "due": phrasing.date(one.report_due) if one.report_due is not None else "",
        "late": late,
        "turn": phrasing.names(turn_of(one, plan)),
        "final": one.report in (ReportState.SIGNED, ReportState.SENT),
    }


def report_view(case: CaseFile, phrasing: Phrasing, plan: RunningPlan, me: str, button: Button) -> dict[str, Any]:
    """The values of paper.html. me: the reader. button: the hidden fields of a verb's form."""
    incident = case.incident
    texts: dict[str, str] = {}
    for event in case.of("report_edited"):
        texts[str(event.data.get("chapter", ""))] = str(event.data.get("text", ""))
    line = _line(incident, phrasing, plan, case.now)
    steps = [one for one in STEPS.get(incident.report, ()) if _may(one, me, plan) and _ready(one, incident, plan)]
    editable = incident.report is ReportState.DRAFT and _may("report_edit", me, plan)
    return {
        **line,
        "state": state_said(case, phrasing),
        "room_name": phrasing.say(RoomName(incident.room)),
        "live": incident.phase.live,
        "editable": editable,
        "chapters": [
            {
                "id": one,
                "head": phrasing.text(f"report.chapter.{one}"),
                "text": texts.get(one, ""),
                "hidden": button("report_edit") if editable else {},
            }
            for one in CHAPTERS
        ],
        "steps": [
            {"verb": one, "hidden": button(one), "needed": one == "report_return", "first": n == 0}
            for n, one in enumerate(steps)
        ],
        "story": [
            {
                "time": phrasing.date(event.at),
                "label": phrasing.either(f"event.{event.verb}", event.verb),
                "detail": phrasing.list(part for part in (phrasing.name(event.by), _detail(event, phrasing)) if part),
            }
            for event in case.events
            if event.verb.startswith("report_") and event.verb != "report_joined"
        ],
        "copies": distribution_lines(case, phrasing),
        "longest": TEXT_LIMIT,
        "short": SHORT,
    }


def _detail(event: Any, phrasing: Phrasing) -> str:
    chapter = event.data.get("chapter")
    return phrasing.text(f"report.chapter.{chapter}") if chapter in CHAPTERS else phrasing.reason(event.why)


def _may(verb: str, me: str, plan: RunningPlan) -> bool:
    try:
        permitted(acting(me), verb, "", plan, CommandRules())
    except Refused:
        return False
    return True


def _ready(verb: str, incident: Incident, plan: RunningPlan) -> bool:
    """Whether the step is the one that comes now: approval before signature, none of it while the fault lasts."""
    if verb == "report_submit":
        return not incident.phase.live
    reviewed = bool(incident.report_approved_by) or turn_of(incident, plan) != plan.data.report.reviewers
    return verb == "report_return" or (verb == "report_sign") == reviewed
