"""The figures of an evaluation: times against targets, weak rooms, devices, steps and channels. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.journal.rows import NotificationState
from alerting.model.incident import ReportState
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.delivery_outcomes import expired, failed
from alerting.papers.report.times import NAMES, measure
from alerting.plan.report_rules import Targets

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
    """A step of the chains. reached: how often people were to be told in it; silent: how often nobody took it in time;
    unreached: how often its message reached nobody. cases: the incidents in which it was silent or unreached."""

    name: str
    reached: int
    silent: int
    unreached: int
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFigure:
    """A kind of way out. sent: accepted messages; waiting: on their way or held back; expired: grown too old to send;
    failed: refused, or given up for another way. median: seconds from decision to acceptance. people: contacts whose
    messages it lost, the most first."""

    path: str
    sent: int
    waiting: int
    expired: int
    failed: int
    median: float | None
    people: tuple[str, ...]

    @property
    def lost(self) -> int:
        return self.expired + self.failed

    @property
    def ended(self) -> int:
        """Messages whose end is known."""
        return self.sent + self.lost


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


UNREACHED = frozenset({"reached_nobody", "not_delivered"})
"""Why a step went on to the next: nobody had the message. Every other reason but "not_taken" is nobody's silence."""


def steps(cases: Iterable[CaseFile]) -> tuple[StepFigure, ...]:
    """Chain steps by name, in the order in which the chains have them. Why a step went on stands at the next one."""
    reached: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    unreached: Counter[str] = Counter()
    found: dict[str, dict[int, None]] = defaultdict(dict)
    order: dict[str, int] = {}
    for case in cases:
        chain, told = case.incident.chain, set()
        for record in case.incident.steps:
            if record.index < len(chain) and (record.round, record.index) not in told:
                told.add((record.round, record.index))
                name = chain[record.index].name
                order[name] = max(record.index, order.get(name, 0))
                reached[name] += 1
            before = str(record.reason.values.get("step", ""))
            if record.repeat == 0 and record.reason.code in (*UNREACHED, "not_taken"):
                (silent if record.reason.code == "not_taken" else unreached)[before] += 1
                found[before][case.incident.id] = None
    return tuple(
        StepFigure(
            name=name,
            reached=reached[name],
            silent=silent[name],
            unreached=unreached[name],
            cases=tuple(found[name]),
        )
        for name in sorted(order, key=order.__getitem__)
    )


def ways(cases: Iterable[CaseFile]) -> tuple[WayFigure, ...]:
    """Channels by kind, the one that loses most first. What was only watched, or taken back in time, counts nowhere."""
    took: dict[str, list[float]] = defaultdict(list)
    waiting: Counter[str] = Counter()
    late: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    people: dict[str, Counter[str]] = defaultdict(Counter)
    for row in (row for case in cases for row in case.notifications):
        path = row.path or row.channel
        if failed(row) or expired(row):
            (refused if failed(row) else late)[path] += 1
            people[path][row.contact] += 1
        elif row.state is NotificationState.SENT and row.accepted_at is not None:
            took[path].append(row.accepted_at - max(row.decided_at, row.not_before))
        elif not row.state.final:
            waiting[path] += 1
    found = [
        WayFigure(
            path=path,
            sent=len(took[path]),
            waiting=waiting[path],
            expired=late[path],
            failed=refused[path],
            median=percentile(took[path], 0.5),
            people=tuple(name for name, _ in people[path].most_common()),
        )
        for path in {*took, *waiting, *late, *refused}
    ]
    return tuple(sorted(found, key=lambda one: (-(one.lost / one.ended if one.ended else 0.0), one.path)))


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
