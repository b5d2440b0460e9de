"""The verdict over one walk of the network ladder, as data. Refuses to print, and to speak any language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alerting.catalogue import KINDS
from monitor.correlate import correlate
from probes.reading import CannotMeasure, NothingToMeasure, Outcome, Reading
from probes.threshold import Threshold, judge

MILLISECONDS = (
    "gateway_rtt_seconds",
    "gateway_arp_seconds",
    "dns_seconds",
    "dns_resolver_seconds",
    "internet_rtt_seconds",
    "internet6_rtt_seconds",
    "proxy_connect_seconds",
    "service_seconds",
    "stun_rtt_seconds",
    "media_rtt_seconds",
)
"""The one time that a rung shows, the first that it has."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of the view. status: ok, degraded, failed, unknown or absent. seconds: its time, None where none."""

    check: str
    target: str
    status: str
    fault: str
    note: str
    seconds: float | None
    values: dict[str, float]
    evidence: dict[str, Any]


def rung(outcome: Outcome, thresholds: tuple[Threshold, ...]) -> Rung:
    if isinstance(outcome, Reading):
        judgement = judge(outcome, thresholds)
        values = {name: value for name, value in outcome.values.items() if value == value}
        seconds = next((values[name] for name in MILLISECONDS if name in values), None)
        note = str(outcome.evidence.get("reason", "")) or (judgement.reason if judgement.fault else "")
        return Rung(
            outcome.check,
            outcome.target,
            judgement.status.value,
            judgement.fault,
            note,
            seconds,
            values,
            dict(outcome.evidence),
        )
    status = "absent" if isinstance(outcome, NothingToMeasure) else "unknown"
    note = outcome.reason
    if isinstance(outcome, CannotMeasure) and outcome.remedy:
        note = f"{note} {outcome.remedy}"
    return Rung(outcome.check, outcome.target, status, "", note, None, {}, {})


@dataclass(frozen=True, slots=True)
class Verdict:
    """cause: the fault code to act on first, "" when all is well. others: further causes. symptoms: explained ones."""

    cause: str
    others: tuple[str, ...]
    symptoms: tuple[str, ...]


def verdict(rungs: Sequence[Rung]) -> Verdict:
    """The deepest failing rung is the cause; of several independent ones the heavier, then the deeper."""
    failing = list(dict.fromkeys(one.fault for one in rungs if one.fault))
    if not failing:
        return Verdict("", (), ())
    causes = correlate(failing, KINDS).causes
    ranked = sorted(causes, key=lambda code: (-KINDS[code].weight, failing.index(code)))
    symptoms = tuple(sorted({code for codes in causes.values() for code in codes}))
    return Verdict(ranked[0], tuple(ranked[1:]), symptoms)
