"""What an attack is, and when it counts as held."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it one run makes. number: kills, flips, seconds: whatever the attack counts."""

    number: int
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """unit: "1" for what is counted, "min" for how long it was tried, "s", "MiB", "share" of 1."""

    value: float
    unit: str = "1"

    def joined(self, other: Figure) -> Figure:
        """Of two runs: counts add up, of times and growth the worse stands, of shares the smaller."""
        if self.unit in ("1", "min"):
            return Figure(self.value + other.value, self.unit)
        worse = min if self.unit == "share" else max
        return Figure(worse(self.value, other.value), self.unit)


Figures = Mapping[str, Figure]
"""By words that are read in the table: "kills", "messages lost", "longest delay of an alarm"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """what, holds: as the page says it. most, least: what a figure may be; a figure that is missing breaks it.
    small, full: its size by default and with --full. root: it mounts, or makes namespaces."""

    name: str
    what: str
    holds: str
    run: Callable[[Size], Awaitable[Figures]]
    counts: str
    small: int
    full: int
    most: Mapping[str, float] = field(default_factory=dict)
    least: Mapping[str, float] = field(default_factory=dict)
    root: bool = False

    def broken(self, figures: Figures) -> Sequence[str]:
        """Names of the figures that are not as they must be."""
        high = [name for name, most in self.most.items() if name not in figures or figures[name].value > most]
        low = [name for name, least in self.least.items() if name not in figures or figures[name].value < least]
        return high + low


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """load: of the machine, one minute's mean at the end. failed: the attack itself could not be made."""

    name: str
    figures: Figures
    day: str
    load: float
    seconds: float
    failed: str = ""

    def joined(self, other: Result) -> Result:
        both = dict(self.figures)
        for name, figure in other.figures.items():
            both[name] = both[name].joined(figure) if name in both else figure
        return Result(
            name=self.name,
            figures=both,
            day=max(self.day, other.day),
            load=max(self.load, other.load),
            seconds=self.seconds + other.seconds,
            failed=self.failed or other.failed,
        )
