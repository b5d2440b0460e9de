"""What the plan does, one line each: the workflows of an incident and the scheduled tasks."""

from __future__ import annotations

from alerting.engine.workflow import ScheduledTask, Workflow
from alerting.model.remedy_outcome import CarryOutIn
from alerting.service.api_tokens import ApiTokens
from alerting.workflows.alertmanager_handover import AlertmanagerView, HandoverToAlertmanager
from alerting.workflows.backup import BackupPlan
from alerting.workflows.drill.drills import Drills
from alerting.workflows.remedies import Remedies
from alerting.workflows.report import PostIncidentReport, Printer
from alerting.workflows.scheduled import evaluation
from alerting.workflows.scheduled.backup_tests import BackupTests
from alerting.workflows.scheduled.duty_swaps import DutySwaps
from alerting.workflows.scheduled.improvement_actions import ActionReminders, Proposed
from alerting.workflows.scheduled.inspections import Inspections
from alerting.workflows.scheduled.journal_damage import JournalDamage
from alerting.workflows.scheduled.link_check import check_link
from alerting.workflows.scheduled.meeting_feedback import MeetingFeedback
from alerting.workflows.scheduled.roster_reminders import Rosters
from alerting.workflows.scheduled.spares_stock import Stores
from alerting.workflows.scheduled.uptime_record import WatchTrace
from alerting.workflows.spare_requests import Logistics
from alerting.workflows.workflow_order import in_order


def workflows(
    carry_out_in: CarryOutIn, printer: Printer, drills: Drills, alertmanager: AlertmanagerView
) -> tuple[Workflow, ...]:
    """``printer``: makes the files of a signed report. ``alertmanager``: what is known of it."""
    remedies, backups = Remedies(carry_out_in), BackupPlan(carry_out_in)
    handover = HandoverToAlertmanager(alertmanager)
    return in_order(remedies, backups, Logistics(), drills, PostIncidentReport(printer), before_the_chain=(handover,))


def tasks(
    drills: Drills,
    last_event: float = 0.0,
    printer: evaluation.Printer | None = None,
    proposed: Proposed | None = None,
) -> tuple[ScheduledTask, ...]:
    """``last_event``: Unix time of the journal's newest event. ``printer``: makes the files of an evaluation.
    ``proposed``: draws up what rules propose."""
    return (
        WatchTrace(last_event),
        JournalDamage(),
        drills,
        Inspections(),
        Rosters(),
        Stores(),
        BackupTests(check_link),
        evaluation.EvaluationTask(printer),
        ActionReminders(proposed),
        DutySwaps(),
        MeetingFeedback(),
        ApiTokens(),
    )
