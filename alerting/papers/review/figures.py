"""The figures of an evaluation: times against targets, weak rooms, devices, steps and channels. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.journal.rows import NotificationState
from alerting.model.incident import ReportState
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.delivery_outcomes import failed
from alerting.papers.report.times import NAMES, measure
from alerting.plan.resources import Targets

WEAK = 2
"""Incidents from which a room or a device counts as weak: one is chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFigure:
    """One of the four times over many incidents. median, p90: seconds, None where it was never measured.

    judged: incidents in which it counted; kept: those within the target; missing: those in which it never came.
    """

    name: str
    target: float
    median: float | None
    p90: float | None
    judged: int
    kept: int
    missing: int

    @property
    def share(self) -> float | None:
        """The part kept, 0 to 1; None where nothing was judged."""
        return self.kept / self.judged if self.judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weak:
    """key: what it is about. count: incidents. broken: seconds over them all. cases: their numbers."""

    key: tuple[str, ...]
    count: int
    broken: float
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigure:
    """A step of the chains. reached: how often people were told in it; passed: how often it had to go on from there."""

    name: str
    reached: int
    passed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFigure:
    """A kind of way out. median: seconds from decision to acceptance."""

    path: str
    sent: int
    failed: int
    median: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigure:
    """Reports owed, signed within their time, signed late, and still open past it."""

    owed: int
    in_time: int
    late: int
    open_late: int


def percentile(values: Sequence[float], part: float) -> float | None:
    """By nearest rank, so that it is a value that was really measured; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else None


def times(cases: Sequence[CaseFile], targets: Targets) -> tuple[TimeFigure, ...]:
    measured = [one for case in cases for one in measure(case, targets)]
    found = []
    for name in NAMES:
        own = [one for one in measured if one.name == name]
        seconds = [one.seconds for one in own if one.seconds is not None]
        judged = [one for one in own if one.met is not None]
        found.append(
            TimeFigure(
                name=name,
                target=getattr(targets, name),
                median=percentile(seconds, 0.5),
                p90=percentile(seconds, 0.9),
                judged=len(judged),
                kept=sum(one.met is True for one in judged),
                missing=sum(one.seconds is None for one in judged),
            )
        )
    return tuple(found)


def rooms(cases: Iterable[CaseFile]) -> tuple[Weak, ...]:
    """Rooms by their incidents, the worst first."""
    return _weak((((case.incident.room,), case) for case in cases), 1)


def devices(cases: Iterable[CaseFile]) -> tuple[Weak, ...]:
    """(room, fault, target) that came back, the most frequent first."""
    return _weak(
        (((case.incident.room, fault.code, fault.target), case) for case in cases for fault in case.incident.faults),
        WEAK,
    )


def _weak(entries: Iterable[tuple[tuple[str, ...], CaseFile]], least: int) -> tuple[Weak, ...]:
    grouped: dict[tuple[str, ...], dict[int, CaseFile]] = defaultdict(dict)
    for key, case in entries:
        grouped[key][case.incident.id] = case
    found = [
        Weak(
            key=key,
            count=len(own),
            broken=sum(case.end - case.began for case in own.values()),
            cases=tuple(own),
        )
        for key, own in grouped.items()
        if len(own) >= least
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, -one.broken, one.key)))


def steps(cases: Iterable[CaseFile]) -> tuple[StepFigure, ...]:
    """Chain steps by name, in the order in which the chains have them."""
    reached: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    order: dict[str, int] = {}
    for case in cases:
        chain = case.incident.chain
        rounds: dict[int, set[int]] = defaultdict(set)
        for record in case.incident.steps:
            if record.index < len(chain):
                rounds[record.round].add(record.index)
        for own in rounds.values():
            for index in own:
                name = chain[index].name
                order[name] = max(index, order.get(name, 0))
                reached[name] += 1
                passed[name] += index < max(own)
    names = sorted(order, key=order.__getitem__)
    return tuple(StepFigure(name=name, reached=reached[name], passed=passed[name]) for name in names)


def ways(cases: Iterable[CaseFile]) -> tuple[WayFigure, ...]:
    """Channels by kind, the one that fails most first. What was only watched counts as neither."""
    took: dict[str, list[float]] = defaultdict(list)
    lost: Counter[str] = Counter()
    for row in (row for case in cases for row in case.notifications):
        if failed(row):
            lost[row.path or row.channel] += 1
        elif row.state is NotificationState.SENT and row.accepted_at is not None:
            took[row.path or row.channel].append(row.accepted_at - max(row.decided_at, row.not_before))
    found = [
        WayFigure(path=path, sent=len(took[path]), failed=lost[path], median=percentile(took[path], 0.5))
        for path in {*took, *lost}
    ]
    return tuple(sorted(found, key=lambda one: (-one.failed / (one.sent + one.failed), one.path)))


def reports(cases: Iterable[CaseFile], now: float) -> ReportFigure:
    owed = [case for case in cases if case.incident.report_due is not None]
    in_time = late = open_late = 0
    for case in owed:
        signed = case.first("report_signed")
        due = case.incident.report_due or 0.0
        if signed is not None:
            in_time += signed.at <= due
            late += signed.at > due
        elif case.incident.report not in (ReportState.SIGNED, ReportState.SENT):
            open_late += now > due
    return ReportFigure(owed=len(owed), in_time=in_time, late=late, open_late=open_late)


def scores(cases: Iterable[CaseFile]) -> tuple[int, float | None]:
    """(answers, their mean) of participants' feedback."""
    found = [score for case in cases for e in case.of("feedback") if isinstance(score := e.data.get("score"), int)]
    return len(found), sum(found) / len(found) if found else None
