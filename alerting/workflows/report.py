"""The report's course: drafted at the end of an incident, reminded of, and sent once it is signed.

Refuses to write the report: alerting/report drafts it out of the journal when somebody wants to read it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from alerting.engine.commands import Verb
from alerting.engine.transaction import Turn
from alerting.model.incident import Incident, ReportState
from alerting.plan.kinds import severity_of_word
from alerting.workflows.report_approval import VERBS, everybody, heads, turn_of
from alerting.workflows.report_deadline import next_reminder

log = logging.getLogger("roomwatch.engine")
replace = msgspec.structs.replace
Printer = Callable[[int], Awaitable[Sequence[Path]]]
"""Incident's number → the files of its signed report. It may fail: then the message goes out without them."""


class PostIncidentReport:
    """Owed after every incident from the plan's severity on; never after a drill."""

    name = "report"
    verbs: Mapping[str, Verb] = VERBS

    def __init__(self, printer: Printer | None = None) -> None:
        self._printer = printer
        self._printing: set[int] = set()

    def consider(self, incident: Incident, turn: Turn) -> float:
        if incident.phase.live:
            return math.inf
        if incident.report is ReportState.SIGNED:
            self._send(incident, turn)
            return math.inf
        rules = turn.plan.data.report
        if incident.report_due is None:
            if incident.drill or incident.resolved_at is None or incident.worst < severity_of_word(rules.severity_from):
                return math.inf
            if incident.report is ReportState.SENT:
                return math.inf
            return self._draft(incident, incident.resolved_at + rules.due, turn)
        reminder, at = next_reminder(incident, rules, turn.now)
        if reminder is not None:
            names = turn_of(incident, turn.plan)
            if reminder.kind == "report_overdue":
                names = (*names, *rules.escalate_to)
            people = everybody(turn.plan, names)
            incident = replace(incident, report_told=reminder.told)
            turn.record(incident, reminder.kind, data={"to": list(people), "due": incident.report_due})
            turn.tell(incident, reminder.kind, people, tag=reminder.told[-1])
        return at

    def _draft(self, incident: Incident, due: float, turn: Turn) -> float:
        """The journal holds the report already; from here on somebody has to finish it."""
        state = ReportState.DRAFT if incident.report is ReportState.NONE else incident.report
        incident = replace(incident, report=state, report_due=due)
        people = heads(turn.plan, turn_of(incident, turn.plan))
        if not people:
            log.error("nobody is named to write the report of incident %d: see [report] in the plan", incident.id)
        turn.record(incident, "report_drafted", data={"to": list(people), "due": due})
        turn.tell(incident, "report_drafted", people, tag="draft")
        return turn.now

    def _send(self, incident: Incident, turn: Turn) -> None:
        """Print, then send. A crash in between prints again: that it was sent stands in one batch with the messages."""
        if self._printer is None:
            self._sent(incident.id, (), turn)
        elif incident.id not in self._printing:
            self._printing.add(incident.id)
            printer, number = self._printer, incident.id
            turn.afterwards(lambda: printer(number), lambda result, later: self._sent(number, result, later))

    def _sent(self, number: int, result: Any, turn: Turn) -> None:
        self._printing.discard(number)
        incident = turn.incident(number)
        if incident is None or incident.report is not ReportState.SIGNED:
            return
        why = ""
        if isinstance(result, Exception):
            why, result = f"the files could not be made: {result}", ()
        rules = turn.plan.data.report
        people = everybody(turn.plan, (*rules.send_to, *rules.circulate_to))
        files = tuple(str(path) for path in result)
        incident = replace(incident, report=ReportState.SENT)
        data = {"to": list(people), "files": [Path(path).name for path in files]}
        turn.record(incident, "report_sent", why=why, data=data)
        turn.tell(incident, "report_sent", people, tag="sent", attachments=files)
