"""Lays the calendar over what is seen: when the next meeting starts, when the booked one ends, who asked. Pure."""

from __future__ import annotations

from dataclasses import replace

from alerting.model.meeting_state import MeetingState
from probes.calendar import Agenda


def with_calendar(state: MeetingState, agenda: Agenda, now: float) -> MeetingState:
    """The state with the calendar's fields. ends_in is that of the booked meeting, also where nobody came."""
    booked, coming = agenda.running(now), agenda.next(now)
    named = booked or coming
    return replace(
        state,
        starts_in=None if coming is None else coming.start - now,
        ends_in=None if booked is None else booked.end - now,
        important=agenda.important(now),
        organiser="" if named is None else named.organiser,
    )


def matters(before: MeetingState, after: MeetingState, soon: float) -> bool:
    """Whether the plan must judge severities anew: seconds run on all the time, only crossing ``soon`` counts."""

    def seen(state: MeetingState) -> tuple[object, ...]:
        near = state.starts_in is not None and state.starts_in <= soon
        return state.running, state.occupied, near, state.important, state.organiser

    return seen(before) != seen(after)
