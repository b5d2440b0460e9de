"""The scheduled evaluation (定期评估), and the list of improvements as people change it.

Refuses to evaluate: alerting/review does, in a child, out of the journal.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alerting.engine.commands import Refused
from alerting.engine.transaction import Turn
from alerting.engine.workflow import Command
from alerting.plan.resources import Evaluation as Rules
from alerting.plan.resources import Schedule
from alerting.workflows.report_approval import TEXT_LIMIT, may
from alerting.workflows.scheduled.inspections import latest, upcoming
from alerting.workflows.scheduled.reminder import day_open, next_morning, remind, unix, wall

log = logging.getLogger("roomwatch.duty")
Printer = Callable[[float, float, str], Awaitable[Sequence[Path]]]
"""(since, until, the folder's name) → the files of the evaluation. It may fail: then the message goes without them."""


class Evaluation:
    name = "evaluation"

    def __init__(self, printer: Printer | None = None) -> None:
        self._printer = printer
        self._printing = ""
        self.commands: Mapping[str, Command] = {"improvement_add": _add, "improvement_close": _close}

    def perform(self, turn: Turn) -> float:
        schedule = _schedule(turn.plan.data.evaluation)
        if schedule is None:
            return math.inf
        if not day_open(turn.plan, turn.now):
            return next_morning(turn.plan, turn.now)
        here, rules = wall(turn.plan, turn.now), turn.plan.data.working_days
        day, following = latest(schedule, rules, here), upcoming(schedule, rules, here)
        at = unix(turn.plan, following) if following is not None else math.inf
        if day is None:
            return at
        occasion = f"evaluation.{day:%Y-%m-%d}"
        if turn.recall(f"reminded.{occasion}") is None and self._printing != occasion:
            if turn.recall("evaluation.first") is None:
                # A plan that is new here begins with the next one: there is nothing of its own to look back upon.
                turn.remember("evaluation.first", occasion)
                turn.remember(f"reminded.{occasion}", f"{turn.now:.0f}")
                return at
            self._begin(occasion, f"{day:%Y-%m-%d}", unix(turn.plan, day), turn)
        return at

    def _begin(self, occasion: str, day: str, until: float, turn: Turn) -> None:
        """Print, then tell. A crash in between prints again: that it was told stands in one batch with the messages."""
        since = until - turn.plan.data.evaluation.days * 86400.0
        if self._printer is None:
            _tell(occasion, day, (), turn)
            return
        self._printing = occasion
        printer = self._printer

        def printed(result: Any, later: Turn) -> None:
            self._printing = ""
            if isinstance(result, Exception):
                log.error("the evaluation of %s could not be printed: %s", day, result)
                result = ()
            _tell(occasion, day, tuple(str(path) for path in result), later)

        turn.afterwards(lambda: printer(since, until, day), printed)


def _tell(occasion: str, day: str, files: tuple[str, ...], turn: Turn) -> None:
    rules = turn.plan.data.evaluation
    values = {"day": day, "days": rules.days}
    remind(turn, occasion, rules.to, "evaluation", values, attachments=files)


def _schedule(rules: Rules) -> Schedule | None:
    if not rules.every_days or rules.start is None:
        return None
    return Schedule(name="evaluation", every_days=rules.every_days, start=rules.start, at=rules.at, who=rules.to)


def _add(turn: Turn, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    _may(turn, by)
    text = str(arguments.get("text") or "").strip()
    if not text or len(text) > TEXT_LIMIT:
        raise Refused("say what is to be improved")
    number = int(turn.recall("improvements.added") or 0) + 1
    turn.remember("improvements.added", str(number))
    key = f"own:{number}"
    turn.event("improvement_added", by=by, data={"key": key, "text": text})
    return {"key": key}


def _close(turn: Turn, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    _may(turn, by)
    key = str(arguments.get("key") or "").strip()
    why = str(arguments.get("text") or "").strip()
    if not key:
        raise Refused("which improvement? Give its key")
    if not why:
        raise Refused("say what was done: an improvement is not closed without")
    turn.event("improvement_closed", by=by, why=why, data={"key": key})
    return {"key": key}


def _may(turn: Turn, by: str) -> None:
    rules = turn.plan.data.report
    may(by, turn.plan, (rules.owner, *rules.reviewers, *rules.signers), "change the list of improvements")
