"""Which of several failing checks is the cause: the deepest one on the dependency ladder. A pure function.

What a check depends on is in alerting/model/catalogue.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from alerting.model.fault import FaultKind
from alerting.model.needed_checks import needed_checks


@dataclass(frozen=True, slots=True)
class Correlation:
    """causes: fault code → codes it explains. Every other failing code is somebody's symptom."""

    causes: Mapping[str, tuple[str, ...]]

    def explains(self, code: str) -> str:
        """The cause whose symptom this code is; "" where it is a cause itself."""
        return next((cause for cause, symptoms in self.causes.items() if code in symptoms), "")

    def without(self, codes: Collection[str]) -> Correlation:
        """The same with these codes as causes of their own."""
        if not codes:
            return self
        kept = {cause: tuple(one for one in found if one not in codes) for cause, found in self.causes.items()}
        return Correlation({**kept, **dict.fromkeys(codes, ())})


def _explains(cause: str, code: str, kinds: Mapping[str, FaultKind]) -> bool:
    """A slow link explains a choppy call, but no service that cannot be reached at all."""
    if kinds[cause].partial and kinds[cause].weight < kinds[code].weight:
        return False
    return kinds[cause].check in needed_checks(code, kinds)


def correlate(failing: Collection[str], kinds: Mapping[str, FaultKind]) -> Correlation:
    """Sort failing fault codes (pending ones too: a cause with patience must still hold back its symptoms)."""
    symptoms_of: dict[str, list[str]] = {}
    explained: dict[str, str] = {}
    for code in failing:
        below = [other for other in failing if other != code and _explains(other, code, kinds)]
        if below:
            explained[code] = below[0]
    for code in failing:
        if code not in explained:
            symptoms_of[code] = []
    for code in explained:
        root, seen = code, {code}
        while root in explained and explained[root] not in seen:
            root = explained[root]
            seen.add(root)
        symptoms_of.setdefault(root, []).append(code)
    return Correlation({cause: tuple(sorted(found)) for cause, found in symptoms_of.items()})
