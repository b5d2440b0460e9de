"""Observations counted in buckets, as a metrics page gives them."""

from __future__ import annotations

import math
from bisect import bisect_left


class Histogram:
    """bounds: upper limits of the buckets, rising, without infinity. total: the sum of what was observed."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    @property
    def count(self) -> int:
        return sum(self.counts)

    def observe(self, value: float) -> None:
        """A negative value (a clock that was set back) counts as 0; what is no number does not count."""
        if math.isnan(value):
            return
        value = max(0.0, value)
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """(upper limit as text, how many lie at or below it), the last one "+Inf"."""
        found: list[tuple[str, float]] = []
        below = 0
        for bound, count in zip((*map(_text, self.bounds), "+Inf"), self.counts, strict=True):
            below += count
            found.append((bound, float(below)))
        return found


def _text(bound: float) -> str:
    """As Prometheus' clients write it: always a floating number."""
    return repr(float(bound))
