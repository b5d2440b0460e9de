"""Adds up, over looks at one camera, what no single look shows. Resident and light; keeps numbers only."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

HALF_WAY = 0.5
"""Weight of evidence that speaks neither for a fault nor against it."""
ENOUGH = 1.2
"""Sum at which a fault is said: three looks close under the limit, or five half-way to it. A single healthy look
(weight 0) takes half of a point away, so that what comes by chance does not add up over days."""


def gather(sums: MutableMapping[str, float], weights: Mapping[str, float]) -> str:
    """Add one look's weights, by label, to the sums. The label that has gathered enough, or ""."""
    for label in {*sums, *weights}:
        sums[label] = max(0.0, sums.get(label, 0.0) + weights.get(label, 0.0) - HALF_WAY)
    label, most = max(sums.items(), key=lambda one: one[1], default=("", 0.0))
    if most < ENOUGH:
        return ""
    sums[label] = ENOUGH  # so that it takes as many healthy looks again to forget
    return label
