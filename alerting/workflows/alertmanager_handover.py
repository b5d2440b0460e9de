"""Leaves the telling of an incident to Alertmanager, and takes it back where no member of its cluster accepts it.

The handover is in the journal before the first alert is posted, and what stands is posted again after a restart: an
incident is either accepted by a member, or the room's own chain runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from alerting.engine.commands import IncidentCommand
from alerting.engine.transaction import Transaction
from alerting.model.incident import Handover, Incident, Phase
from alerting.model.reason import Reason, because

replace = msgspec.structs.replace


class AlertmanagerView(Protocol):
    """What is known of Alertmanager."""

    @property
    def responds(self) -> bool:
        """Whether people are to be told by it."""
        ...

    @property
    def answers(self) -> bool:
        """False where every member failed when it was last asked."""
        ...

    @property
    def take_over_seconds(self) -> float: ...

    def accepted(self, incident: int) -> bool:
        """Whether all that stands of the incident was accepted, each by some member."""
        ...

    def silent_for(self, incident: int) -> float | None:
        """Seconds for which something of the incident is due and no member accepts it; negative while nothing is due
        yet, None before anything of it was shown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverDecision:
    """verb: what is to be done now, as its event is called; "" for nothing. next_at: when to look again."""

    verb: str = ""
    why: Reason = Reason()
    next_at: float = math.inf


def decide(incident: Incident, alertmanager: AlertmanagerView, now: float) -> HandoverDecision:
    """``now``: seconds of the engine's clock."""
    if incident.phase is not Phase.OPEN:
        return HandoverDecision()
    if incident.handover is None:
        untouched = not incident.steps and not incident.round
        leaves = untouched and not incident.drill and alertmanager.responds and alertmanager.answers
        return HandoverDecision(verb="handed_over") if leaves else HandoverDecision()
    if not alertmanager.responds:
        return HandoverDecision(verb="handover_ended", why=because("room_responds"))
    if incident.handover.accepted_at is None and alertmanager.accepted(incident.id):
        return HandoverDecision(verb="handover_accepted")
    silent = alertmanager.silent_for(incident.id)
    silent = now - incident.handover.at if silent is None else silent
    if silent < alertmanager.take_over_seconds:
        return HandoverDecision(next_at=now + alertmanager.take_over_seconds - silent)
    return HandoverDecision(verb="handover_ended", why=because("alertmanager_silent", span=silent))


class HandoverToAlertmanager:
    """Asked before the chain, which stands still while an incident is handed over."""

    name = "handover"
    incident_commands: Mapping[str, IncidentCommand] = {}

    def __init__(self, alertmanager: AlertmanagerView) -> None:
        self._alertmanager = alertmanager

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        now = transaction.now
        decision = decide(incident, self._alertmanager, now)
        match decision.verb:
            case "handed_over":
                changed = replace(incident, handover=Handover(at=now))
                data = {"take_over": self._alertmanager.take_over_seconds}
                transaction.record(changed, decision.verb, data=data)
            case "handover_accepted":
                assert incident.handover is not None
                changed = replace(incident, handover=replace(incident.handover, accepted_at=now))
                transaction.record(changed, decision.verb)
            case "handover_ended":
                changed = _own_chain(incident, now)
                transaction.record(changed, decision.verb, why=decision.why)
            case _:
                return decision.next_at
        return decide(changed, self._alertmanager, now).next_at


def _own_chain(incident: Incident, now: float) -> Incident:
    """The room's chain begins at its first step: nobody was told by it yet."""
    return incident.chain_again("handover_ended", now, handover=None, unanswered_at=None)
