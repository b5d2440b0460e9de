"""Whether a press of a button still counts: once, in the browser that used its link first, for what its page showed.

All of it is part of the command's own transaction, so that of two people who press at once one wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alerting.engine.commands import Refused
from alerting.engine.transaction import MACHINE, Transaction
from alerting.model.button_press import Press
from alerting.model.incident import Incident

PRESSED = "page_press."
"""Beginning of the names under which the journal's memory has the buttons that have served; values: Unix seconds."""
LINKED = "page_link."
"""The same for links; after the time stands the browser that used it first."""

SHOWN: Mapping[str, Callable[[Incident, float], str]] = {
    "take": lambda incident, now: incident.taken_by if incident.taken(now) else "",
    "confirm": lambda incident, now: incident.confirmed_by,
    "class": lambda incident, now: incident.fault_class.value,
    "severity": lambda incident, now: incident.severity.word,
}
"""Verb → the fact that it changes. Other verbs add something, or are refused by themselves when they come too late."""


def shown(verb: str, incident: Incident, now: float) -> str:
    """What a page writes beside the verb's button; "" for a verb that changes no single fact."""
    return SHOWN[verb](incident, now) if verb in SHOWN else ""


def check(press: Press, verb: str, incident: Incident | None, by: str, transaction: Transaction) -> None:
    """Raises Refused where it does not count any more; the reason says who was first."""
    if transaction.recall(PRESSED + press.mark) is not None:
        raise Refused("pressed_before", people=(by,))
    if elsewhere(press.link, press.browser, transaction.recall):
        raise Refused("link_elsewhere")
    if incident is None or press.seen is None or verb not in SHOWN:
        return
    fact = SHOWN[verb](incident, transaction.now)
    if fact != press.seen:
        raise _meanwhile(verb, incident, fact)


def elsewhere(link: str, browser: str, recall: Callable[[str], str | None]) -> bool:
    """Whether another browser used a link before; a link that nobody used is free for any."""
    first = recall(LINKED + link) if link else None
    return first is not None and first.partition(" ")[2] != browser


def remember(press: Press, transaction: Transaction) -> None:
    transaction.remember(PRESSED + press.mark, f"{transaction.now:.0f}")
    if press.link:
        transaction.remember(LINKED + press.link, f"{transaction.now:.0f} {press.browser}")


def _meanwhile(verb: str, incident: Incident, fact: str) -> Refused:
    by = (incident.assessed_by or MACHINE,)
    if verb == "class":
        return Refused("class_meanwhile", people=by, found=fact)
    if verb == "severity":
        return Refused("severity_meanwhile", people=by, found=fact)
    if verb == "confirm":
        return Refused("confirm_meanwhile", people=(fact,))
    return Refused("take_meanwhile", people=(fact,)) if fact else Refused("take_ended_meanwhile")
