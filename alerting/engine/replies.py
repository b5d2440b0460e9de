"""What a contact's answer from afar does: it is carried out once, or its writer is told how to write it.

All of it is one change: what an answer did and that it was done are written together, over all ways in and restarts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.model.incident import Incident
from alerting.model.reason import because
from alerting.model.reply import CLOCKS_DIFFER, Reply, Wrong
from alerting.words import known_language, load_words

DONE = "reply."
"""Beginning of the names under which the journal's memory has what was done; the values are Unix seconds."""

HELPED = "reply_help."
"""The same for when a contact was told how to write; the values are the times of the last hour."""

HELP_MOST = 3
HELP_SECONDS = 3600.0
"""At most so many explanations for one contact in that time: anybody may write in somebody's name, and a program that
answers each of ours must not go on for ever."""

NOTED_MOST = 10
"""What is refused is in the journal so often in that time for one contact: a flood must not fill it."""

UNNOTED = "unnoted"

CarryOut = Callable[[str, int], None]
"""(verb, incident) in the writer's name, within the transaction. Raises Refused."""


def answer(reply: Reply, transaction: Transaction, command: CarryOut) -> str:
    """ "done", "again" for what was done before, the value of the Wrong that the writer is told, or UNNOTED."""
    seen = _name(reply.source, reply.item) if reply.item else ""
    if seen and transaction.recall(seen) is not None:
        return "again"
    word = _answer(reply, transaction, command)
    if seen and word != UNNOTED:
        transaction.remember(seen, f"{transaction.now:.0f}")
    return word


def _answer(reply: Reply, transaction: Transaction, command: CarryOut) -> str:
    incident = transaction.incident(reply.incident)
    if reply.wrong is not None:
        return _explain(reply, reply.wrong, incident, transaction)
    if incident is None or not incident.phase.live:
        return _explain(reply, Wrong.OVER, incident, transaction)
    served = _name(str(incident.id), reply.verb, reply.token)
    if _stands(reply, incident, transaction.now):
        transaction.remember(served, f"{transaction.now:.0f}")
        return "again"
    wrong = Wrong.USED if transaction.recall(served) is not None else _out_of_time(reply, incident, transaction)
    if wrong is None:
        try:
            command(reply.verb, incident.id)
        except Refused:
            wrong = Wrong.OVER
    if wrong is not None:
        return _explain(reply, wrong, incident, transaction)
    transaction.remember(served, f"{transaction.now:.0f}")
    return "done"


def _stands(reply: Reply, incident: Incident, now: float) -> bool:
    """True where it says what is so already."""
    if reply.verb == "take":
        return incident.taken(now) and incident.taken_by == reply.contact
    return incident.confirmed_by == reply.contact


def _out_of_time(reply: Reply, incident: Incident, transaction: Transaction) -> Wrong | None:
    """An answer lies after its message; and who wrote before somebody else took it meant no takeover."""
    if not reply.sent_at:
        return None
    told = [row.decided_at for row in transaction.shared.incidents.rows(incident.id) if row.contact == reply.contact]
    if reply.sent_at < min(told, default=incident.opened_at) - CLOCKS_DIFFER:
        return Wrong.TOO_OLD
    taken = incident.taken(transaction.now) and incident.taken_at is not None
    if reply.verb == "take" and taken and reply.sent_at < (incident.taken_at or 0.0):
        return Wrong.TAKEN_MEANWHILE
    return None


def _name(*parts: str) -> str:
    return DONE + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _explain(reply: Reply, wrong: Wrong, incident: Incident | None, transaction: Transaction) -> str:
    """Tell the writer how to write it, by a message that carries a fresh code."""
    mark = f"{HELPED}{hashlib.sha256(reply.contact.encode()).hexdigest()[:24]}"
    times = [
        float(one) for one in (transaction.recall(mark) or "").split() if float(one) > transaction.now - HELP_SECONDS
    ]
    if len(times) >= NOTED_MOST:
        return UNNOTED
    about = incident or _likeliest(reply.contact, transaction)
    reason = because(f"reply_{wrong.value}")
    told = len(times) < HELP_MOST
    data = {"way": reply.way, "told": told}
    transaction.event("reply_refused", incident=about.id if about else 0, by=reply.contact, why=reason, data=data)
    transaction.remember(mark, " ".join(f"{one:.0f}" for one in (*times, transaction.now)))
    if not told:
        return wrong.value
    if about is None:
        _nothing_open(reply.contact, transaction)
        return wrong.value
    channel = transaction.shared.incidents.reached(about.id).get(reply.contact, "")
    transaction.tell(about, "reply_help", [reply.contact], reason=reason, only=channel)
    return wrong.value


def _likeliest(contact: str, transaction: Transaction) -> Incident | None:
    """The newest open incident of which this contact was told; else the newest open one."""
    live = sorted(transaction.shared.incidents.live(), key=lambda one: -one.id)
    return next(
        (one for one in live if contact in transaction.shared.incidents.reached(one.id)), next(iter(live), None)
    )


def _nothing_open(contact: str, transaction: Transaction) -> None:
    ways = transaction.plan.addresses(contact)
    if not ways:
        return
    language = transaction.plan.language(contact)
    words = load_words(known_language(language))
    row = transaction.shared.notifications.reminder(
        f"reply.{transaction.now:.0f}",
        contact,
        ways[0],
        transaction.now,
        words.text("message.reply.nothing_open_title"),
        words.text("message.reply.nothing_open"),
        words.language,
        None,
    )
    transaction.post(row)
