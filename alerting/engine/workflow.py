"""Courses of action: each line of the plan that runs beside the others, one file each, behind one protocol.

A course decides for one incident, a duty by the calendar. Both decide within a turn; what they do in the world comes
after that turn is written (Turn.afterwards). Refuses to know what the others do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from alerting.engine.commands import Verb
from alerting.engine.transaction import Turn
from alerting.model.incident import Incident

Command = Callable[[Turn, str, Mapping[str, Any]], dict[str, Any]]
"""(turn, who, arguments) → answer. Raises verbs.Refused with what to do instead."""


class Course(Protocol):
    """What the plan wants for one incident. ``name`` stands in logs; ``verbs``: what people may say to it."""

    name: str
    verbs: Mapping[str, Verb]

    def consider(self, incident: Incident, turn: Turn) -> float:
        """Write what is due now; the Unix time of the next look (infinity: only after a change).

        Called after every change of the incident, of what became of its messages, at the returned time, and once
        after a start. It must cost nothing while nothing is due, and do nothing twice: what it did stands in the
        incident or in the journal's memory.
        """
        ...


class Duty(Protocol):
    """What the plan wants by the calendar, without an incident: checks, drills, reminders."""

    name: str
    commands: Mapping[str, Command]

    def perform(self, turn: Turn) -> float:
        """Write what is due now; the Unix time of the next look (infinity: never). Called at the start, at the
        returned time, after each of its commands and after the plan changed. What was done stands in the
        journal's memory (Turn.remember), so that a restart repeats nothing."""
        ...
