"""The evaluation as a document (定期评估报告): what happened, what is weak, what is to be done."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from alerting.model.fault import FaultClass, Severity
from alerting.papers.rendering.charts.columns import Column, stacked_columns
from alerting.papers.rendering.charts.svg import AMBER, GREY, RED
from alerting.papers.rendering.charts.target_bars import TargetBar, target_bars
from alerting.papers.rendering.content import (
    Block,
    Callout,
    Document,
    Figure,
    Grid,
    Heading,
    Items,
    KeyFigures,
    Marked,
    Paragraph,
    Picture,
)
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.findings import find
from alerting.papers.report.improvements import OpenImprovement, propose, still_open
from alerting.papers.report.lessons_chapters import improvement_alone, owner_and_day, reason_text
from alerting.papers.report.owners import with_owner
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import Duration, FaultName, RoomName
from alerting.papers.review import figures
from alerting.papers.review.figures import TimeFigure
from alerting.papers.review.meetings import meetings_figure, rated_rooms, tone
from alerting.papers.review.period import Period
from alerting.papers.review.weak_points import LONGEST, weak_points
from alerting.plan.model import Plan
from alerting.workflows.drill.not_run_list import due_at, not_run_line, several_rooms

GOOD_SHARE = 0.8
"""Part of the incidents that must keep a target for it to count as kept: four in five, so that one bad day in a week
of incidents does not call a plan ineffective, and two do."""
FIRST = 3
"""Improvements named in the conclusion: what a quarter can carry out."""
MOST_COLUMNS = 27
"""Columns of the chart over time: half a year by weeks; longer times go by months."""


def review_document(period: Period, plan: Plan, phrasing: Phrasing, now: float) -> Document:
    text = phrasing.text
    measured = figures.times(period.incidents, plan.targets)
    improvements = open_improvements(period, plan)
    blocks = (
        *_overview(period, measured, plan, phrasing, now),
        *_times(period, measured, plan, phrasing),
        *weak_points(period.incidents, phrasing),
        *_drills(period, plan, phrasing),
        *_improvements(improvements, phrasing),
        *_conclusion(period, improvements, phrasing),
    )
    title = text("review.title", since=phrasing.day(period.since), until=phrasing.day(period.until - 1))
    return Document(
        title=title,
        language=phrasing.words.language,
        above=plan.organisation,
        facts=(
            (text("review.fact.period"), _period(period, phrasing)),
            (text("report.fact.plan"), plan.version),
            (text("report.fact.made"), phrasing.date(now)),
        ),
        footer=text("review.footer", title=title, version=plan.version),
        blocks=tuple(_numbered(blocks, phrasing)),
    )


def _numbered(blocks: Sequence[Block], phrasing: Phrasing) -> Iterator[Block]:
    """Headings with their numbers, which have no gap where a chapter is left out."""
    chapter, part = 0, 0
    for block in blocks:
        if not isinstance(block, Heading):
            yield block
        elif block.level == 1:
            chapter, part = chapter + 1, 0
            number = phrasing.text("review.numbered.numerals")[chapter - 1]
            yield replace(block, text=phrasing.text("review.numbered.chapter", chapter=number, title=block.text))
        else:
            part += 1
            number = phrasing.text("review.numbered.part_numerals")[part - 1]
            yield replace(block, text=phrasing.text("review.numbered.part", part=number, title=block.text))


def open_improvements(period: Period, plan: Plan) -> tuple[OpenImprovement, ...]:
    """What incidents up to the period's end ask for and nobody has closed since, and what people added; what most
    incidents ask for first."""
    asked = [
        (case.incident.opened_at, case.incident.id, one)
        for case in period.year
        if case.ended is not None
        for one in propose(find(case, plan))
    ]
    found = sorted(still_open(asked, period.ledger), key=lambda one: (-len(one.incidents), one.since))
    return tuple(replace(one, improvement=with_owner(one.improvement, plan, one.since)) for one in found)


def _period(period: Period, phrasing: Phrasing) -> str:
    days = round((period.until - period.since) / 86400)
    since, until = phrasing.day(period.since), phrasing.day(period.until - 1)
    return phrasing.text("review.period", since=since, until=until, days=days)


def _overview(
    period: Period, measured: Sequence[TimeFigure], plan: Plan, phrasing: Phrasing, now: float
) -> tuple[Block, ...]:
    text, cases = phrasing.text, period.incidents
    count, before = len(cases), len(period.before)
    broken = sum(case.end - case.began for case in cases)
    answers, mean = figures.scores(cases)
    owed = figures.reports(cases, now)
    trend = "none" if not before else "same" if count == before else "more" if count > before else "fewer"
    items = [
        Figure(text("review.figure.incidents"), str(count), text(f"review.trend.{trend}", before=before)),
        Figure(
            text("review.figure.broken"), phrasing.span(broken) if cases else "—", text("review.figure.broken_note")
        ),
        Figure(text("review.figure.drills"), str(len(period.drills))),
        _share_figure(measured, phrasing),
    ]
    if mean is not None:
        note = text("review.answers", n=answers)
        items.append(Figure(text("review.figure.feedback"), f"{mean:.1f}", note, tone(mean)))
    items += meetings_figure(period.meetings_rated, phrasing)
    blocks: list[Block] = [Heading(text("review.chapter.overview")), KeyFigures(tuple(items))]
    rated = rated_rooms(period.meetings_rated, phrasing)
    if not cases:
        return (*blocks, Paragraph(text("review.nothing_happened")), *rated)
    blocks.append(verdict(period, measured, phrasing))
    if owed.owed:
        line = text("review.reports", owed=owed.owed, in_time=owed.in_time, late=owed.late, open_late=owed.open_late)
        blocks.append(Callout(line, "bad") if owed.open_late else Paragraph(line))
    blocks += [_over_time(period, phrasing), _classes(cases, phrasing), *rated]
    return tuple(blocks)


def _share_figure(measured: Sequence[TimeFigure], phrasing: Phrasing) -> Figure:
    judged, kept = sum(one.judged for one in measured), sum(one.kept for one in measured)
    label = phrasing.text("review.figure.kept")
    if not judged:
        return Figure(label, "—")
    share = kept / judged
    note = phrasing.text("review.kept_note", kept=kept, judged=judged)
    return Figure(label, f"{share:.0%}", note, "good" if share >= GOOD_SHARE else "bad")


def _over_time(period: Period, phrasing: Phrasing) -> Picture:
    """Incidents by week, or by month where weeks are too many; stacked by severity."""
    columns: dict[str, list[int]] = {}
    months = (period.until - period.since) / 86400 / 7 > MOST_COLUMNS
    day = phrasing.wall(period.since).date()
    last = phrasing.wall(period.until - 1).date()
    while day <= last:
        columns.setdefault(_column(day, months), [0, 0, 0])
        day += dt.timedelta(days=1)
    for case in period.incidents:
        label = _column(phrasing.wall(case.incident.opened_at).date(), months)
        if label in columns:
            columns[label][case.incident.worst - 1] += 1
    series = [
        (phrasing.text(f"severity.{level.word}"), colour)
        for level, colour in zip(Severity, (GREY, AMBER, RED), strict=True)
    ]
    bars = [Column(label=label, counts=tuple(counts)) for label, counts in columns.items()]
    title = phrasing.text("review.chart.months" if months else "review.chart.weeks")
    head = (phrasing.text("review.head.from"), *(name for name, _ in series))
    table = Grid(head, tuple((bar.label, *map(str, bar.counts)) for bar in bars))
    return Picture(svg=stacked_columns(bars, series, title=title), caption=title, table=table)


def _column(day: dt.date, months: bool) -> str:
    return f"{day:%Y-%m}" if months else f"{day - dt.timedelta(days=day.weekday()):%m-%d}"


def _classes(cases: Sequence[CaseFile], phrasing: Phrasing) -> Grid:
    count = Counter(case.incident.fault_class for case in cases)
    common: dict[FaultClass, Counter[str]] = {one: Counter() for one in FaultClass}
    for case in cases:
        common[case.incident.fault_class][case.incident.code] += 1
    rows = tuple(
        (
            phrasing.text(f"class.{one}"),
            str(count[one]),
            f"{count[one] / len(cases):.0%}",
            phrasing.list(f"{phrasing.fault(code)} ×{n}" for code, n in common[one].most_common(3)),
        )
        for one in FaultClass
        if count[one]
    )
    head = tuple(phrasing.text(f"review.head.{name}") for name in ("class", "count", "share", "common"))
    return Grid(head, rows, (3, 2, 2, 9))


def _times(period: Period, measured: Sequence[TimeFigure], plan: Plan, phrasing: Phrasing) -> tuple[Block, ...]:
    if not period.incidents:
        return ()
    text = phrasing.text
    return (
        Heading(text("review.chapter.times")),
        _time_picture(measured, phrasing),
        _time_table(measured, figures.times(period.before, plan.targets), phrasing),
        Paragraph(text("review.times_note")),
    )


def _time_picture(measured: Sequence[TimeFigure], phrasing: Phrasing) -> Picture:
    bars = [
        TargetBar(
            label=phrasing.text(f"report.time.{one.name}"),
            value=one.median,
            second=one.p90,
            target=one.target,
            says=_median_said(one, phrasing),
            met=None if one.median is None else one.median <= one.target,
        )
        for one in measured
    ]
    title = phrasing.text("review.chart.times")
    return Picture(svg=target_bars(bars, title=title, target=phrasing.text("report.chart.target")), caption=title)


def _median_said(one: TimeFigure, phrasing: Phrasing) -> str:
    if one.median is None:
        return phrasing.text("review.never")
    return phrasing.text("report.time_said", span=Duration(one.median), target=Duration(one.target))


def _time_table(measured: Sequence[TimeFigure], before: Sequence[TimeFigure], phrasing: Phrasing) -> Grid:
    def span(seconds: float | None) -> str:
        return "—" if seconds is None else phrasing.span(seconds)

    rows = tuple(
        (
            phrasing.text(f"report.time.{one.name}"),
            phrasing.span(one.target),
            span(one.median),
            span(one.p90),
            span(old.median),
            f"{one.kept}/{one.judged}",
            _share(one.share),
        )
        for one, old in zip(measured, before, strict=True)
    )
    names = ("time", "target", "median", "p90", "before", "kept", "share")
    return Grid(tuple(phrasing.text(f"review.head.{name}") for name in names), rows)


def _share(share: float | None) -> Marked:
    if share is None:
        return Marked("—", "quiet")
    return Marked(f"{share:.0%}", "good" if share >= GOOD_SHARE else "bad")


def _drills(period: Period, plan: Plan, phrasing: Phrasing) -> tuple[Block, ...]:
    text = phrasing.text
    head: list[Block] = [Heading(text("review.chapter.drills"))]
    if not period.drills:
        return (*head, Paragraph(text("review.no_drills")), *_not_run(period, plan, phrasing))
    measured = figures.times(period.drills, plan.targets)
    rows = tuple(
        (
            phrasing.text(f"report.time.{one.name}"),
            phrasing.span(one.target),
            "—" if one.median is None else phrasing.span(one.median),
            f"{one.kept}/{one.judged}",
            _share(one.share),
        )
        for one in measured
    )
    names = ("time", "target", "median", "kept", "share")
    each = tuple(
        text(
            "review.drill",
            day=phrasing.day(case.incident.opened_at),
            room=RoomName(case.incident.room),
            fault=FaultName(case.incident.code),
            span=Duration(case.end - case.began),
        )
        for case in period.drills[-LONGEST:]
    )
    grid = Grid(tuple(text(f"review.head.{name}") for name in names), rows)
    return (
        *head,
        Paragraph(text("review.drills_note", count=len(period.drills))),
        grid,
        Items(each),
        *_not_run(period, plan, phrasing),
    )


def _not_run(period: Period, plan: Plan, phrasing: Phrasing) -> tuple[Block, ...]:
    found = period.drills_not_run[-LONGEST:]
    if not found:
        return ()
    apart = several_rooms(found)
    lines = tuple(
        not_run_line(
            event,
            plan,
            phrasing.words,
            room=phrasing.say(RoomName(str(event.data.get("room", "")))) if apart else "",
            time=f"{phrasing.wall(due_at(event)):%Y-%m-%d %H:%M}",
            fault=phrasing.fault(str(event.data.get("fault", ""))),
        )
        for event in found
    )
    return (Paragraph(phrasing.text("review.drills_not_run", count=len(period.drills_not_run))), Items(lines))


def _improvements(found: Sequence[OpenImprovement], phrasing: Phrasing) -> tuple[Block, ...]:
    text = phrasing.text
    head: Block = Heading(text("review.chapter.improvements"))
    if not found:
        return (head, Paragraph(text("review.no_improvements")))
    rows = tuple(
        (
            str(number),
            improvement_alone(one.improvement, phrasing),
            reason_text(one.improvement, phrasing),
            *owner_and_day(one.improvement, phrasing),
            phrasing.day(one.since),
            _cases(one.incidents, phrasing),
        )
        for number, one in enumerate(found, 1)
    )
    names = ("no", "improvement", "reason", "owner", "due", "since", "incidents")
    grid = Grid(tuple(text(f"review.head.{name}") for name in names), rows, (3, 9, 8, 4, 6, 6, 5))
    return (head, Paragraph(text("review.open", count=len(found))), grid)


def _cases(numbers: Sequence[int], phrasing: Phrasing) -> str:
    """The latest numbers, and how many there are."""
    if not numbers:
        return "—"
    said = phrasing.list(f"#{number}" for number in numbers[-2:])
    return said if len(numbers) <= 2 else phrasing.text("review.cases", numbers=said, count=len(numbers))


def verdict(period: Period, measured: Sequence[TimeFigure], phrasing: Phrasing) -> Callout:
    """Is the plan effective? By rule, and open to whoever reads it to say more."""
    text = phrasing.text
    judged = [one for one in measured if one.share is not None]
    missed = [one for one in judged if (one.share or 0.0) < GOOD_SHARE]
    if not judged:
        return Callout(text("review.conclusion.unknown"))
    if not missed:
        return Callout(text("review.conclusion.effective", share=f"{GOOD_SHARE:.0%}"), "good")
    names = phrasing.list(text(f"report.time.{one.name}") for one in missed)
    return Callout(text("review.conclusion.weak", names=names, share=f"{GOOD_SHARE:.0%}"), "bad")


def _conclusion(period: Period, found: Sequence[OpenImprovement], phrasing: Phrasing) -> tuple[Block, ...]:
    """What comes first, each with its reason; whether the plan works stands on page one."""
    text = phrasing.text
    blocks: list[Block] = [Heading(text("review.chapter.conclusion"))]
    unanswered = [case.incident.id for case in period.incidents if case.first("unanswered") is not None]
    if unanswered:
        blocks.append(
            Paragraph(text("review.conclusion.unanswered", count=len(unanswered), numbers=_cases(unanswered, phrasing)))
        )
    if not found:
        return (*blocks, Paragraph(text("review.conclusion.nothing")))
    first = tuple(
        text(
            "review.conclusion.because",
            improvement=improvement_alone(one.improvement, phrasing),
            reason=reason_text(one.improvement, phrasing),
        )
        for one in found[:FIRST]
    )
    return (*blocks, Paragraph(text("review.conclusion.first")), Items(first, numbered=True))
