"""Thresholds and how one number is judged by them, with hysteresis."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from probes.reading import Reading
from probes.why import Why, because


class Status(StrEnum):
    """State of one check at one moment. ``unknown`` (could not be measured) is never ``failed``."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Judges one value of a reading.

    value: its name in ``Reading.values``. degraded, failed: the limits (None: not judged).
    above: True when larger is worse. clear: fraction of the limit that must be won back before the
    status improves (hysteresis), 0 to 1. fault: the code that a breach means.
    """

    value: str
    fault: str
    degraded: float | None = None
    failed: float | None = None
    above: bool = True
    clear: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one reading means. reason: the number against its limit, or the finding's own; None for neither.

    value, limit: the reading's value that broke its threshold and that limit; "" and None where a finding says it.
    """

    status: Status
    fault: str = ""
    reason: Why | None = None
    value: str = field(default="", compare=False)
    limit: float | None = field(default=None, compare=False)


def _breached(value: float, limit: float | None, threshold: Threshold, held: bool) -> bool:
    if limit is None:
        return False
    slack = abs(limit) * threshold.clear if held else 0.0
    return value > limit - slack if threshold.above else value < limit + slack


def _beyond(name: str, value: float, limit: float | None) -> Why:
    return because("beyond_limit", reading=name, seen=value, limit=limit or 0.0)


def judge(reading: Reading, thresholds: tuple[Threshold, ...], before: Judgement | None = None) -> Judgement:
    """The worst that the reading's finding and any threshold say. A value that is not a number is ``unknown``."""
    if reading.finding:
        why = reading.evidence.get("reason")
        return Judgement(status=Status.FAILED, fault=reading.finding, reason=why if isinstance(why, Why) else None)
    worst = Judgement(status=Status.OK)
    for threshold in thresholds:
        value = reading.values.get(threshold.value)
        if value is None:
            continue
        if math.isnan(value):
            if worst.status is Status.OK:
                worst = Judgement(status=Status.UNKNOWN, reason=because("not_a_number", reading=threshold.value))
            continue
        same = before is not None and before.fault == threshold.fault
        held_failed = same and before is not None and before.status is Status.FAILED
        held_any = same and before is not None and before.status in (Status.DEGRADED, Status.FAILED)
        if _breached(value, threshold.failed, threshold, held_failed):
            return Judgement(
                status=Status.FAILED,
                fault=threshold.fault,
                reason=_beyond(threshold.value, value, threshold.failed),
                value=threshold.value,
                limit=threshold.failed,
            )
        if _breached(value, threshold.degraded, threshold, held_any) and worst.status is not Status.DEGRADED:
            worst = Judgement(
                status=Status.DEGRADED,
                fault=threshold.fault,
                reason=_beyond(threshold.value, value, threshold.degraded),
                value=threshold.value,
                limit=threshold.degraded,
            )
    return worst
