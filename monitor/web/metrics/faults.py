"""Checks and faults on the metrics page: each one where there is room, the counts of all of them always."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric

from alerting.model.catalogue import KINDS
from alerting.service.state_figures import AlertingFigures, OpenFault
from monitor.pipeline.snapshot import Entry, Key, Snapshot
from monitor.web.metrics.series_count import Budget
from monitor.web.metrics.shapes import gauge, gauges
from probes.reading import CannotMeasure

CODES = {"unproven": -2.0, "unknown": -1.0, "ok": 0.0, "degraded": 1.0, "failed": 2.0}
"""What is not known is below all: the highest of a room's checks is the worst that is known."""

MOST_FAULTS = 10
"""A room with more has one cause; the count of failed checks tells the rest."""
MOST_CHECKS = 60
"""Twice what a usual room has. A room with sixty programs watched has over a hundred."""

WORST_FIRST = {"critical": 0, "warning": 1, "notice": 2}


@dataclass(frozen=True, slots=True)
class _Shown:
    """One fault as the page has it. held: "no", or why nobody is told of it now."""

    code: str
    target: str
    severity: str
    cause: str
    held: str
    since: float

    @property
    def place(self) -> tuple[int, int, str, str, str]:
        """The ones that people must see first."""
        return (WORST_FIRST[self.severity], bool(self.cause) + (self.held != "no"), self.code, self.target, self.held)


def count_families(snapshot: Snapshot) -> Iterator[Metric]:
    """What is true of all checks and faults, whatever is left out."""
    found = Counter(entry.shown_state for entry in snapshot.entries.values())
    yield gauges(
        "roomwatch_checks",
        "All checks of the room by state, also those without a series of their own; unproven: never seen working here.",
        ["state"],
        [([state], found[state]) for state in CODES],
    )
    unseen = sum(not_seen(entry) for entry in snapshot.entries.values())
    yield gauge(
        "roomwatch_faults_not_seen",
        "Open faults from before the start that no probe has looked at since.",
        unseen,
    )


def not_seen(entry: Entry) -> bool:
    """It was open before the restart, and nothing was measured yet."""
    return bool(entry.state.fault) and entry.state.last is None and isinstance(entry.outcome, CannotMeasure)


def fault_families(snapshot: Snapshot, figures: AlertingFigures, budget: Budget) -> Iterator[Metric]:
    apart = {(one.code, one.target, one.held): one for one in _faults(snapshot, figures)}
    faults = sorted(apart.values(), key=lambda one: one.place)
    faults = faults[: budget.grant("faults", len(faults), most=MOST_FAULTS, each=2)]
    yield gauges(
        "roomwatch_fault_open",
        "1 for each open fault. severity: as judged now. cause: the fault that explains it. held: why nobody is told.",
        ["code", "target", "fault_class", "severity", "cause", "held"],
        [([one.code, one.target, _class(one.code), one.severity, one.cause, one.held], 1) for one in faults],
    )
    yield gauges(
        "roomwatch_fault_start_timestamp_seconds",
        "Since when each open fault lasts.",
        ["code", "target", "held"],
        [([one.code, one.target, one.held], one.since) for one in faults],
    )


def check_families(snapshot: Snapshot, budget: Budget) -> Iterator[Metric]:
    states = sorted(
        ((CODES[entry.shown_state], key) for key, entry in snapshot.entries.items()),
        key=lambda one: (one[0] <= 0, -one[0], one[1]),
    )
    states = states[: budget.grant("checks", len(states), most=MOST_CHECKS)]
    family = GaugeMetricFamily(
        "roomwatch_check_state",
        "State of a check: -2 unproven (never seen working here), -1 unknown, 0 ok, 1 degraded, 2 failed; worst first.",
        labels=["check", "target"],
    )
    for code, key in states:
        family.add_metric(list(key), code)
    yield family


def _class(code: str) -> str:
    kind = KINDS.get(code)
    return kind.fault_class.value if kind is not None else "other"


def _faults(snapshot: Snapshot, figures: AlertingFigures) -> Iterator[_Shown]:
    """What probes see, and what stands in an incident without a probe that sees it (declared, drills)."""
    known = {(one.code, one.target): one for one in figures.faults if not one.drill and not one.declared}
    explained = {code: cause for cause, codes in snapshot.causes.items() for code in codes}
    seen: set[Key] = set()
    for key, entry in snapshot.entries.items():
        code = entry.state.fault
        if not code:
            continue
        target, kind = entry.outcome.target, KINDS.get(code)
        seen.add((code, target))
        standing = known.get((code, target))
        weight = kind.weight.word if kind is not None else "warning"
        held = "maintenance" if key in snapshot.in_maintenance else _held(standing) if standing else "no"
        severity = standing.severity if standing else weight
        yield _Shown(code, target, severity, explained.get(code, ""), held, entry.state.since)
    for one in figures.faults:
        if one.drill or one.declared or (one.code, one.target) not in seen:
            yield _Shown(one.code, one.target, one.severity, "", _held(one), one.since)


def _held(fault: OpenFault) -> str:
    if fault.drill:
        return "drill"
    if fault.quiet:
        return "quiet"
    return "declared" if fault.declared else "no"
