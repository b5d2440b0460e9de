"""The score sheet of a drill as a document: passed or not, the times against their targets, each group's part. Pure."""

from __future__ import annotations

from alerting.papers.rendering.content import (
    Block,
    Callout,
    Document,
    Figure,
    Grid,
    Heading,
    KeyFigures,
    Marked,
    Paragraph,
)
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.findings import find
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import Duration, FaultName, People, RoomName
from alerting.plan.model import Plan
from alerting.workflows.drill.score import GroupLine, ScoreLine, ScoreSheet


def score_sheet(case: CaseFile, sheet: ScoreSheet, plan: Plan, phrasing: Phrasing) -> Document:
    text, incident = phrasing.text, case.incident
    verdict = "aborted" if sheet.aborted else "passed" if sheet.passed else "failed"
    blocks: list[Block] = [
        Callout(text(f"drill.{verdict}"), "good" if sheet.passed else "bad"),
        KeyFigures(tuple(_figure(one, phrasing) for one in sheet.times)),
    ]
    if sheet.groups:
        head = tuple(text(f"drill.head.{name}") for name in ("group", "told", "reached", "took"))
        rows = tuple(_group(one, plan, phrasing) for one in sheet.groups)
        blocks += [Heading(text("drill.groups")), Grid(head, rows, (4, 3, 3, 3))]
    wrong = [text(f"report.finding.{one.code}", **one.values) for one in find(case, plan) if not one.good]
    blocks.append(Heading(text("drill.learned")))
    lines = tuple((str(number), line) for number, line in enumerate(wrong, 1))
    head = (text("report.head.no"), text("drill.head.finding"))
    blocks.append(Grid(head, lines, (1, 12)) if lines else Paragraph(text("report.nothing")))
    title = text("drill.sheet_title", room=RoomName(incident.room), fault=FaultName(incident.code, _target(case)))
    filed = case.first("drill_scored")
    by = str(filed.data.get("by") or "roomwatch") if filed is not None else "roomwatch"
    return Document(
        title=title,
        language=phrasing.words.language,
        above=plan.organisation,
        mark=text("report.drill"),
        facts=(
            (text("report.fact.number"), f"#{incident.id}"),
            (text("report.head.when"), phrasing.date(incident.opened_at)),
            (text("drill.begun_by"), phrasing.say(People((by,)))),
            (text("report.fact.plan"), incident.plan_version or plan.version),
        ),
        footer=text("report.footer", title=title, number=incident.id, version=incident.plan_version or "—"),
        blocks=tuple(blocks),
    )


def _target(case: CaseFile) -> str:
    return case.incident.faults[0].target if case.incident.faults else ""


def _figure(one: ScoreLine, phrasing: Phrasing) -> Figure:
    value = phrasing.span(one.seconds) if one.seconds is not None else phrasing.text("drill.never")
    note = phrasing.text("report.target", target=Duration(one.target))
    return Figure(phrasing.text(f"drill.time.{one.name}"), value, note, "good" if one.met else "bad")


def _group(one: GroupLine, plan: Plan, phrasing: Phrasing) -> tuple[str | Marked, ...]:
    def after(seconds: float | None, *, needed: bool) -> str | Marked:
        if seconds is not None:
            return phrasing.span(seconds)
        return Marked(phrasing.text("drill.never"), "bad" if needed else "quiet")

    return (
        plan.groups[one.group].name,
        after(one.told, needed=True),
        after(one.reached, needed=True),
        after(one.took, needed=False),
    )
