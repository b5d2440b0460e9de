"""The scheduled evaluation (定期评估), and the list of improvements as people change it.

Does not evaluate: alerting/papers/review does, in a child, out of the journal.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.model.reason import said
from alerting.plan.recurring_dates import RecurringDate
from alerting.plan.report_rules import Evaluation as Rules
from alerting.workflows.report_approval import TEXT_LIMIT
from alerting.workflows.scheduled.improvement_actions import forget, keep
from alerting.workflows.scheduled.inspections import latest, upcoming
from alerting.workflows.scheduled.reminder import day_open, next_morning, remind, unix, wall

log = logging.getLogger("roomwatch.duty")
Printer = Callable[[float, float, str], Awaitable[Sequence[Path]]]
"""(since, until, the folder's name) → the files of the evaluation. It may fail: then the message goes without them."""


class EvaluationTask:
    name = "evaluation"

    def __init__(self, printer: Printer | None = None) -> None:
        self._printer = printer
        self._printing = ""
        self.commands: Mapping[str, TaskCommand] = {"improvement_add": _add, "improvement_close": _close}

    def perform(self, transaction: Transaction) -> float:
        schedule = _schedule(transaction.plan.data.evaluation)
        if schedule is None:
            return math.inf
        if not day_open(transaction.plan, transaction.now):
            return next_morning(transaction.plan, transaction.now)
        here, rules = wall(transaction.plan, transaction.now), transaction.plan.data.working_days
        day, following = latest(schedule, rules, here), upcoming(schedule, rules, here)
        at = unix(transaction.plan, following) if following is not None else math.inf
        if day is None:
            return at
        occasion = f"evaluation.{day:%Y-%m-%d}"
        if transaction.recall(f"reminded.{occasion}") is None and self._printing != occasion:
            if transaction.recall("evaluation.first") is None:
                # A plan that is new here begins with the next one: there is nothing of its own to look back upon.
                transaction.remember("evaluation.first", occasion)
                transaction.remember(f"reminded.{occasion}", f"{transaction.now:.0f}")
                return at
            self._begin(occasion, f"{day:%Y-%m-%d}", unix(transaction.plan, day), transaction)
        return at

    def _begin(self, occasion: str, day: str, until: float, transaction: Transaction) -> None:
        """Print, then tell. A crash in between prints again: "told" is in one batch with the messages."""
        since = until - transaction.plan.data.evaluation.days * 86400.0
        if self._printer is None:
            _tell(occasion, day, (), transaction)
            return
        self._printing = occasion
        printer = self._printer

        def printed(result: Any, later: Transaction) -> None:
            self._printing = ""
            if isinstance(result, Exception):
                log.error("the evaluation of %s could not be printed: %s", day, result)
                result = ()
            _tell(occasion, day, tuple(str(path) for path in result), later)

        transaction.afterwards(lambda: printer(since, until, day), printed)


def _tell(occasion: str, day: str, files: tuple[str, ...], transaction: Transaction) -> None:
    rules = transaction.plan.data.evaluation
    values = {"day": day, "days": rules.days}
    remind(transaction, occasion, rules.to, "evaluation", values, attachments=files)


def _schedule(rules: Rules) -> RecurringDate | None:
    if not rules.every_days or rules.start is None:
        return None
    return RecurringDate(name="evaluation", every_days=rules.every_days, start=rules.start, at=rules.at, who=rules.to)


def _add(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    text = str(arguments.get("text") or "").strip()
    if not text or len(text) > TEXT_LIMIT:
        raise Refused("improvement_without_text")
    number = int(transaction.recall("improvements.added") or 0) + 1
    transaction.remember("improvements.added", str(number))
    key = f"own:{number}"
    action = keep(transaction, key, text, by, arguments)
    transaction.event("improvement_added", by=by, data={"key": key, **action})
    return {"key": key, "owner": action["owner"], "due": action["due"]}


def _close(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    key = str(arguments.get("key") or "").strip()
    why = str(arguments.get("text") or "").strip()
    if not key:
        raise Refused("which_improvement")
    if not why:
        raise Refused("improvement_not_done")
    forget(transaction, key)
    transaction.event("improvement_closed", by=by, why=said(why), data={"key": key})
    return {"key": key}
