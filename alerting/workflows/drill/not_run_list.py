"""Scheduled drills that did not run: when they were due and why not, for the list and the evaluation. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from alerting.journal.rows import Event
from alerting.messages.reasons import say_reason
from alerting.plan.model import Plan
from alerting.words import Words

NOT_RUN = frozenset({"drill_skipped", "drill_failed"})
"""Verbs of the journal; a failed one could not be begun by the monitor."""


def several_rooms(events: Iterable[Event]) -> bool:
    """Whether the room has to be named beside them."""
    return len({event.data["room"] for event in events if event.data.get("room")}) > 1


def due_at(event: Event) -> float:
    """Unix seconds at which it should have begun."""
    due = event.data.get("due")
    return float(due) if isinstance(due, (int, float)) else event.at


def not_run_line(event: Event, plan: Plan, words: Words, *, time: str, fault: str, room: str = "") -> str:
    """time, fault, room: as people read them; room "" where there is only one."""
    schedule = plan.drills.get(str(event.data.get("drill", "")))
    name = schedule.name if schedule is not None else str(event.data.get("drill", ""))
    where = words.text("message.comma").join((room, fault)) if room else fault
    return words.text("drill.not_run", time=time, name=name, fault=where, why=say_reason(event.why, words))
