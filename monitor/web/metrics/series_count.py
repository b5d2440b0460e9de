"""How many series a page may have, and what was left out for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric

MOST_SERIES = 250
"""The most series of one room: 10,000 such rooms make 2.5 million, about what one large Prometheus holds."""

KINDS_LEFT_OUT = ("faults", "checks", "readings", "others")


@dataclass(slots=True)
class Budget:
    """left: series that may still be given away."""

    left: int = MOST_SERIES - len(KINDS_LEFT_OUT)
    left_out: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS_LEFT_OUT, 0))

    def spend(self, families: Iterable[Metric]) -> Iterator[Metric]:
        """What every page has."""
        for family in families:
            self.left -= len(family.samples)
            yield family

    def grant(self, kind: str, wanted: int, *, most: int = MOST_SERIES, each: int = 1) -> int:
        """How many of so many items may be shown; the series of the others count as left out. each: series an item."""
        granted = max(0, min(wanted, most, self.left // each))
        self.left -= granted * each
        self.left_out[kind] += (wanted - granted) * each
        return granted

    def families(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "roomwatch_series_left_out",
            f"Series that are not on this page, because a room has at most {MOST_SERIES}; by what they are of.",
            labels=["of"],
        )
        for kind, count in self.left_out.items():
            family.add_metric([kind], count)
        yield family
