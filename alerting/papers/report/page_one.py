"""Page one, for whoever reads no further: impact, cause, decisions, open actions, who has it, who signed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.journal.rows import Event
from alerting.papers.rendering.content import Block, Grid, Marked
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.distribution import distribution_lines
from alerting.papers.report.impact import impact_said
from alerting.papers.report.improvements import propose
from alerting.papers.report.lessons_chapters import improvement_text
from alerting.papers.report.owners import with_owners
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.report_finding import ReportFinding
from alerting.papers.report.terms import Duration, EntryName, People, RemedyName
from alerting.plan.model import Plan

MOST_ACTIONS = 3
"""Actions named on page one; all of them stand in chapter six."""
MOST_DECISIONS = 6
UNKNOWN = frozenset({"unknown", "cannot be found", "未知", "不明", "无法查明"})
"""What the office writes as the cause to declare that it cannot be found."""


def page_one(
    case: CaseFile, plan: Plan, own_cause: str, findings: Sequence[ReportFinding], phrasing: Phrasing
) -> tuple[Block, ...]:
    """own_cause: what the office wrote as the cause, "" where nothing yet."""
    text = phrasing.text
    rows: tuple[tuple[str | Marked, ...], ...] = (
        (text("report.one.impact"), impact_said(case, phrasing)),
        (text("report.one.cause"), root_cause(own_cause, case.incident.id, phrasing)),
        (text("report.one.decided"), "\n".join(decisions(case, phrasing)) or text("report.one.nothing_decided")),
        (text("report.one.actions"), _actions(case, findings, phrasing)),
        (text("report.one.distribution"), _distribution(case, plan, phrasing)),
        (text("report.one.signature"), signature(case, phrasing)),
    )
    head = (text("report.one.head"), text("report.one.said"))
    return (Grid(head, rows, (2, 9)),)


def root_cause(own: str, number: int, phrasing: Phrasing) -> str | Marked:
    """Asked for until somebody has written it or declared it unknown."""
    said = own.strip()
    if not said:
        return Marked(phrasing.text("report.one.cause_missing", number=number), "bad")
    if said.casefold().rstrip(".。") in UNKNOWN:
        return phrasing.text("report.one.cause_unknown")
    return said.splitlines()[0].replace("**", "").lstrip("-*# ")


def decisions(case: CaseFile, phrasing: Phrasing) -> list[str]:
    """What people decided, in their order: orders, approvals, the backup, corrections, the end by a person's word."""
    found = [line for event in case.events if (line := _decision(event, case, phrasing))]
    more = len(found) - MOST_DECISIONS
    return [*found[:MOST_DECISIONS], phrasing.text("report.one.more", count=more)] if more > 0 else found


def _decision(event: Event, case: CaseFile, phrasing: Phrasing) -> str:
    kinds = (
        "order",
        "confirmed",
        "mitigated",
        "backup_ordered",
        "remedy_approved",
        "remedy_refused",
        "class",
        "severity",
    )
    if event.verb not in kinds or event.by in ("", "roomwatch"):
        return ""
    what = phrasing.labelled(f"event.{event.verb}", event.verb)
    if event.verb.startswith("remedy"):
        named: object = RemedyName(str(event.data.get("kind", "")), str(event.data.get("target", "")))
        what = phrasing.list([what, phrasing.say(named)])  # type: ignore[arg-type]
    elif event.verb == "backup_ordered":
        what = phrasing.list([what, phrasing.say(EntryName(str(event.data.get("name", ""))))])
    why = phrasing.reason(event.why)
    line = phrasing.text(
        "report.one.decision",
        span=Duration(event.at - case.began),
        who=People((event.by,)),
        what=what,
    )
    return f"{line}{phrasing.text('report.clause')}{why}" if why else line


def _actions(case: CaseFile, findings: Sequence[ReportFinding], phrasing: Phrasing) -> str:
    proposed = with_owners(propose(findings), phrasing.plan, case.incident.opened_at)
    found = [improvement_text(one, phrasing) for one in proposed]
    if not found:
        return phrasing.text("report.one.no_actions")
    more = len(found) - MOST_ACTIONS
    rest = [phrasing.text("report.one.more", count=more)] if more > 0 else []
    return "\n".join([*(f"{number}. {line}" for number, line in enumerate(found[:MOST_ACTIONS], 1)), *rest])


def _distribution(case: CaseFile, plan: Plan, phrasing: Phrasing) -> str:
    """Who has it, or who will."""
    sent = distribution_lines(case, phrasing)
    if sent:
        return "\n".join(sent)
    groups = (*plan.report.send_to, *plan.report.circulate_to)
    return phrasing.names(dict.fromkeys(groups)) or phrasing.text("report.one.nobody")


def signature(case: CaseFile, phrasing: Phrasing) -> str:
    """Who signed it and when, or the place to sign; then the place for the stamp."""
    signed = case.first("report_signed")
    if signed is None:
        return phrasing.text("report.one.sign_here")
    return phrasing.text("report.one.signed", who=People((signed.by,)), at=phrasing.date(signed.at))
