"""The chapters on feedback, on what worked and what did not, and on improvements. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.papers.rendering.content import Block, Grid, Heading, Items
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.improvements import Improvement, propose
from alerting.papers.report.overview import Chapter
from alerting.papers.report.owners import with_owners
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.report_finding import ReportFinding
from alerting.papers.report.terms import People


def feedback(case: CaseFile, phrasing: Phrasing) -> Chapter:
    answers = case.of("feedback")
    if not answers:
        return (phrasing.text("report.feedback.none"),), ()
    scores = [score for event in answers if isinstance(score := event.data.get("score"), int)]
    mean = sum(scores) / max(len(scores), 1)
    summary = phrasing.text("report.feedback.summary", count=len(answers), mean=f"{mean:.1f}")
    head = phrasing.head("when", "person", "score", "words")
    rows = tuple(
        (
            phrasing.date(event.at),
            phrasing.name(event.by),
            stars(event.data.get("score")),
            phrasing.reason(event.why) or "—",
        )
        for event in answers
    )
    return (summary,), (Grid(head, rows, (4, 3, 3, 8)),)


def stars(score: object) -> str:
    return "★" * score + "☆" * (5 - score) if isinstance(score, int) and 0 < score <= 5 else "—"


def evaluation(findings: Sequence[ReportFinding], phrasing: Phrasing) -> Chapter:
    blocks: list[Block] = []
    for good, name in ((True, "worked"), (False, "failed")):
        lines = tuple(phrasing.text(f"report.finding.{one.code}", **one.values) for one in findings if one.good is good)
        blocks.append(Heading(phrasing.text(f"report.part.{name}"), 2))
        blocks.append(Items(lines or (phrasing.text("report.nothing"),), numbered=bool(lines)))
    return (), tuple(blocks)


def improvements(case: CaseFile, findings: Sequence[ReportFinding], phrasing: Phrasing) -> Chapter:
    proposed = with_owners(propose(findings), phrasing.plan, case.incident.opened_at)
    if not proposed:
        return (phrasing.text("report.no_improvement"),), ()
    head = phrasing.head("no", "improvement", "reason", "owner", "due")
    rows = tuple(
        (str(number), improvement_alone(one, phrasing), reason_text(one, phrasing), *owner_and_day(one, phrasing))
        for number, one in enumerate(proposed, 1)
    )
    return (phrasing.text("report.improvements_drafted"),), (Grid(head, rows, (2, 10, 9, 4, 5)),)


def improvement_text(one: Improvement, phrasing: Phrasing) -> str:
    """With its owner and day, where it has them."""
    text = improvement_alone(one, phrasing)
    if not one.owner:
        return text
    return phrasing.text("report.owned", text=text.rstrip("。."), who=People((one.owner,)), due=one.due)


def improvement_alone(one: Improvement, phrasing: Phrasing) -> str:
    return one.text or phrasing.text(f"report.improvement.{one.code}", **(one.values or {}))


def owner_and_day(one: Improvement, phrasing: Phrasing) -> tuple[str, str]:
    return (phrasing.name(one.owner), one.due) if one.owner else ("—", "—")


def reason_text(one: Improvement, phrasing: Phrasing) -> str:
    if one.finding is None:
        return phrasing.text("report.by_hand")
    return phrasing.text(f"report.finding.{one.finding.code}", **one.finding.values)
