"""Who hears that an incident is over: whoever was told of it, may have been, or was about to be. Each once."""

from __future__ import annotations

from alerting.engine.transaction import Transaction
from alerting.journal.rows import Notification
from alerting.messages.kinds import kind_named
from alerting.model.incident import Incident
from alerting.model.reason import Reason, because


def tell_recovery(incident: Incident, transaction: Transaction, *, reason: Reason = Reason()) -> None:
    """Tell the end as it comes. Who was told hears "recovered", by the way that reached them. Who may have been told,
    is about to be, or has a message taken back here gets one message that says both, fault and end. Who would have been
    told in the morning only hears nothing."""
    _tell(incident, transaction, reason, transaction.shared.incidents.on_the_way(incident.id))


def tell_late(incident: Incident, transaction: Transaction) -> None:
    """Tell the end later, to those whose message was on its way at the end and has arrived, failed or broken off
    since."""
    _tell(incident, transaction, Reason(), {})


def is_old_news(row: Notification, incident: Incident) -> bool:
    """True for a message that says what is no longer so. What a person said to another stays true."""
    kind = kind_named(row.kind)
    if incident.resolved_at is None or kind.personal or kind.ends or kind.paper:
        return False
    return row.decided_at <= incident.resolved_at


def _tell(incident: Incident, transaction: Transaction, reason: Reason, on_the_way: dict[str, str]) -> None:
    incidents = transaction.shared.incidents
    taken_back = transaction.shared.outbox.withdraw(
        lambda row: row.incident == incident.id and is_old_news(row, incident),
        transaction.now,
        transaction.batch,
        why=because("is_over"),
    )
    heard = {row.contact for row in incidents.rows(incident.id) if kind_named(row.kind).ends}
    reached = incidents.reached(incident.id)
    passed = on_the_way | incidents.perhaps_reached(incident.id)
    passed |= {row.contact: row.channel for row in taken_back if row.not_before <= transaction.now}
    for contact, channel in (passed | reached).items():
        if contact in heard or not transaction.plan.addresses(contact):
            continue
        if contact in reached:
            transaction.tell(incident, "recovered", [contact], text=incident.done, only=channel, reason=reason)
        else:
            transaction.tell(incident, "passed", [contact], text=incident.done, only=channel)
