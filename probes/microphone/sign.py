"""What one witness says of a burst: a label, how sure, why, and the numbers behind. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.why import Why


@dataclass(frozen=True, slots=True)
class Sign:
    """Evidence for one label: weight 0 to 1, why, and the numbers that it rests on."""

    label: str
    weight: float
    why: Why
    numbers: Mapping[str, float] = field(default_factory=dict)


def sure(distance: float, scale: float) -> float:
    """Weight from the distance to a limit: 0.5 on it, towards 1 some scales beyond, towards 0 before it."""
    if distance >= 0:
        return 1.0 - 0.5 * math.exp(-distance / scale)
    return max(0.0, 0.5 + 0.5 * distance / scale)
