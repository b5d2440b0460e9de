"""Brings the metrics' figures up to date from what the engine holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from alerting.engine.engine import Engine
from alerting.model.fault import Severity
from alerting.model.incident import Incident, Phase
from alerting.plan.running_plan import RunningPlan
from alerting.service.figures import AlertingFigures, OpenFault, OpenIncidents, RoomFigures
from alerting.service.plan_file import reaches_somebody


def fill_figures(
    figures: AlertingFigures, engine: Engine, plan: RunningPlan, *, home: str, watched: Sequence[str]
) -> None:
    """home: the room whose faults are listed one by one."""
    now, summary = engine.now(), engine.summary()
    live = [one for one in engine.incidents() if one.phase.live]
    untold, unanswered, down = summary["told_to_nobody"], summary["unanswered"], summary["paths_down"]
    assert isinstance(untold, list) and isinstance(unanswered, list) and isinstance(down, list)
    figures.outcomes = dict(engine.outcomes)
    figures.pending = _count(summary["outbox_waiting"]) + _count(summary["outbox_in_flight"])
    figures.oldest_pending = engine.oldest_pending()
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


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
