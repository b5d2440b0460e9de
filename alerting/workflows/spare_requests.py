"""Logistics (后勤保障): which spare, from where, to which room; and who helps on the spot, asked and answering.

Does not count the store: alerting/workflows/scheduled/spares_stock.py does; this asks for what it holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from alerting.engine.commands import Arguments, Change, IncidentCommand, Notify, Refused
from alerting.engine.transaction import Transaction
from alerting.model.catalogue import KINDS
from alerting.model.fault import Severity
from alerting.model.incident import FaultRecord, Incident
from alerting.model.measures import HelpRequest, SpareRequest
from alerting.model.reason import Reason, because, said
from alerting.model.stock import on_hand
from alerting.plan.contract import ResponsePlan
from alerting.plan.offered_measures import materials

replace = msgspec.structs.replace


class Logistics:
    """Asks for spares and watches who was asked to help."""

    name = "logistics"
    incident_commands: Mapping[str, IncidentCommand]

    def __init__(self) -> None:
        self.incident_commands = {"accept": accept, "decline": decline}

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if not incident.phase.live:
            return math.inf
        at = self._spares(incident, transaction)
        return min(at, self._helpers(transaction.incident(incident.id) or incident, transaction))

    def _spares(self, incident: Incident, transaction: Transaction) -> float:
        """Once for each kind of spare, when a person confirmed the fault or it has been critical for a while."""
        if incident.severity is Severity.NOTICE:
            return math.inf
        at = math.inf
        for fault in incident.open_faults:
            spare = KINDS[fault.code].spare if fault.code in KINDS else ""
            if not spare or any(one.spare == spare for one in incident.spares):
                continue
            due = _due_at(incident, fault, transaction.plan.data.spare_after)
            if due > transaction.now:
                at = min(at, due)
                continue
            incident = _ask(incident, spare, transaction)
        return at

    def _helpers(self, incident: Incident, transaction: Transaction) -> float:
        """Who asked hears, once, that the one who was asked has not answered."""
        at = math.inf
        for number, request in enumerate(incident.help):
            due = request.asked_at + transaction.plan.data.helper_answers
            if request.answer or request.reminded:
                continue
            if due > transaction.now:
                at = min(at, due)
                continue
            silent = replace(request, reminded=True)
            incident = replace(incident, help=(*incident.help[:number], silent, *incident.help[number + 1 :]))
            transaction.record(incident, "helper_silent", why=because("helper_silent", people=(request.contact,)))
            people = dict.fromkeys((request.asked_by, incident.taken_by))
            reach = [one for one in people if one and one != request.contact and transaction.plan.addresses(one)]
            transaction.tell(incident, "helper_silent", reach, by=request.contact)
        return at


def _due_at(incident: Incident, fault: FaultRecord, spare_after: float) -> float:
    if incident.confirmed_at is not None:
        return incident.confirmed_at
    if incident.severity is Severity.CRITICAL:
        return max(fault.since, incident.entered_at if incident.round == 0 else incident.opened_at) + spare_after
    return math.inf


def _ask(incident: Incident, spare: str, transaction: Transaction) -> Incident:
    """The first material of the plan that is in stock; where none is, logistics hears that it must be found."""
    known = materials(transaction.plan.data, spare)
    if not known:
        return incident
    there = next(((name, one) for name, one in known if on_hand(transaction.recall, name, one.quantity) > 0), None)
    name, material = there or ("", known[0][1])
    request = SpareRequest(
        material=name, spare=spare, title=material.name, place=material.place if there else "", at=transaction.now
    )
    incident = replace(incident, spares=(*incident.spares, request))
    data = {"material": name, "spare": spare, "place": request.place}
    why = Reason() if there else because("not_in_stock", entry=material.name)
    transaction.record(incident, "spare_asked", why=why, data=data)
    people = [one for one in transaction.plan.members("logistics", transaction.now) if transaction.plan.addresses(one)]
    transaction.tell(incident, "spare", people, tag=spare)
    return incident


def accept(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """Who was asked to help comes. Somebody who was not asked may offer as well."""
    _live(incident)
    return _answer(incident, by, "accepted", now, arguments)


def decline(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """Who was asked cannot come: who asked hears it at once and asks somebody else."""
    _live(incident)
    if all(request.contact != by for request in incident.help):
        asked = tuple(request.contact for request in incident.help)
        raise Refused("not_asked", number=incident.id, who=(by,), people=asked)
    return _answer(incident, by, "declined", now, arguments)


def _answer(incident: Incident, by: str, answer: str, now: float, arguments: Arguments) -> Change:
    text = str(arguments.get("text") or "")
    mine = next((request for request in incident.help if request.contact == by), None)
    request = mine or HelpRequest(contact=by, asked_at=now)
    answered = replace(request, answer=answer, answered_at=now)
    others = tuple(one for one in incident.help if one.contact != by)
    helpers = tuple(dict.fromkeys((*incident.helpers, by) if answer == "accepted" else incident.helpers))
    changed = replace(incident, help=(*others, answered), helpers=helpers)
    hear = tuple(one for one in dict.fromkeys((request.asked_by, incident.taken_by)) if one and one != by)
    told = (Notify(kind=f"helper_{answer}", contacts=hear, text=text),) if hear else ()
    return Change(incident=changed, verb=f"helper_{answer}", why=said(text), tell=told)


def _live(incident: Incident) -> None:
    if not incident.phase.live:
        raise Refused("no_help_needed", number=incident.id, phase=incident.phase.value)
