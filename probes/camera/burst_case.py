"""One burst before the judge: what is known, what it was judged by, and the evidence for each label so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from probes.camera.burst import CameraBurst

if TYPE_CHECKING:
    from probes.camera.limits import Limits
    from probes.camera.reference import Reference

HEALTHY = "healthy"
ENOUGH = 1.0
"""Weight of evidence from which a label is said: the limit is reached, and nothing speaks against it."""
IN_DOUBT = 0.9
"""Weight from which a label is neither said nor ruled out: it may be the fault or a view that looks like it."""

LOOKS_LIKE = 0.5
"""Share of a limit from which the learned view itself looks like the fault: a framed board like dead lines, a bright
room like a white picture. There only what is more than usual speaks for it."""

GATHERING = frozenset({"frozen", "corruption", "low_fps"})
"""Labels whose evidence is new in each burst: repeats, damage and rate come by chance, a view stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """label: one of judge_frames.LABELS. confidence: 0 to 1.

    numbers: what it was judged by, plain floats. doubt: a label that this burst can neither show nor rule out ("" none;
    then ``label`` is healthy and means: nothing is shown to be wrong). detail: what kind of the label, where there are
    kinds ("upside_down"). evidence: weight for each label that was weighed, 1.0 being enough by itself. gathers: those
    weights that further bursts may add to. What something in the view speaks against is not among them: it will speak
    against it in the next burst, too.
    """

    label: str
    confidence: float
    numbers: Mapping[str, float] = field(default_factory=dict)
    doubt: str = ""
    detail: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)
    gathers: Mapping[str, float] = field(default_factory=dict)


class CameraCase:
    """Collects evidence: each judge adds to ``numbers`` and weighs; the first label with enough weight is said."""

    def __init__(self, burst: CameraBurst, reference: Reference | None, limits: Limits, *, turns: bool = False) -> None:
        self.burst, self.reference, self.limits, self.turns = burst, reference, limits, turns
        self.numbers: dict[str, float] = {}
        self.evidence: dict[str, float] = {}
        self.gathers: dict[str, float] = {}
        self.detail = ""
        self.turned_over = ""

    def weigh(self, label: str, weight: float, *, at_most: float = 1e9, stays: bool = False) -> Verdict | None:
        """Take this weight for a label; the verdict once it is enough. at_most: what speaks against it caps it. stays:
        the next burst will show just the same, since it is the view that looks so: that adds nothing up."""
        if label in GATHERING and at_most >= ENOUGH and not (stays and weight < ENOUGH):
            self.gathers[label] = max(weight, self.gathers.get(label, 0.0))
        weight = min(weight, at_most)
        self.evidence[label] = max(weight, self.evidence.get(label, 0.0))
        return self.verdict(label) if weight >= ENOUGH else None

    def over(self, label: str, name: str, limit: float, *, at_most: float = 1e9, stays: bool = False) -> Verdict | None:
        """Weigh the number ``name``, which speaks for the label the more the larger it is."""
        usual = 0.0 if self.reference is None else self.reference.usual.get(name, 0.0)
        more = self.numbers[name] - (usual if usual >= LOOKS_LIKE * limit else 0.0)
        return self.weigh(label, _ratio(more, limit), at_most=at_most, stays=stays)

    def under(self, label: str, name: str, limit: float, *, at_most: float = 1e9) -> Verdict | None:
        """Weigh the number ``name``, which speaks for the label the more the smaller it is."""
        return self.weigh(label, _ratio(limit, self.numbers[name]), at_most=at_most)

    def verdict(self, label: str) -> Verdict:
        weight = self.evidence.get(label, ENOUGH)
        return self._made(label, min(1.0, 0.5 * max(weight, ENOUGH)))

    def nothing_shown(self) -> Verdict:
        """Healthy, with the heaviest doubt that is left."""
        label, weight = max(self.evidence.items(), key=lambda one: one[1], default=("", 0.0))
        return self._made(HEALTHY, max(0.0, 1.0 - 0.5 * weight), doubt=label if weight >= IN_DOUBT else "")

    def _made(self, label: str, confidence: float, doubt: str = "") -> Verdict:
        return Verdict(
            label=label, confidence=confidence, numbers=self.numbers, doubt=doubt, detail=self.detail,
            evidence=_rounded(self.evidence), gathers=_rounded(self.gathers),
        )  # fmt: skip


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    return {name: round(weight, 3) for name, weight in weights.items()}


def _ratio(value: float, limit: float) -> float:
    if value <= 0.0:
        return 0.0
    return 10.0 if limit <= 0.0 else min(10.0, value / limit * (1.0 + 1e-9))
