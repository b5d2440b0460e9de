"""What the engine asks of each part of the plan: a workflow decides for one incident, a scheduled task by the calendar.

Both decide within a transaction. What they do in the world comes after the commit (Transaction.afterwards).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from alerting.engine.commands import IncidentCommand
from alerting.engine.transaction import Transaction
from alerting.model.incident import Incident

TaskCommand = Callable[[Transaction, str, Mapping[str, Any]], dict[str, Any]]
"""(transaction, who, arguments) → answer. Raises commands.Refused with what to do instead."""


class Workflow(Protocol):
    """What the plan wants for one incident. ``name``: for logs. ``incident_commands``: what people may tell it."""

    name: str
    incident_commands: Mapping[str, IncidentCommand]

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        """Write what is due now; the Unix time of the next look (infinity: only after a change).

        Called after every change of the incident, of what became of its messages, at the returned time, and once
        after a start. It must cost nothing while nothing is due, and do nothing twice: what it did is in the
        incident or in the journal's memory.
        """
        ...


class ScheduledTask(Protocol):
    """What the plan wants by the calendar, without an incident: checks, drills, reminders."""

    name: str
    commands: Mapping[str, TaskCommand]

    def perform(self, transaction: Transaction) -> float:
        """Write what is due now; the Unix time of the next look (infinity: never). Called at the start, at the returned
        time, after each of its commands and after the plan changed. What was done is in the journal's memory
        (Transaction.remember), so that a restart repeats nothing."""
        ...
