"""Improvements that people entered: each has an owner and a day, is reminded of, and closed by a word."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.workflows.scheduled.reminder import day_open, next_morning, remind, wall

OPEN = "improvements.open"
"""The small fact that holds them: key → text, owner (a contact's id) and due (a day)."""
DUE_DAYS = 30
"""Days given where nobody names a day: a month is what a quarterly evaluation can still look back upon."""
SOON_DAYS = 3
"""Days before the due day from which the owner is reminded: over a weekend and a working day."""


class ActionReminders:
    """Reminds each owner once before the day, and once after it, then with the office."""

    name = "actions"
    commands: Mapping[str, TaskCommand] = {}

    def perform(self, transaction: Transaction) -> float:
        if not day_open(transaction.plan, transaction.now):
            return next_morning(transaction.plan, transaction.now)
        today = wall(transaction.plan, transaction.now).date()
        for key, one in open_actions(transaction).items():
            due = dt.date.fromisoformat(one["due"])
            values = {"text": one["text"], "due": one["due"], "key": key}
            # An owner who has left cannot be told: the office hears it instead.
            owner = (one["owner"],) if transaction.plan.members(one["owner"], transaction.now) else ("office",)
            if today > due:
                remind(transaction, f"action.{key}.overdue.{due}", (*owner, "office"), "action_overdue", values)
            elif today >= due - dt.timedelta(days=SOON_DAYS):
                remind(transaction, f"action.{key}.soon.{due}", owner, "action_soon", values)
        return next_morning(transaction.plan, transaction.now)


def open_actions(transaction: Transaction) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(transaction.recall(OPEN) or "{}")
    return found


def keep(transaction: Transaction, key: str, text: str, by: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Note an action with owner and due day; who enters it owns it where nobody is named. Raises Refused."""
    owner = _contact(str(arguments.get("owner") or by), transaction)
    day = wall(transaction.plan, transaction.now).date() + dt.timedelta(days=DUE_DAYS)
    given = str(arguments.get("due") or "")
    try:
        due = dt.date.fromisoformat(given) if given else day
    except ValueError:
        raise Refused("missing", field="due") from None
    action = {"text": text, "owner": owner, "due": due.isoformat()}
    transaction.remember(OPEN, json.dumps({**open_actions(transaction), key: action}, ensure_ascii=False))
    return action


def forget(transaction: Transaction, key: str) -> None:
    found = open_actions(transaction)
    if found.pop(key, None) is not None:
        transaction.remember(OPEN, json.dumps(found, ensure_ascii=False))


def _contact(name: str, transaction: Transaction) -> str:
    contacts = transaction.plan.data.contacts
    if name in contacts or not contacts:
        return name
    for key, one in contacts.items():
        if one.name.casefold() == name.casefold():
            return key
    raise Refused("no_contact", given=name, known=tuple(one.name for one in contacts.values()))
