"""The evaluation's chapter on weak points (薄弱环节): rooms, repeated faults, steps of the chain, channels. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.papers.rendering.charts.columns import named_bars
from alerting.papers.rendering.content import Block, Grid, Heading, Marked, Paragraph, Picture
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import ChannelKind, RoomName
from alerting.papers.review import figures

LONGEST = 12
"""Rows of a list of weak points: what a meeting can talk about."""


def weak_points(cases: Sequence[CaseFile], phrasing: Phrasing) -> tuple[Block, ...]:
    """The chapter; () where nothing happened."""
    text = phrasing.text
    if not cases:
        return ()
    blocks: list[Block] = [Heading(text("review.chapter.weak")), Heading(text("review.part.rooms"), 2)]
    worst = figures.rooms(cases)[:LONGEST]
    said = [(phrasing.say(RoomName(one.key[0])), one.count, phrasing.span(one.broken)) for one in worst]
    title = text("review.chart.rooms")
    bars = [(name, float(count), text("review.room_said", count=count, span=span)) for name, count, span in said]
    head = tuple(text(f"review.head.{name}") for name in ("room", "count", "broken"))
    table = Grid(head, tuple((name, str(count), span) for name, count, span in said))
    blocks.append(Picture(svg=named_bars(bars, title=title), caption=title, table=table))
    blocks.append(Heading(text("review.part.devices"), 2))
    again = figures.devices(cases)[:LONGEST]
    rows = tuple(
        (
            phrasing.say(RoomName(one.key[0])),
            phrasing.fault(one.key[1], one.key[2]),
            one.key[2] or "—",
            str(one.count),
            phrasing.span(one.broken),
            phrasing.list(f"#{number}" for number in one.cases[-6:]),
        )
        for one in again
    )
    head = tuple(text(f"review.head.{name}") for name in ("room", "fault", "where", "count", "broken", "incidents"))
    blocks.append(Grid(head, rows, (3, 4, 3, 2, 3, 4)) if rows else Paragraph(text("review.nothing_again")))
    blocks += [*_steps(cases, phrasing), *_ways(cases, phrasing)]
    return tuple(blocks)


def _steps(cases: Sequence[CaseFile], phrasing: Phrasing) -> list[Block]:
    found = figures.steps(cases)
    if not found:
        return []
    rows = tuple(
        (one.name, str(one.reached), str(one.passed), _marked_share(one.passed, one.reached, bad_from=0.5))
        for one in found
    )
    head = tuple(phrasing.text(f"review.head.{name}") for name in ("step", "reached", "passed", "silent"))
    note = Paragraph(phrasing.text("review.steps_note"))
    return [Heading(phrasing.text("review.part.steps"), 2), Grid(head, rows), note]


def _ways(cases: Sequence[CaseFile], phrasing: Phrasing) -> list[Block]:
    found = figures.ways(cases)
    if not found:
        return []
    rows = tuple(
        (
            phrasing.say(ChannelKind(one.path)),
            str(one.sent),
            str(one.failed),
            _marked_share(one.failed, one.sent + one.failed, bad_from=0.05),
            "—" if one.median is None else phrasing.span(one.median),
        )
        for one in found
    )
    head = tuple(phrasing.text(f"review.head.{name}") for name in ("way", "accepted", "failed", "lost", "took"))
    return [Heading(phrasing.text("review.part.ways"), 2), Grid(head, rows)]


def _marked_share(part: int, whole: int, *, bad_from: float) -> Marked:
    share = part / whole if whole else 0.0
    return Marked(f"{share:.0%}", "bad" if share >= bad_from else "plain")
