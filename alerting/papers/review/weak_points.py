"""The evaluation's chapter on weak points (薄弱环节): rooms, repeated faults, steps of the chain, channels. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.papers.rendering.charts.columns import named_bars
from alerting.papers.rendering.content import Block, Grid, Heading, Items, Marked, Paragraph, Picture
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import ChannelKind, RoomName
from alerting.papers.review import figures

LONGEST = 12
"""Rows of a list of weak points: what a meeting can talk about."""


def weak_points(cases: Sequence[CaseFile], phrasing: Phrasing) -> tuple[Block, ...]:
    """The chapter; () where nothing happened."""
    if not cases:
        return ()
    return (
        Heading(phrasing.text("review.chapter.weak")),
        *_rooms(cases, phrasing),
        *_devices(cases, phrasing),
        *_steps(cases, phrasing),
        *_ways(cases, phrasing),
    )


def _rooms(cases: Sequence[CaseFile], phrasing: Phrasing) -> list[Block]:
    """Rooms with more than one incident: one is chance."""
    text = phrasing.text
    head: Block = Heading(text("review.part.rooms"), 2)
    worst = [one for one in figures.rooms(cases) if one.count >= figures.WEAK][:LONGEST]
    if not worst:
        return [head, Paragraph(text("review.no_weak_room"))]
    said = [(phrasing.say(RoomName(one.key[0])), one.count, phrasing.span(one.broken)) for one in worst]
    title = text("review.chart.rooms")
    bars = [(name, float(count), text("review.room_said", count=count, span=span)) for name, count, span in said]
    names = tuple(text(f"review.head.{name}") for name in ("room", "count", "broken"))
    table = Grid(names, tuple((name, str(count), span) for name, count, span in said))
    evidence = tuple(
        text("review.weak_room", room=name, count=count, span=span, incidents=_numbers(one.cases, phrasing))
        for one, (name, count, span) in zip(worst, said, strict=True)
    )
    picture = [Picture(svg=named_bars(bars, title=title), caption=title, table=table)] if len(said) > 1 else []
    return [head, *picture, Items(evidence)]


def _devices(cases: Sequence[CaseFile], phrasing: Phrasing) -> list[Block]:
    text = phrasing.text
    rows = tuple(
        (
            phrasing.say(RoomName(one.key[0])),
            phrasing.fault(one.key[1], one.key[2]),
            one.key[2] or "—",
            str(one.count),
            phrasing.span(one.broken),
            _numbers(one.cases, phrasing),
        )
        for one in figures.devices(cases)[:LONGEST]
    )
    head = tuple(text(f"review.head.{name}") for name in ("room", "fault", "where", "count", "broken", "incidents"))
    table: Block = Grid(head, rows, (3, 4, 3, 2, 3, 4)) if rows else Paragraph(text("review.nothing_again"))
    return [Heading(text("review.part.devices"), 2), table]


def _steps(cases: Sequence[CaseFile], phrasing: Phrasing) -> list[Block]:
    """Steps after which the chain had to go on, because nobody took it or nobody had the message."""
    text = phrasing.text
    head: Block = Heading(text("review.part.steps"), 2)
    found = [one for one in figures.steps(cases) if one.silent or one.unreached]
    if not found:
        return [head, Paragraph(text("review.no_weak_step"))]
    rows = tuple(
        (
            one.name,
            str(one.reached),
            _marked_count(one.silent, one.reached, bad_from=0.5),
            _marked_count(one.unreached, one.reached, bad_from=0.05),
            _numbers(one.cases, phrasing),
        )
        for one in found
    )
    names = tuple(text(f"review.head.{name}") for name in ("step", "reached", "silent", "unreached", "incidents"))
    return [head, Grid(names, rows, (4, 2, 3, 3, 4)), Paragraph(text("review.steps_note"))]


def _ways(cases: Sequence[CaseFile], phrasing: Phrasing) -> list[Block]:
    text = phrasing.text
    found = figures.ways(cases)
    if not found:
        return []
    rows = tuple(
        (
            phrasing.say(ChannelKind(one.path)),
            str(one.sent),
            str(one.waiting) if one.waiting else "—",
            _marked_count(one.expired, one.ended, bad_from=0.05),
            _marked_count(one.failed, one.ended, bad_from=0.05),
            "—" if one.median is None else phrasing.span(one.median),
            phrasing.names(one.people[:3]) or "—",
        )
        for one in found
    )
    names = ("way", "accepted", "waiting", "expired", "failed", "took", "people")
    head = tuple(text(f"review.head.{name}") for name in names)
    note = Paragraph(text("review.ways_note"))
    return [Heading(text("review.part.ways"), 2), Grid(head, rows, (3, 2, 2, 3, 3, 3, 5)), note]


def _numbers(cases: Sequence[int], phrasing: Phrasing) -> str:
    """The latest incidents as evidence, and how many there are where not all fit."""
    said = phrasing.list(f"#{number}" for number in cases[-6:])
    return said if len(cases) <= 6 else phrasing.text("review.cases", numbers=said, count=len(cases))


def _marked_count(part: int, whole: int, *, bad_from: float) -> Marked | str:
    if not part:
        return "—"
    share = part / whole if whole else 0.0
    return Marked(f"{part} ({share:.0%})", "bad" if share >= bad_from else "plain")
