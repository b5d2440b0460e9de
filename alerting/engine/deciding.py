"""What one turn decides: which courses and duties are asked, how often, and what a person's word reaches.

Pure but for the log: reads and changes through the turn. Refuses to write, to send and to know the time of day.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from typing import Any

from alerting.engine import commands as verbs
from alerting.engine import ingest as intake
from alerting.engine.transaction import Desk, Turn
from alerting.engine.workflow import Course, Duty
from alerting.model.incident import Incident, Phase

log = logging.getLogger("roomwatch.engine")

PASSES = 8
"""Rounds of the courses over one incident within one turn: one's step may be another's start, but two that drive
each other in a circle must not hold the alarm."""
AFTER_A_BREAK = 60.0
"""Seconds until a course or duty that broke is asked again."""


class Deciding:
    """on_record: a closed incident by its number, None where there is none."""

    def __init__(
        self,
        desk: Desk,
        courses: Sequence[Course],
        duties: Sequence[Duty],
        on_record: Callable[[int], Incident | None],
    ) -> None:
        self._desk, self._courses, self._duties = desk, courses, duties
        self._on_record = on_record
        self._duty_at = dict.fromkeys((duty.name for duty in duties), -math.inf)

    @property
    def duty_commands(self) -> frozenset[str]:
        """What ``duty_command`` takes."""
        return frozenset(name for duty in self._duties for name in duty.commands)

    def next_duty_at(self) -> float:
        """Engine time; infinity where no duty waits."""
        return min(self._duty_at.values(), default=math.inf)

    def ask_duties_anew(self) -> None:
        """The plan has changed: what each waited for may have too."""
        self._duty_at = dict.fromkeys(self._duty_at, -math.inf)

    def evaluate(self, turn: Turn) -> None:
        """Everything that is due in this turn."""
        for duty in self._duties:
            if self._duty_at[duty.name] <= turn.now:
                self._duty_at[duty.name] = self._asked(duty.name, turn, lambda duty=duty: duty.perform(turn))  # type: ignore[misc]
        self.look_at_changed_rows(turn)
        for incident in list(self._desk.cases.due(turn.now)):
            self._consider(incident.id, turn)

    def look_at_changed_rows(self, turn: Turn) -> None:
        """Incidents whose messages changed are looked at again: an acceptance starts a clock."""
        for number in self._desk.cases.keep(turn.batch.notifications.values(), turn.batch):
            if turn.incident(number) is not None:
                turn.look_at(number, turn.now)

    def command(self, verb: str, number: int, by: str, arguments: dict[str, object], turn: Turn) -> Incident:
        """A person's word on an incident. Raises verbs.Refused with what to do instead."""
        known = {name: action for course in self._courses for name, action in course.verbs.items()}
        action = verbs.VERBS.get(verb) or known.get(verb)
        if action is None:
            raise verbs.Refused(f"no command {verb!r}; there are {', '.join(sorted({*verbs.VERBS, *known}))}")
        incident = turn.incident(number)
        if incident is None and verb in verbs.AFTER_CLOSE:
            incident = self._on_record(number)
        if incident is None or (incident.phase is Phase.CLOSED and verb not in verbs.AFTER_CLOSE):
            there = ", ".join(str(one.id) for one in self._desk.cases.not_closed()) or "none"
            raise verbs.Refused(f"no open incident {number}; open: {there}")
        return intake.carry_out(action(incident, by, turn.plan, turn.now, arguments), by, turn)

    def duty_command(self, name: str, by: str, arguments: dict[str, object], turn: Turn) -> dict[str, Any]:
        """A person's word on a duty, which is asked again at once. Raises verbs.Refused."""
        for duty in self._duties:
            if name in duty.commands:
                answer = duty.commands[name](turn, by, arguments)
                self._duty_at[duty.name] = -math.inf
                return answer
        there = ", ".join(sorted(name for duty in self._duties for name in duty.commands)) or "none"
        raise verbs.Refused(f"no command {name!r}; there are {there}")

    def _consider(self, number: int, turn: Turn) -> None:
        """Ask every course, again while one of them changed the incident: a step of one may be another's start."""
        at = turn.now
        for _ in range(PASSES):
            before, at = turn.incident(number), math.inf
            for course in self._courses:
                incident = turn.incident(number)
                if incident is None:
                    return
                at = min(at, self._asked(course.name, turn, lambda c=course, i=incident: c.consider(i, turn)))  # type: ignore[misc]
            if turn.incident(number) is before:
                break
        if turn.incident(number) is not None:
            turn.look_at(number, at)

    def _asked(self, name: str, turn: Turn, ask: Callable[[], float]) -> float:
        """A course that breaks costs itself alone: the alarm of the others goes on."""
        try:
            return ask()
        except Exception:
            log.exception("%s broke; it is asked again in %.0f s", name, AFTER_A_BREAK)
            return turn.now + AFTER_A_BREAK
