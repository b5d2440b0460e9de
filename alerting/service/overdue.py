"""What people owe by the plan's calendar: reports, drills, inspections. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from alerting.journal.contract import JournalReader
from alerting.journal.rows import Event
from alerting.model.incident import Incident, ReportState
from alerting.plan.contract import ResponsePlan
from alerting.service.state_figures import Overdue
from alerting.workflows.drill.drills import STILL_THAT_DAY
from alerting.workflows.scheduled.inspections import latest, overdue
from alerting.workflows.scheduled.reminder import unix, wall

LOOK_BACK = 400 * 86400.0
"""Seconds of the journal that are read: a drill may be held once a year."""


def reports_overdue(incidents: Iterable[Incident], now: float) -> int:
    """Reports past their time that nobody signed."""
    unsigned = (one for one in incidents if one.report not in (ReportState.SIGNED, ReportState.SENT))
    return sum(one.report_due is not None and one.report_due < now for one in unsigned)


def drills_overdue(plan: ResponsePlan, rooms: Sequence[str], events: Iterable[Event], now: float) -> int:
    """Scheduled drills of each room whose day is over and since when none of their fault began there."""
    begun: dict[tuple[str, str], float] = {}
    for event in events:
        if event.verb == "drill_started":
            begun[str(event.data.get("room", "")), str(event.data.get("fault", ""))] = event.at
    missing = 0
    for schedule in plan.data.drills.values():
        day = latest(schedule, plan.data.working_days, wall(plan, now)) if schedule.fault else None
        if day is None or now <= unix(plan, day) + STILL_THAT_DAY:
            continue
        due = unix(plan, day)
        missing += sum(
            begun.get((room, schedule.fault), 0.0) < due for room in ((schedule.room,) if schedule.room else rooms)
        )
    return missing


def read_overdue(
    reader: JournalReader, plan: ResponsePlan, rooms: Sequence[str], recall: Callable[[str], str | None], now: float
) -> Overdue:
    """Raises JournalUnavailable. recall: small facts that the journal remembers, by name."""
    since = now - LOOK_BACK
    with reader.snapshot():
        incidents = reader.incidents(since, drills=False)
        events = reader.events(0, since) if plan.data.drills else []
    return Overdue(
        reports=reports_overdue(incidents, now),
        drills=drills_overdue(plan, rooms, events, now),
        inspections=len(overdue(plan, recall, now)),
    )
