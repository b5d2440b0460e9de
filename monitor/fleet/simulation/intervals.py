"""Spans of time as (start, end) in Unix seconds, and what they have in common. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[float, float]


def union(spans: Iterable[Interval]) -> list[Interval]:
    """In order, without overlaps; empty ones are left out."""
    made: list[Interval] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made


def clip(spans: Iterable[Interval], start: float, end: float) -> list[Interval]:
    """The parts between start and end."""
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]


def common(first: Sequence[Interval], second: Sequence[Interval]) -> list[Interval]:
    """What is in both."""
    return union((max(a, c), min(b, d)) for a, b in first for c, d in second if a < d and c < b)


def length(spans: Iterable[Interval]) -> float:
    """Seconds, of spans without overlaps."""
    return sum(end - start for start, end in spans)


def within(spans: Iterable[Interval], at: float) -> Interval | None:
    """The span that holds this moment."""
    return next((span for span in spans if span[0] <= at < span[1]), None)
