"""Long lists cut to what a reader takes in: the beginning, the end, what matters between; the rest counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from alerting.papers.report.phrasing import Phrasing

T = TypeVar("T")
MOST = 150
"""Rows of one table: five or six pages. A usual incident has 20 to 60. A device that comes and goes all day has
thousands, whose pages would take minutes to make, and nobody would read them."""


@dataclass(frozen=True, slots=True)
class LeftOut(Generic[T]):
    """Rows that follow each other and are not shown."""

    rows: tuple[T, ...]


def abridged(rows: Sequence[T], matters: Callable[[T], bool], most: int = MOST) -> list[T | LeftOut[T]]:
    """All rows where there are at most so many. Else the first half of that number, the last quarter, and of those
    between the first that matter; each gap is one entry."""
    if len(rows) <= most:
        return list(rows)
    begin, end = most // 2, len(rows) - most // 4
    between = [index for index in range(begin, end) if matters(rows[index])][: most // 8]
    shown = {*range(begin), *between, *range(end, len(rows))}
    found: list[T | LeftOut[T]] = []
    gap: list[T] = []
    for index, row in enumerate(rows):
        if index in shown:
            found += [LeftOut(tuple(gap)), row] if gap else [row]
            gap = []
        else:
            gap.append(row)
    return found


def said_of(names: Iterable[str], phrasing: Phrasing) -> str:
    """How many of each kind are left out, the most frequent first."""
    counted = (phrasing.text("event.pair", name=name, value=count) for name, count in Counter(names).most_common())
    return phrasing.text("report.clause").join(counted)
