"""Which checks a fault's own check stands on, by the catalogue: what makes one fault the cause of another. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.model.fault import FaultKind


def needed_checks(code: str, kinds: Mapping[str, FaultKind]) -> frozenset[str]:
    """Checks without which the fault's check cannot work, directly or through others."""
    needs: dict[str, set[str]] = {}
    for kind in kinds.values():
        needs.setdefault(kind.check, set()).update(kind.depends_on)
    found: set[str] = set()
    waiting = list(kinds[code].depends_on)
    while waiting:
        check = waiting.pop()
        if check not in found:
            found.add(check)
            waiting.extend(needs.get(check, ()))
    return frozenset(found)
