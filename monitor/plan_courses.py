"""What the plan does beside the chain, one line each: the courses of an incident and the standing duties."""

from __future__ import annotations

from alerting.course import Course, Duty
from alerting.course.backup import BackupPlan
from alerting.course.logistics import Logistics
from alerting.course.remedies import Remedies
from alerting.course.report import PostIncidentReport, Printer
from alerting.drill.drills import Drills
from alerting.duty import evaluation
from alerting.duty.backup_tests import BackupTests
from alerting.duty.inspections import Inspections
from alerting.duty.link_check import check_link
from alerting.duty.rosters import Rosters
from alerting.duty.stores import Stores
from alerting.duty.watch import WatchTrace
from alerting.remedy_outcome import CarryOut


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
