"""The chapter on the response (处置经过): timeline, times, who was told, orders and help. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.delivery.who_was_told import Reach
from alerting.papers.rendering.content import Block, Grid, Heading, Marked, Paragraph
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.charts import response_picture, target_picture
from alerting.papers.report.delivery_outcomes import Person, people
from alerting.papers.report.overview import Chapter
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import ChannelKind, Duration
from alerting.papers.report.timeline import Row
from alerting.papers.report.times import Measured
from alerting.plan.model import Plan


def response(
    case: CaseFile, plan: Plan, measured: Sequence[Measured], rows: Sequence[Row], phrasing: Phrasing
) -> Chapter:
    text = phrasing.text
    blocks: list[Block] = [
        Heading(text("report.part.timeline"), 2),
        response_picture(case, rows, phrasing),
        _timeline(case, rows, phrasing),
        Heading(text("report.part.times"), 2),
        target_picture(measured, phrasing),
        Heading(text("report.part.told"), 2),
        *_told(case, phrasing),
    ]
    return (), tuple(blocks)


def _timeline(case: CaseFile, rows: Sequence[Row], phrasing: Phrasing) -> Grid:
    head = phrasing.head("no", "time", "event", "who", "detail")
    lines = tuple(
        (
            str(number),
            _when(row, case, phrasing),
            Marked(row.label, "bad") if row.bad else row.label,
            row.who or "—",
            row.detail or "—",
        )
        for number, row in enumerate(rows, 1)
    )
    return Grid(head, lines, (7, 15, 20, 14, 44))


def _when(row: Row, case: CaseFile, phrasing: Phrasing) -> str:
    start = phrasing.clock(row.at, case.began)
    return start if row.to is None else f"{start}–{phrasing.clock(row.to, case.began)}"


def _told(case: CaseFile, phrasing: Phrasing) -> tuple[Block, ...]:
    told = people(case)
    if not told:
        return (Paragraph(phrasing.text("report.told.nobody")),)
    rows = tuple(_person(one, case, phrasing) for one in told)
    head = phrasing.head("person", "first", "channel", "took", "messages", "remark")
    note = Paragraph(phrasing.text("report.told.note"))
    return (Paragraph(_summary(told, phrasing)), Grid(head, rows, (16, 16, 12, 12, 12, 32)), note)


def _summary(told: Sequence[Person], phrasing: Phrasing) -> str:
    """How many were told, then what became of the others, each state apart."""
    parts = []
    for reach in Reach:
        count = sum(one.reach is reach for one in told)
        if count:
            parts.append(phrasing.counted(f"report.told.{'lost' if reach is Reach.FAILED else reach}", count))
    sent, accepted = sum(one.messages for one in told), sum(one.accepted for one in told)
    messages = phrasing.counted("report.told.messages", sent, accepted=accepted)
    return phrasing.text("report.told.summary", people=phrasing.text("report.clause").join(parts), messages=messages)


def _person(one: Person, case: CaseFile, phrasing: Phrasing) -> tuple[str | Marked, ...]:
    text = phrasing.text
    remarks = [text("report.told.failed", way=ChannelKind(path), why=why) for path, why in one.failed]
    remarks += [text("report.told.gave_up", way=ChannelKind(path)) for path in one.expired]
    first: str | Marked = phrasing.clock(one.first_at or 0.0, case.began)
    if one.first_at is None:
        time = phrasing.clock(one.until, case.began) if one.until is not None else ""
        first = Marked(text(f"report.reach.{one.reach}", time=time), "bad" if one.lost else "quiet")
    return (
        phrasing.name(one.contact),
        first,
        phrasing.say(ChannelKind(one.way)),
        phrasing.say(Duration(one.took)) if one.took is not None else "—",
        f"{one.accepted} / {one.messages}",
        Marked(text("report.clause").join(remarks), "bad") if remarks else "—",
    )
