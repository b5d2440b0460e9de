"""Tells those who are on an incident what else broke, and what works again while the rest is still broken."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerting.engine.commands import IncidentCommand
from alerting.engine.incident_store import IncidentStore
from alerting.engine.transaction import Transaction
from alerting.journal.rows import Notification, NotificationState
from alerting.messages.kinds import kind_named
from alerting.model.incident import Incident
from alerting.model.reason import because

BUNDLE = 5.0
"""Seconds from a change to its message: what breaks by one cause breaks within them, and is told as one."""
PAUSE = 15.0
"""Seconds between two such messages of an incident: a fault that comes and goes makes four a minute at most, fewer than
would turn all messages to its readers into digests."""
REFUSED_PAUSE = 1800.0
"""Seconds until a contact who refused just this is told it again: a refusal for good seldom ends sooner."""
S = NotificationState


class FaultChanges:
    """Compares what is broken with what each contact's last message names. What was told stands in the messages
    alone, so a crash forgets no change and tells none twice."""

    name = "fault changes"
    incident_commands: Mapping[str, IncidentCommand] = {}

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if not incident.phase.live:
            return math.inf
        rows = transaction.shared.incidents.rows(incident.id)
        now = {one.name for one in incident.open_faults}
        behind = {
            contact: known
            for contact, known in known_to(transaction.shared.incidents, incident).items()
            if not known.surely == known.perhaps == now and transaction.plan.addresses(contact)
        }
        again = {contact: at + REFUSED_PAUSE for contact, at in _refused(rows, now).items() if contact in behind}
        for contact in [contact for contact, at in again.items() if transaction.now < at]:
            del behind[contact]
        if not behind:
            return min(again.values(), default=math.inf)
        told = max((row.decided_at for row in rows if row.kind == "faults_changed"), default=-math.inf)
        due = max(_changed_at(incident, behind.values()) + BUNDLE, told + PAUSE)
        if transaction.now >= due:
            _tell(incident, behind, transaction)
            due = math.inf
        return min([due, *(at for at in again.values() if at > transaction.now)])


@dataclass(frozen=True, slots=True)
class Known:
    """What a contact believes to be broken, and the channel by which they were last told ("" for none yet). Where
    nobody knows whether the newest message reached them: surely without it as with it, and perhaps."""

    surely: frozenset[str]
    perhaps: frozenset[str]
    channel: str = ""


def known_to(incidents: IncidentStore, incident: Incident) -> dict[str, Known]:
    """What those who are on the incident know: from the newest message that has reached them or still goes to them,
    and from each after it that may have reached them. Whoever took or confirmed it without a message knows what was
    broken at that moment."""
    found: dict[str, Known] = {}
    on_it: dict[str, float | None] = {
        incident.confirmed_by: incident.confirmed_at,
        incident.taken_by: incident.taken_at,
    }
    for row in sorted(incidents.rows(incident.id), key=lambda one: one.decided_at):
        given_up = incidents.given_up(row)
        if not row.faults or (given_up and not incidents.perhaps_arrived(row)):
            continue
        named = frozenset(row.faults)
        before = found.get(row.contact)
        if given_up and before is not None:
            found[row.contact] = Known(before.surely & named, before.perhaps | named, row.channel)
        else:
            found[row.contact] = Known(named, named, row.channel)
        if kind_named(row.kind).responders:
            on_it.setdefault(row.contact, None)
    for contact, at in on_it.items():
        if contact and at is not None:
            broken = _broken_at(incident, at)
            found.setdefault(contact, Known(broken, broken))
    return {contact: known for contact, known in found.items() if contact in on_it}


def _broken_at(incident: Incident, at: float) -> frozenset[str]:
    return frozenset(
        one.name for one in incident.faults if one.joined_at <= at and (one.cleared_at is None or one.cleared_at > at)
    )


def _refused(rows: Sequence[Notification], now: set[str]) -> dict[str, float]:
    """Contacts to whom just this was told last, and whose last way refused it for good → when."""
    last = {row.contact: row for row in sorted(rows, key=lambda one: one.decided_at) if row.faults}
    return {
        contact: row.finished_at
        for contact, row in last.items()
        if row.state is S.FAILED and row.finished_at is not None and now == set(row.faults)
    }


def _changed_at(incident: Incident, behind: Iterable[Known]) -> float:
    """When the first change came that one of them does not know."""
    times = [
        one.joined_at if one.cleared_at is None else one.cleared_at
        for known in behind
        for one in incident.faults
        if (one.name not in known.surely and one.cleared_at is None)
        or (one.name in known.perhaps and one.cleared_at is not None)
    ]
    return min(times, default=0.0)


def _tell(incident: Incident, behind: Mapping[str, Known], transaction: Transaction) -> None:
    now = tuple(dict.fromkeys(one.name for one in incident.open_faults))
    everybody = frozenset().union(*(known.perhaps for known in behind.values()))
    common = frozenset(now).intersection(*(known.surely for known in behind.values()))
    why = because("faults_changed", faults=_without(now, common), over=_without(sorted(everybody), now))
    transaction.event("faults_changed", incident=incident.id, why=why, data={"to": list(behind)})
    for contact, known in behind.items():
        over = _without(sorted(known.perhaps), now)
        mine = because("faults_changed", faults=_without(now, known.surely), over=over)
        transaction.tell(incident, "faults_changed", [contact], reason=mine, only=known.channel)


def _without(names: Iterable[str], those: Iterable[str]) -> tuple[str, ...]:
    known = set(those)
    return tuple(name for name in names if name not in known)
