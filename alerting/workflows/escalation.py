"""Escalation (升级通知): takes the steps of an incident's chain when they are due, and alarms everybody when its end is
reached unanswered."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from alerting.engine.chain_due_steps import DEPUTY, ROUND_PAUSE, DueStep, Paths, decide
from alerting.engine.commands import IncidentCommand
from alerting.engine.transaction import Transaction
from alerting.model.incident import Incident, Phase, StepRecord
from alerting.model.reason import because
from alerting.workflows.backup import propose

log = logging.getLogger("roomwatch.engine")
replace = msgspec.structs.replace


class EscalationChain:
    """Takes the steps that alerting/engine/chain_due_steps.py finds due."""

    name = "chain"
    incident_commands: Mapping[str, IncidentCommand] = {}

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if incident.phase in (Phase.RESOLVED, Phase.CLOSED):
            return float("inf")
        if not incident.chain and not transaction.plan.has_people:
            return float("inf")  # a trial: the screens say that nobody is told, and the first real plan begins anew
        incidents, outbox = transaction.shared.incidents, transaction.shared.outbox
        paths = Paths(down=frozenset(outbox.down), returned=outbox.returned)
        decision = decide(incident, incidents.told(incident.id), transaction.plan, transaction.now, paths)
        if decision.take_expired:
            step = incident.last_step
            incident = incident.chain_again(
                "take_expired", transaction.now, step, taken_at=None, taken_by="", taken_until=None
            )
            transaction.record(incident, "take_expired", why=because("take_expired"))
            decision = decide(incident, incidents.told(incident.id), transaction.plan, transaction.now, paths)
        for due in decision.due:
            incident = _take_step(incident, due, transaction)
        if decision.unanswered:
            incident = _unanswered(incident, transaction)
            decision = decide(incident, incidents.told(incident.id), transaction.plan, transaction.now, paths)
        return decision.next_at


def _take_step(incident: Incident, due: DueStep, transaction: Transaction) -> Incident:
    record = StepRecord(
        round=incident.round,
        index=due.index,
        repeat=due.repeat,
        at=transaction.now,
        contacts=due.contacts,
        reason=due.reason,
    )
    incident = replace(incident, steps=(*incident.steps, record))
    step = incident.chain[due.index]
    data = {
        "round": incident.round,
        "index": due.index,
        "repeat": due.repeat,
        "name": step.name,
        "severity": incident.worst.word,
        "contacts": list(due.contacts),
        "without_way": [contact for contact in due.contacts if not transaction.plan.addresses(contact)],
    }
    transaction.record(incident, "step", why=due.reason, data=data)
    if due.action == "backup":
        incident = propose(incident, transaction, why=due.reason)
    transaction.tell(
        incident,
        due.kind,
        due.contacts,
        tag=f"{incident.round}.{due.index}.{'d' if due.repeat == DEPUTY else due.repeat}",
        place=(incident.round, due.index, due.repeat),
        reason=due.reason,
        action=due.action,
    )
    return incident


def _unanswered(incident: Incident, transaction: Transaction) -> Incident:
    """The end of the chain without an answer: an alarm of its own, once, and the chain begins again."""
    first = incident.unanswered_at is None
    everybody = dict.fromkeys(
        c
        for step in incident.chain
        for audience in step.audience
        for c in transaction.plan.members(audience, transaction.now)
    )
    reached = transaction.shared.incidents.reached(incident.id)
    why = because("nobody_answered" if reached else "nobody_reached")
    log.critical("incident %d in %s: the chain is at its end, %s", incident.id, incident.room, why)
    incident = incident.chain_again("unanswered", transaction.now + ROUND_PAUSE, unanswered_at=transaction.now)
    told = list(everybody) if first else []
    ways = {contact: [way.channel for way in transaction.plan.addresses(contact)] for contact in told}
    transaction.record(
        incident, "unanswered", why=why, data={"to": {c: list(found) for c, found in ways.items() if found}}
    )
    for contact, channels in ways.items():
        for channel in channels:
            transaction.tell(incident, "unanswered", [contact], reason=why, only=channel)
    return incident
