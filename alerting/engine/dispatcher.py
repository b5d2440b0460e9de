"""Asks the workflows and scheduled tasks what is due in a transaction, and hands each command to the one that takes it.

Pure but for the log: it reads and changes through the transaction.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from alerting.engine import button_presses, commands
from alerting.engine.recovery_messages import tell_recovery
from alerting.engine.transaction import SharedState, Transaction
from alerting.engine.workflow import ScheduledTask, Workflow
from alerting.model.actor import Actor
from alerting.model.button_press import Press
from alerting.model.incident import Incident, Phase
from alerting.model.reason import because

log = logging.getLogger("roomwatch.engine")

PASSES = 8
"""Rounds of the workflows over one incident within one transaction: a step of one may start another, but two that
start each other for ever must not hold the alarm."""
AFTER_A_BREAK = 60.0
"""Seconds until a workflow or task that broke is asked again."""


class Dispatcher:
    """on_record: a closed incident by its number, None where there is none."""

    def __init__(
        self,
        shared: SharedState,
        workflows: Sequence[Workflow],
        tasks: Sequence[ScheduledTask],
        on_record: Callable[[int], Incident | None],
    ) -> None:
        self._shared, self._workflows, self._tasks = shared, workflows, tasks
        self._on_record = on_record
        self._task_at = dict.fromkeys((task.name for task in tasks), -math.inf)

    @property
    def incident_commands(self) -> frozenset[str]:
        """What ``command`` takes."""
        return frozenset({*commands.COMMANDS, *(one for flow in self._workflows for one in flow.incident_commands)})

    @property
    def task_commands(self) -> frozenset[str]:
        """What ``task_command`` takes."""
        return frozenset(name for task in self._tasks for name in task.commands)

    def next_task_at(self) -> float:
        """Engine time; infinity where no task waits."""
        return min(self._task_at.values(), default=math.inf)

    def ask_tasks_anew(self) -> None:
        """The plan has changed: what each waited for may have too."""
        self._task_at = dict.fromkeys(self._task_at, -math.inf)

    def evaluate(self, transaction: Transaction) -> None:
        """Everything that is due in this transaction."""
        for task in self._tasks:
            if self._task_at[task.name] <= transaction.now:
                self._task_at[task.name] = self._guarded(task.name, transaction, partial(task.perform, transaction))
        self.look_at_changed_rows(transaction)
        for incident in list(self._shared.incidents.due(transaction.now)):
            self._consider(incident.id, transaction)
        self.look_at_changed_rows(transaction)

    def look_at_changed_rows(self, transaction: Transaction) -> None:
        """Incidents whose messages changed are looked at again: an acceptance starts a clock."""
        for number in self._shared.incidents.keep(transaction.batch.notifications.values(), transaction.batch):
            if transaction.incident(number) is not None:
                transaction.look_at(number, transaction.now)

    def command(
        self,
        verb: str,
        number: int,
        actor: Actor,
        arguments: dict[str, object],
        transaction: Transaction,
        press: Press | None = None,
    ) -> Incident:
        """A person's word on an incident. Raises Refused with what to do instead."""
        transaction.actor, by = actor, actor.person
        known = {name: action for workflow in self._workflows for name, action in workflow.incident_commands.items()}
        action = commands.COMMANDS.get(verb) or known.get(verb)
        if action is None:
            raise commands.Refused("no_such_command", given=verb, known=tuple(sorted({*commands.COMMANDS, *known})))
        incident = transaction.incident(number)
        if incident is None and verb in commands.AFTER_CLOSE:
            incident = self._on_record(number)
        if press is not None:
            button_presses.check(press, verb, incident, by, transaction)
        if incident is None or (incident.phase is Phase.CLOSED and verb not in commands.AFTER_CLOSE):
            there = tuple(str(one.id) for one in self._shared.incidents.live())
            raise commands.Refused("no_open_incident", number=number, known=there)
        change = action(incident, by, transaction.plan, transaction.now, arguments)
        if press is not None:
            button_presses.remember(press, transaction)
        return _write(change, by, transaction)

    def task_command(
        self, name: str, actor: Actor, arguments: dict[str, object], transaction: Transaction
    ) -> dict[str, Any]:
        """A person's command to a scheduled task, which is asked again at once. Raises Refused."""
        transaction.actor = actor
        for task in self._tasks:
            if name in task.commands:
                answer = task.commands[name](transaction, actor.person, arguments)
                self._task_at[task.name] = -math.inf
                return answer
        there = tuple(sorted(name for task in self._tasks for name in task.commands))
        raise commands.Refused("no_such_command", given=name, known=there)

    def _consider(self, number: int, transaction: Transaction) -> None:
        """Ask every workflow, again while one of them changed the incident: a step of one may start another."""
        at = transaction.now
        for _ in range(PASSES):
            before, at = transaction.incident(number), math.inf
            for workflow in self._workflows:
                incident = transaction.incident(number)
                if incident is None:
                    return
                ask = partial(workflow.consider, incident, transaction)
                at = min(at, self._guarded(workflow.name, transaction, ask))
            if transaction.incident(number) is before:
                break
        if transaction.incident(number) is not None:
            transaction.look_at(number, at)

    def _guarded(self, name: str, transaction: Transaction, ask: Callable[[], float]) -> float:
        """One that breaks delays only itself: the others still run."""
        try:
            return ask()
        except Exception:
            log.exception("%s broke; it is asked again in %.0f s", name, AFTER_A_BREAK)
            return transaction.now + AFTER_A_BREAK


def _write(change: commands.Change, by: str, transaction: Transaction) -> Incident:
    """Write down what a command changed, and tell those whom it concerns."""
    incident = change.incident
    transaction.record(
        incident, change.verb, by=by if change.by is None else change.by, why=change.why, data=dict(change.data or {})
    )
    if change.verb == "taken":
        transaction.shared.outbox.withdraw(
            lambda row: row.incident == incident.id and row.step >= 0,
            transaction.now,
            transaction.batch,
            why=because("taken_by", people=(by,)),
        )
    for told in change.tell:
        if told.contacts is None:
            transaction.tell_reached(incident, told.kind, by=by, text=told.text)
        else:
            transaction.tell(incident, told.kind, told.contacts, by=by, text=told.text)
    if change.verb == "resolved":
        tell_recovery(incident, transaction)
    return incident
