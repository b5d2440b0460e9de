"""What people said of meetings after them: one figure for all rooms, and the rooms, the worst first. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from alerting.journal.rows import Event
from alerting.papers.rendering.content import Block, Figure, Grid, Heading, Marked, Tone
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import RoomName
from alerting.papers.review.weak_points import LONGEST

GOOD_MEAN, BAD_MEAN = 4.0, 3.0
"""Limits of a mean score, from 1 to 5: the page offers 5, 3 and 1, so 4 is as many good as middling answers, and below
3 the bad ones outweigh the good."""
BAD_SCORE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomScore:
    """bad: answers of BAD_SCORE or less."""

    room: str
    answers: int
    mean: float
    bad: int


def room_scores(rated: Sequence[Event]) -> tuple[RoomScore, ...]:
    """The room with the lowest mean first."""
    by_room: dict[str, list[int]] = defaultdict(list)
    for event in rated:
        if isinstance(score := event.data.get("score"), int):
            by_room[str(event.data.get("room", ""))].append(score)
    found = (
        RoomScore(
            room=room, answers=len(given), mean=sum(given) / len(given), bad=sum(one <= BAD_SCORE for one in given)
        )
        for room, given in by_room.items()
    )
    return tuple(sorted(found, key=lambda one: (one.mean, -one.answers, one.room)))


def tone(mean: float) -> Tone:
    return "good" if mean >= GOOD_MEAN else "bad" if mean < BAD_MEAN else "plain"


def meetings_figure(rated: Sequence[Event], phrasing: Phrasing) -> list[Figure]:
    """The mean over all answers; [] where there were none."""
    rooms = room_scores(rated)
    count = sum(one.answers for one in rooms)
    if not count:
        return []
    mean = sum(one.mean * one.answers for one in rooms) / count
    note = phrasing.text("review.answers", n=count)
    return [Figure(phrasing.text("review.figure.meetings"), f"{mean:.1f}", note, tone(mean))]


def rated_rooms(rated: Sequence[Event], phrasing: Phrasing) -> list[Block]:
    """Rooms by what people said of their meetings; [] where nobody said anything."""
    rows = tuple(
        (
            phrasing.say(RoomName(one.room)),
            str(one.answers),
            Marked(f"{one.mean:.1f}", tone(one.mean)),
            str(one.bad),
        )
        for one in room_scores(rated)[:LONGEST]
    )
    if not rows:
        return []
    head = tuple(phrasing.text(f"review.head.{name}") for name in ("room", "answers", "mean", "bad"))
    return [Heading(phrasing.text("review.part.meetings"), 2), Grid(head, rows)]
