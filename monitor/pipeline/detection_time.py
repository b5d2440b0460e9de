"""How long a fault may stand at worst before it is told, by the schedule of the probe that looks for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.model.catalogue import KINDS
from alerting.model.fault import FaultKind, Severity
from monitor.settings import ProbeSchedule, Settings

BY_NIGHT = frozenset({"acoustic"})
"""Probes whose real look has a time of its own, whatever the schedule says."""


def worst(kind: FaultKind, schedule: ProbeSchedule, patience: float) -> float:
    """Seconds: it begins right after a look, and waits for the next one and for its confirmation or patience."""
    return schedule.interval + max((schedule.fail_after - 1) * schedule.confirm_interval, patience)


def slower_than(target: float, settings: Settings) -> Mapping[str, float]:
    """Probe → seconds for the slowest of its faults that stops a meeting, where that is more than the target."""
    found: dict[str, float] = {}
    for kind in KINDS.values():
        probe = kind.check.partition(".")[0]
        schedule = settings.schedule.get(probe)
        if schedule is None or not schedule.enabled or probe in BY_NIGHT or kind.weight is not Severity.CRITICAL:
            continue
        seconds = worst(kind, schedule, settings.patience.get(kind.code, kind.patience))
        if seconds > target:
            found[probe] = max(seconds, found.get(probe, 0.0))
    return found
