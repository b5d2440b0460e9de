"""The report: drafted at the end of an incident, reminded of, and sent once it is signed.

Does not write the report: alerting/papers/report drafts it out of the journal when somebody wants to read it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from alerting.engine.commands import IncidentCommand
from alerting.engine.transaction import Transaction
from alerting.model.incident import Incident, ReportState
from alerting.model.reason import Reason, because
from alerting.workflows.report_approval import COMMANDS, everybody, heads, turn_of
from alerting.workflows.report_deadline import due_at, next_reminder

log = logging.getLogger("roomwatch.engine")
replace = msgspec.structs.replace
Printer = Callable[[int], Awaitable[Sequence[Path]]]
"""Incident's number → the files of its signed report. It may fail: then the message goes out without them."""


class PostIncidentReport:
    """Owed after every incident from the plan's severity on; never after a drill."""

    name = "report"
    incident_commands: Mapping[str, IncidentCommand] = COMMANDS

    def __init__(self, printer: Printer | None = None) -> None:
        self._printer = printer
        self._printing: set[int] = set()

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if incident.phase.live:
            return math.inf
        if incident.report is ReportState.SIGNED:
            self._send(incident, transaction)
            return math.inf
        rules = transaction.plan.data.report
        if incident.report_due is None:
            due = due_at(incident, rules)
            if due is None or incident.report is ReportState.SENT:
                return math.inf
            return self._draft(incident, due, transaction)
        reminder, at = next_reminder(incident, rules, transaction.now)
        if reminder is not None:
            names = turn_of(incident, transaction.plan)
            if reminder.kind == "report_overdue":
                names = (*names, *rules.escalate_to)
            people = everybody(transaction.plan, names)
            incident = replace(incident, report_told=reminder.told)
            transaction.record(incident, reminder.kind, data={"to": list(people), "due": incident.report_due})
            transaction.tell(incident, reminder.kind, people, tag=reminder.told[-1])
        return at

    def _draft(self, incident: Incident, due: float, transaction: Transaction) -> float:
        """The journal holds the report already; from here on somebody has to finish it."""
        state = ReportState.DRAFT if incident.report is ReportState.NONE else incident.report
        incident = replace(incident, report=state, report_due=due)
        people = heads(transaction.plan, turn_of(incident, transaction.plan))
        if not people:
            log.error("nobody is named to write the report of incident %d: see [report] in the plan", incident.id)
        transaction.record(incident, "report_drafted", data={"to": list(people), "due": due})
        transaction.tell(incident, "report_drafted", people, tag="draft")
        return transaction.now

    def _send(self, incident: Incident, transaction: Transaction) -> None:
        """Print, then send. A crash in between prints again: "sent" is in one batch with the messages."""
        if self._printer is None:
            self._sent(incident.id, (), transaction)
        elif incident.id not in self._printing:
            self._printing.add(incident.id)
            printer, number = self._printer, incident.id
            transaction.afterwards(lambda: printer(number), lambda result, later: self._sent(number, result, later))

    def _sent(self, number: int, result: Any, transaction: Transaction) -> None:
        self._printing.discard(number)
        incident = transaction.incident(number)
        if incident is None or incident.report is not ReportState.SIGNED:
            return
        why = Reason()
        if isinstance(result, Exception):
            why, result = because("files_not_made", detail=str(result)), ()
        rules = transaction.plan.data.report
        people = everybody(transaction.plan, (*rules.send_to, *rules.circulate_to))
        files = tuple(str(path) for path in result)
        incident = replace(incident, report=ReportState.SENT)
        data = {"to": list(people), "files": [Path(path).name for path in files]}
        transaction.record(incident, "report_sent", why=why, data=data)
        transaction.tell(incident, "report_sent", people, tag="sent", attachments=files)
