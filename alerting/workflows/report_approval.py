"""Draft, review, signature, return (拟稿 → 审核 → 签发, 退回): pure functions of (incident, who, words, now).

Who may do what follows from the plan's report rules. A refusal says who may, or what comes first.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from alerting.engine.commands import Arguments, Change, IncidentCommand, Notify, Refused, spoken
from alerting.model.incident import Incident, ReportState
from alerting.model.reason import said
from alerting.model.report_chapters import CHAPTERS
from alerting.plan.contract import ResponsePlan
from alerting.workflows.feedback_answer import read_answer

replace = msgspec.structs.replace
TEXT_LIMIT = 20_000
"""Characters of one chapter: some ten pages, more than anyone reads, and little beside the journal's evidence."""


def edit(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """The office's own text for one chapter; an empty one gives the drafted text back."""
    _open(incident, ReportState.DRAFT)
    chapter = str(arguments.get("chapter", ""))
    if chapter not in CHAPTERS:
        raise Refused("no_such_chapter", given=chapter, known=CHAPTERS)
    text = str(arguments.get("text", "") or "").strip()
    if len(text) > TEXT_LIMIT:
        raise Refused("text_too_long", count=len(text), most=TEXT_LIMIT)
    return Change(
        incident=replace(incident, report=ReportState.DRAFT),
        verb="report_edited",
        data={"chapter": chapter, "text": text},
    )


def submit(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """提交审核. Without reviewers in the plan it goes to the signers at once."""
    rules = plan.data.report
    _open(incident, ReportState.DRAFT)
    if incident.phase.live:
        raise Refused("report_too_soon", number=incident.id, phase=incident.phase.value)
    changed = replace(incident, report=ReportState.REVIEW, report_approved_by="")
    reviewers = heads(plan, rules.reviewers)
    if reviewers:
        tell = Notify(kind="report_submitted", contacts=reviewers)
    else:
        tell = Notify(kind="report_approved", contacts=heads(plan, rules.signers))
    return Change(incident=changed, verb="report_submitted", why=spoken(arguments), tell=(tell,))


def approve(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """审核通过."""
    rules = plan.data.report
    _open(incident, ReportState.REVIEW)
    tell = Notify(kind="report_approved", contacts=heads(plan, rules.signers))
    changed = replace(incident, report_approved_by=by)
    return Change(incident=changed, verb="report_approved", why=spoken(arguments), tell=(tell,))


def send_back(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """退回, with the reason."""
    rules = plan.data.report
    _open(incident, ReportState.REVIEW)
    why = _text(arguments)
    if not why:
        raise Refused("return_without_reason")
    changed = replace(incident, report=ReportState.DRAFT, report_approved_by="")
    tell = Notify(kind="report_returned", contacts=heads(plan, (rules.owner,)), text=why)
    return Change(incident=changed, verb="report_returned", why=said(why), tell=(tell,))


def sign(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """签发: from here on the report is sent, and changes no more."""
    rules = plan.data.report
    _open(incident, ReportState.REVIEW)
    if not incident.report_approved_by and heads(plan, rules.reviewers):
        raise Refused("report_not_reviewed", people=everybody(plan, rules.reviewers))
    return Change(incident=replace(incident, report=ReportState.SIGNED), verb="report_signed", why=spoken(arguments))


def feedback(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """A participant's answer, with a name or without."""
    score, words = read_answer(arguments)
    anonymous = bool(arguments.get("anonymous"))
    data = {"score": score, "anonymous": anonymous}
    return Change(incident=incident, verb="feedback", why=words, data=data, by="" if anonymous else None)


COMMANDS: Mapping[str, IncidentCommand] = {
    "report_edit": edit,
    "report_submit": submit,
    "report_approve": approve,
    "report_return": send_back,
    "report_sign": sign,
    "feedback": feedback,
}


def turn_of(incident: Incident, plan: ResponsePlan) -> tuple[str, ...]:
    """Who has the next step, as the plan names them: owner, reviewers or signers; else those to whom it escalates."""
    rules = plan.data.report
    if incident.report is not ReportState.REVIEW:
        names: tuple[str, ...] = (rules.owner,)
    else:
        names = rules.reviewers if not incident.report_approved_by and heads(plan, rules.reviewers) else rules.signers
    return names if everybody(plan, names) else rules.escalate_to


def heads(plan: ResponsePlan, names: tuple[str, ...]) -> tuple[str, ...]:
    """Who is asked first: one contact for each group named, its head or who stands in."""
    return tuple(dict.fromkeys(one for name in names for one in everybody(plan, (name,))[:1]))


def everybody(plan: ResponsePlan, names: tuple[str, ...]) -> tuple[str, ...]:
    """All contacts behind groups and contacts; who left is replaced by the deputy. Not only who is on duty: a report
    is no alarm."""
    data = plan.data
    found: dict[str, None] = {}
    for name in names:
        for one in data.groups[name].members if name in data.groups else (name,):
            if one in data.contacts:
                stands = plan.deputies(one, 0.0)[:1] if data.contacts[one].left else (one,)
                found |= dict.fromkeys(stands)
    return tuple(found)


def _open(incident: Incident, wanted: ReportState) -> None:
    state = incident.report
    if state in (ReportState.SIGNED, ReportState.SENT):
        raise Refused("report_final", number=incident.id, report_state=state.value)
    if wanted is ReportState.REVIEW and state is not ReportState.REVIEW:
        raise Refused("report_not_submitted", number=incident.id)
    if wanted is ReportState.DRAFT and state is ReportState.REVIEW:
        raise Refused("report_under_review", number=incident.id)


def _text(arguments: Arguments) -> str:
    return str(arguments.get("text", "") or "").strip()
