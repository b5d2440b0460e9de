"""What the plan does beside the chain, one line each: the courses of an incident and the standing duties."""

from __future__ import annotations

from alerting.engine.workflow import Course, Duty
from alerting.model.remedy_outcome import CarryOut
from alerting.workflows.backup import BackupPlan
from alerting.workflows.drill.drills import Drills
from alerting.workflows.logistics import Logistics
from alerting.workflows.remedies import Remedies
from alerting.workflows.report import PostIncidentReport, Printer
from alerting.workflows.scheduled import evaluation
from alerting.workflows.scheduled.backup_tests import BackupTests
from alerting.workflows.scheduled.inspections import Inspections
from alerting.workflows.scheduled.link_check import check_link
from alerting.workflows.scheduled.presence import WatchTrace
from alerting.workflows.scheduled.rosters import Rosters
from alerting.workflows.scheduled.stores import Stores


def courses(room: str, carry_out: CarryOut | None, printer: Printer, drills: Drills) -> tuple[Course, ...]:
    """``carry_out``: the machine part of this room; without one remedies are left to people. ``printer``: makes the
    files of a signed report."""
    remedies: tuple[Course, ...] = (Remedies(carry_out, room=room),) if carry_out is not None else ()
    return (*remedies, BackupPlan(carry_out, room=room), Logistics(), drills, PostIncidentReport(printer))


def duties(drills: Drills, last_event: float = 0.0, printer: evaluation.Printer | None = None) -> tuple[Duty, ...]:
    """``last_event``: Unix time of the journal's newest event. ``printer``: makes the files of an evaluation."""
    return (
        WatchTrace(last_event),
        drills,
        Inspections(),
        Rosters(),
        Stores(),
        BackupTests(check_link),
        evaluation.Evaluation(printer),
    )
