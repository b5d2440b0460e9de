"""Improvements: each has an owner and a day, is reminded of, and closed by a word. People enter some; the others are
proposed by rule out of what went wrong, and a child draws them up."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.words import LANGUAGES, Words, load_words
from alerting.workflows.scheduled.reminder import day_open, next_morning, remind, wall

log = logging.getLogger("roomwatch.duty")

OPEN = "improvements.open"
"""The small fact that holds them: key → text, owner (a contact's id) and due (a day)."""
DUE_DAYS = 30
"""Days given where nobody names a day: a month is what a quarterly evaluation can still look back upon."""
SOON_DAYS = 3
"""Days before the due day from which the owner is reminded: over a weekend and a working day."""


MOST_LISTED = 8
"""Lines of one reminder; a phone shows no more at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAction:
    """One that rules ask for and nobody has closed. owner: a contact's id. texts: language → what is to be done."""

    key: str
    owner: str
    due: str
    texts: Mapping[str, str]


Proposed = Callable[[], Awaitable[Sequence[ProposedAction]]]
"""All that are open now. It may fail: then they are asked for on the next day."""


class ActionReminders:
    """Reminds each owner once before the day, and once after it, then with the office. What is proposed by rule is one
    message for each owner, however many there are."""

    name = "actions"
    commands: Mapping[str, TaskCommand] = {}

    def __init__(self, proposed: Proposed | None = None) -> None:
        self._proposed = proposed
        self._asked: dt.date | None = None

    def perform(self, transaction: Transaction) -> float:
        if not day_open(transaction.plan, transaction.now):
            return next_morning(transaction.plan, transaction.now)
        today = wall(transaction.plan, transaction.now).date()
        for key, one in open_actions(transaction).items():
            due = dt.date.fromisoformat(one["due"])
            values = {"text": one["text"], "due": one["due"], "key": key}
            # An owner who has left cannot be told: the office hears it instead.
            owner = (one["owner"],) if transaction.plan.members(one["owner"], transaction.now) else ("office",)
            stage = _stage(due, today)
            if stage == "overdue":
                remind(transaction, f"action.{key}.overdue.{due}", (*owner, "office"), "action_overdue", values)
            elif stage:
                remind(transaction, f"action.{key}.soon.{due}", owner, "action_soon", values)
        if self._proposed is not None and self._asked != today:
            self._asked = today
            transaction.afterwards(self._proposed, _remind_of_proposed)
        return next_morning(transaction.plan, transaction.now)


def _remind_of_proposed(result: Any, transaction: Transaction) -> None:
    if isinstance(result, Exception):
        log.error("the proposed improvements could not be drawn up: %s", result)
        return
    today = wall(transaction.plan, transaction.now).date()
    wanted: dict[tuple[str, str], list[ProposedAction]] = {}
    for one in result:
        stage = _stage(dt.date.fromisoformat(one.due), today) if one.owner and one.due else ""
        mark = f"reminded.proposed.{one.key}.{stage}.{one.due}"
        if stage and transaction.recall(mark) is None:
            transaction.remember(mark, f"{transaction.now:.0f}")
            wanted.setdefault((stage, one.owner), []).append(one)
    for (stage, owner), those in wanted.items():
        audience = (owner, "office") if stage == "overdue" else (owner,)
        values = {"count": len(those), "keys": [one.key for one in those]}
        listed = {language: {"list": _listed(those, load_words(language))} for language in LANGUAGES}
        remind(transaction, f"proposed.{stage}.{owner}.{today}", audience, f"proposed_{stage}", values, shown=listed)


def _stage(due: dt.date, today: dt.date) -> str:
    return "overdue" if today > due else "soon" if today >= due - dt.timedelta(days=SOON_DAYS) else ""


def _listed(those: Sequence[ProposedAction], words: Words) -> str:
    lines = [
        words.text("duty.proposed_line", text=one.texts.get(words.language, one.key), due=one.due, key=one.key)
        for one in those[:MOST_LISTED]
    ]
    if more := len(those) - len(lines):
        lines.append(words.text("duty.proposed_more", count=more))
    return "\n".join(lines)


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
