"""Tells those who are on an incident what else broke, and what works again while the rest is still broken."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerting.engine.commands import IncidentCommand
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
            for contact, known in known_to(rows, incident).items()
            if known.faults != now and transaction.plan.addresses(contact)
        }
        if not behind:
            return math.inf
        told = max((row.decided_at for row in rows if row.kind == "faults_changed"), default=-math.inf)
        due = max(_changed_at(incident, behind.values()) + BUNDLE, told + PAUSE)
        if transaction.now < due:
            return due
        _tell(incident, behind, transaction)
        return math.inf


@dataclass(frozen=True, slots=True)
class Known:
    """What a contact believes to be broken, and the channel by which they were last told ("" for none yet)."""

    faults: frozenset[str]
    channel: str = ""


def known_to(rows: Sequence[Notification], incident: Incident) -> dict[str, Known]:
    """What those who are on the incident know: from the newest message that has reached them or still may. Whoever
    took or confirmed it without a message knows what was broken at that moment."""
    found: dict[str, Known] = {}
    on_it: dict[str, float | None] = {
        incident.confirmed_by: incident.confirmed_at,
        incident.taken_by: incident.taken_at,
    }
    for row in sorted(rows, key=lambda one: one.decided_at):
        if row.faults and not _dead(row):
            found[row.contact] = Known(frozenset(row.faults), row.channel)
            if kind_named(row.kind).responders:
                on_it.setdefault(row.contact, None)
    for contact, at in on_it.items():
        if contact and at is not None:
            found.setdefault(contact, Known(_broken_at(incident, at)))
    return {contact: known for contact, known in found.items() if contact in on_it}


def _broken_at(incident: Incident, at: float) -> frozenset[str]:
    return frozenset(
        one.name for one in incident.faults if one.joined_at <= at and (one.cleared_at is None or one.cleared_at > at)
    )


def _dead(row: Notification) -> bool:
    """True for one that certainly told nobody and never will."""
    gone = row.state in (S.FAILED, S.EXPIRED) or (row.state is S.SUPERSEDED and not row.superseded_by)
    return gone and row.accepted_at is None and not row.perhaps_arrived


def _changed_at(incident: Incident, behind: Iterable[Known]) -> float:
    """When the first change came that one of them does not know."""
    times = [
        one.joined_at if one.cleared_at is None else one.cleared_at
        for known in behind
        for one in incident.faults
        if (one.cleared_at is None) is not (one.name in known.faults)
    ]
    return min(times, default=0.0)


def _tell(incident: Incident, behind: Mapping[str, Known], transaction: Transaction) -> None:
    now = tuple(dict.fromkeys(one.name for one in incident.open_faults))
    everybody = frozenset().union(*(known.faults for known in behind.values()))
    common = frozenset(now).intersection(*(known.faults for known in behind.values()))
    why = because("faults_changed", faults=_without(now, common), over=_without(sorted(everybody), now))
    transaction.event("faults_changed", incident=incident.id, why=why, data={"to": list(behind)})
    for contact, known in behind.items():
        mine = because("faults_changed", faults=_without(now, known.faults), over=_without(sorted(known.faults), now))
        transaction.tell(incident, "faults_changed", [contact], reason=mine, only=known.channel)


def _without(names: Iterable[str], those: Iterable[str]) -> tuple[str, ...]:
    known = set(those)
    return tuple(name for name in names if name not in known)
