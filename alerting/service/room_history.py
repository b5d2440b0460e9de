"""The history of a room: availability by day and by kind of fault, minutes of meetings lost, a health score. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.journal.rows import Event
from alerting.model.fault import Severity
from alerting.papers.report.case_file import CaseFile, silent_since
from alerting.papers.report.impact import impact_of
from alerting.papers.report.times import measure
from alerting.plan.running_plan import RunningPlan

DAYS_BACK = 366
"""For the months: the same one of last year is among them."""
MONTHS = 12
WEIGHTS = {"available": 50, "in_time": 30, "meetings": 20}
"""Points of the score, 100 in all. A room that does not work counts most, then late help, then meetings hit."""

ENOUGH = 86400.0
"""Seconds watched from which there is a score: of less, one fault is most."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryDay:
    """day: "2026-11-28". available: share of the watched time without a critical incident, 0 to 1; None where the room
    was not watched. watched: seconds. broken: class → seconds of incidents that day, of any severity."""

    day: str
    available: float | None
    watched: float
    broken: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryMonth:
    month: str
    incidents: int
    drills: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthScore:
    """points: 0 to 100, None where nothing is known. available, in_time, meetings: the shares it is made of, 0 to 1."""

    points: int | None
    available: float
    in_time: float
    meetings: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomHistory:
    """kinds: class → (incidents, seconds broken, availability by it alone). lost: seconds of meetings. hit: incidents
    that cost one a minute or more."""

    days: tuple[HistoryDay, ...]
    months: tuple[HistoryMonth, ...]
    kinds: dict[str, tuple[int, float, float | None]]
    lost: float
    hit: int
    incidents: int
    drills: int
    score: HealthScore


def history_of(
    cases: Sequence[CaseFile], woke: Iterable[Event], since: float, days: int, now: float, plan: RunningPlan
) -> RoomHistory:
    """cases: of one room, drills among them. woke: the monitor's events of that verb, each a time in which it slept.
    since: when it began to watch. days: how many, today the last. Time in which it was switched off in order is not
    told apart from time without a fault."""
    today = plan.wall(now).date()
    dates = [today - dt.timedelta(days=days - 1 - n) for n in range(days)]
    edges = [_midnight(one, plan) for one in (*dates, today + dt.timedelta(days=1))]
    real = [one for one in cases if not one.incident.drill]
    within = [one for one in real if one.end > edges[0]]
    unwatched = [(0.0, since), *((silent_since(one), one.at) for one in woke)]
    rows = tuple(
        _day(date.isoformat(), (edges[n], min(edges[n + 1], now)), within, unwatched) for n, date in enumerate(dates)
    )
    watched = sum(one.watched for one in rows)
    kinds = {}
    for kind in sorted({one.incident.fault_class.value for one in within}):
        own = [one for one in within if one.incident.fault_class.value == kind]
        broken = sum(row.broken.get(kind, 0.0) for row in rows)
        kinds[kind] = (len(own), broken, max(0.0, 1 - broken / watched) if watched else None)
    lost = [impact_of(one).lost or 0.0 for one in within]
    hit = sum(one >= 60 for one in lost)
    return RoomHistory(
        days=rows,
        months=_months(cases, today, plan),
        kinds=kinds,
        lost=sum(lost),
        hit=hit,
        incidents=len(within),
        drills=sum(one.incident.drill and one.end > edges[0] for one in cases),
        score=_score(rows, within, hit, plan),
    )


def _score(rows: Sequence[HistoryDay], cases: Sequence[CaseFile], hit: int, plan: RunningPlan) -> HealthScore:
    watched = sum(one.watched for one in rows)
    worked = sum((one.available or 0.0) * one.watched for one in rows)
    judged = [
        one
        for case in cases
        for one in measure(case, plan.data.targets)
        if one.name == "restore" and one.met is not None
    ]
    available = worked / watched if watched else 0.0
    in_time = sum(one.met is True for one in judged) / len(judged) if judged else 1.0
    meetings = 1 - hit / len(cases) if cases else 1.0
    points = (
        WEIGHTS["available"] * available + WEIGHTS["in_time"] * in_time + WEIGHTS["meetings"] * meetings
        if watched >= ENOUGH
        else None
    )
    return HealthScore(
        points=None if points is None else round(points), available=available, in_time=in_time, meetings=meetings
    )


def _day(name: str, day: Span, cases: Sequence[CaseFile], unwatched: Sequence[Span]) -> HistoryDay:
    gaps = _cut(unwatched, day)
    watched = max(0.0, day[1] - day[0] - _length(gaps))
    spans: dict[str, list[Span]] = defaultdict(list)
    for case in cases:
        own = _cut([(case.began, case.end)], day)
        spans[case.incident.fault_class.value] += own
        if case.incident.worst is Severity.CRITICAL:
            works = min(case.end, case.incident.mitigated_at or case.end)
            spans["*"] += _cut([(case.began, works)], day)
    down = _length([*spans.pop("*", []), *gaps]) - _length(gaps)
    broken = {kind: _length(own) for kind, own in spans.items() if own}
    return HistoryDay(
        day=name,
        available=max(0.0, 1 - down / watched) if watched >= 1 else None,
        watched=watched,
        broken=broken,
    )


def _months(cases: Sequence[CaseFile], today: dt.date, plan: RunningPlan) -> tuple[HistoryMonth, ...]:
    real, drills = Counter[str](), Counter[str]()
    for one in cases:
        counted = drills if one.incident.drill else real
        counted[f"{plan.wall(one.incident.opened_at):%Y-%m}"] += 1
    months = []
    year, month = today.year, today.month
    for _ in range(MONTHS):
        name = f"{year}-{month:02}"
        months.append(HistoryMonth(month=name, incidents=real[name], drills=drills[name]))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return tuple(reversed(months))


def _cut(spans: Iterable[Span], within: Span) -> list[Span]:
    cut = [(max(start, within[0]), min(end, within[1])) for start, end in spans]
    return [one for one in cut if one[0] < one[1]]


def _length(spans: Iterable[Span]) -> float:
    """Seconds that the spans cover together, what overlaps once."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _midnight(day: dt.date, plan: RunningPlan) -> float:
    """Unix seconds; of days of 23 and 25 hours too."""
    return dt.datetime.combine(day, dt.time(), plan.zone).timestamp()
