"""The report as a document (关于……的事后报告): its head, its six chapters and its annexes.

The office's own text stands in place of a chapter's drafted sentences; facts, tables and charts stay what they are.
"""

from __future__ import annotations

from alerting.model.incident import ReportState
from alerting.model.report_chapters import CHAPTERS
from alerting.papers.rendering.content import Block, Document, Grid, Heading, Paragraph
from alerting.papers.rendering.markdown_text import typed_blocks
from alerting.papers.report import annexes, lessons_chapters, overview, response
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.findings import find
from alerting.papers.report.page_one import page_one
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import At, FaultName, RoomName
from alerting.papers.report.timeline import timeline
from alerting.papers.report.times import measure
from alerting.plan.model import Plan

STEPS = ("report_drafted", "report_submitted", "report_returned", "report_approved", "report_signed", "report_sent")


def report_document(case: CaseFile, plan: Plan, phrasing: Phrasing) -> Document:
    """The whole report in the phrasing's language, whatever state it is in."""
    own = edited(case)
    measured, rows, findings = measure(case, plan.targets), timeline(case, phrasing), find(case, plan)
    chapters: dict[str, tuple[tuple[str, ...], tuple[Block, ...]]] = {
        "overview": overview.overview(case, measured, phrasing),
        "cause": overview.cause(case, phrasing),
        "response": response.response(case, plan, measured, rows, phrasing),
        "feedback": lessons_chapters.feedback(case, phrasing),
        "evaluation": lessons_chapters.evaluation(findings, phrasing),
        "improvements": lessons_chapters.improvements(case, findings, phrasing),
    }
    blocks: list[Block] = []
    for name in CHAPTERS:
        drafted, facts = chapters[name]
        written = typed_blocks(own[name]) if name in own else tuple(map(Paragraph, drafted))
        blocks += [Heading(phrasing.text(f"report.chapter.{name}")), *written, *facts]
        if name == CHAPTERS[0]:
            blocks += page_one(case, plan, own.get("cause", ""), findings, phrasing)
    blocks += [*_signatures(case, phrasing), *annexes.annexes(case, rows, phrasing)]
    incident = case.incident
    fault = FaultName(incident.code, incident.faults[0].target if incident.faults else "")
    title = phrasing.text("report.title", room=RoomName(incident.room), fault=fault)
    if incident.drill:
        title = phrasing.text("report.drill_title", title=title)
    return Document(
        title=title,
        language=phrasing.words.language,
        above=plan.organisation,
        mark=_mark(case, phrasing),
        facts=_facts(case, plan, phrasing),
        footer=phrasing.text("report.footer", title=title, number=incident.id, version=incident.plan_version or "—"),
        blocks=tuple(blocks),
    )


def edited(case: CaseFile) -> dict[str, str]:
    """Chapter → the office's text, as last written; an empty one gives the drafted text back."""
    texts = {str(e.data.get("chapter", "")): str(e.data.get("text", "")) for e in case.of("report_edited")}
    return {chapter: text for chapter, text in texts.items() if text}


def _mark(case: CaseFile, phrasing: Phrasing) -> str:
    incident = case.incident
    marks = [phrasing.text("report.drill")] if incident.drill else []
    if incident.phase.live:
        marks.append(phrasing.text("report.not_over"))
    if incident.report not in (ReportState.SIGNED, ReportState.SENT):
        marks.append(phrasing.text(f"report.mark.{incident.report}"))
    return phrasing.text("report.clause").join(marks)


def _facts(case: CaseFile, plan: Plan, phrasing: Phrasing) -> tuple[tuple[str, str], ...]:
    incident, text = case.incident, phrasing.text
    leadership = plan.groups.get("leadership")
    facts = [(text("report.fact.number"), f"#{incident.id}")]
    if leadership is not None:
        facts.append((text("report.fact.by"), leadership.name))
    facts.append((text("report.fact.plan"), incident.plan_version or "—"))
    if incident.report_due is not None:
        facts.append((text("report.fact.due"), text("report.until", at=At(incident.report_due))))
    facts.append((text("report.fact.made"), phrasing.date(case.now)))
    return tuple(facts)


def _signatures(case: CaseFile, phrasing: Phrasing) -> tuple[Block, ...]:
    """Who drafted, reviewed, returned and signed it, when, with which words."""
    rows = tuple(
        (
            phrasing.text(f"event.{event.verb}"),
            phrasing.name(event.by),
            phrasing.date(event.at),
            phrasing.reason(event.why) or "—",
        )
        for event in case.of(*STEPS)
        if event.verb != "report_sent"
    )
    if not rows:
        return ()
    head = phrasing.head("step", "who", "when", "remark")
    return (Heading(phrasing.text("report.signatures")), Grid(head, rows, (2, 2, 3, 5)))
