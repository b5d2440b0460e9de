"""What the service says of itself, for the metrics page, and how it is read from the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from alerting.engine.engine import Engine
from alerting.model.fault import Severity
from alerting.model.incident import Incident, Phase
from alerting.plan.running_plan import RunningPlan
from alerting.service.plan_file import reaches_somebody
from alerting.service.response_times import ResponseCounters


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFigures:
    """Figures of the live incidents of one room. told_nobody: how many of them could be told to nobody."""

    open_by_severity: Mapping[str, int]
    told_nobody: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFault:
    """One open fault of a live incident at home. severity: the incident's, as a word. since: Unix seconds.

    quiet: people hear of it when the plan's quiet hours end. declared: a person told it, no probe found it.
    """

    code: str
    target: str
    since: float
    severity: str
    quiet: bool = False
    drill: bool = False
    declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncidents:
    """How many live incidents have these three in common."""

    severity: str
    taken: bool
    drill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """What people owe by the plan's calendar and did not do in time."""

    reports: int = 0
    drills: int = 0
    inspections: int = 0


@dataclass(slots=True)
class AlertingFigures:
    """outcomes: sent, failed, expired … → notifications since the start. Times are Unix seconds, 0 for never.

    pending: messages that are due. oldest_pending: since when the oldest of them is. unanswered: live incidents whose
    chain ended and that nobody took; told_nobody: those of them that nobody could be told. faults: open ones at home.
    critical: a critical incident at home is open, no drill, and nothing helps yet. rooms: by id, those with live
    incidents and those that are watched. alertmanagers_down: members of its cluster whose last request failed.
    """

    outcomes: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    oldest_pending: float = 0.0
    channels_down: int = 0
    alertmanagers_down: int = 0
    reaches_somebody: bool = True
    quiet: bool = False
    journal_writable: bool = True
    incidents: Mapping[OpenIncidents, int] = field(default_factory=dict)
    unanswered: int = 0
    told_nobody: int = 0
    critical: bool = False
    faults: tuple[OpenFault, ...] = ()
    rooms: Mapping[str, RoomFigures] = field(default_factory=dict)
    response: ResponseCounters = field(default_factory=ResponseCounters)
    overdue: Overdue = Overdue()
    audit_findings: int = 0
    last_audit: float = 0.0


def fill_figures(
    figures: AlertingFigures, engine: Engine, plan: RunningPlan, *, home: str, watched: Sequence[str]
) -> None:
    """Bring what the engine holds up to date. home: the room whose faults are listed one by one."""
    now, summary = engine.now(), engine.summary()
    live = [one for one in engine.incidents() if one.phase.live]
    untold, unanswered, down = summary["told_to_nobody"], summary["unanswered"], summary["paths_down"]
    assert isinstance(untold, list) and isinstance(unanswered, list) and isinstance(down, list)
    figures.outcomes = dict(engine.outcomes)
    due = engine.due_messages()
    figures.pending = len(due)
    figures.oldest_pending = min((max(row.decided_at, row.not_before) for row in due), default=0.0)
    figures.channels_down = len(down)
    figures.reaches_somebody = reaches_somebody(plan.data)
    figures.quiet = plan.quiet(Severity.WARNING, now)
    figures.journal_writable = not engine.journal_problem
    figures.incidents = Counter(
        OpenIncidents(severity=one.severity.word, taken=one.taken(now), drill=one.drill) for one in live
    )
    real = {one.id for one in live if not one.drill}
    figures.unanswered = len(real.intersection(unanswered))
    figures.told_nobody = len(real.intersection(untold))
    here = [one for one in live if one.room == home]
    figures.critical = any(
        one.severity is Severity.CRITICAL and one.phase is Phase.OPEN and not one.drill for one in here
    )
    figures.faults = tuple(fault for one in here for fault in _faults(one, plan.quiet(one.severity, now)))
    figures.rooms = {
        room: RoomFigures(
            open_by_severity=Counter(one.severity.word for one in live if one.room == room),
            told_nobody=sum(one.id in untold for one in live if one.room == room),
        )
        for room in dict.fromkeys((*watched, *(one.room for one in live)))
    }


def _faults(incident: Incident, quiet: bool) -> Iterator[OpenFault]:
    for one in incident.open_faults:
        yield OpenFault(
            code=one.code,
            target=one.target,
            since=one.since,
            severity=incident.severity.word,
            quiet=quiet,
            drill=incident.drill,
            declared=bool(one.reported_by),
        )
