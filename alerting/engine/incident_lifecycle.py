"""What comes in about a room: faults that open and clear, people's reports, meetings. Makes incidents of it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from alerting.engine import commands
from alerting.engine.fault_grouping import find_incident, find_reported
from alerting.engine.recovery_messages import tell_recovery
from alerting.engine.transaction import MACHINE, Transaction
from alerting.model.catalogue import KINDS
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import UNWATCHED, Fact, Fault, FaultClass, FaultKind, Severity
from alerting.model.incident import FaultRecord, Incident, Phase
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason, because, said

replace = msgspec.structs.replace


def open_fault(fault: Fault, transaction: Transaction) -> int:
    """The number of the incident that it opened or joined. The same open fault again changes nothing."""
    record = FaultRecord(
        code=fault.code,
        target=fault.target,
        since=fault.since,
        joined_at=transaction.now,
        evidence=_written(fault.evidence),
        symptoms=fault.symptoms,
    )
    found = find_incident(fault, transaction.shared.incidents.live(fault.room))
    if not fault.drill:
        abort_drills(fault.room, transaction)
    if found is None:
        return open_incident(fault.room, record, transaction, drill=fault.drill).id
    if any(known.key == record.key for known in found.open_faults):
        return found.id
    joined = replace(found, faults=(*found.faults, record))
    data = {"code": fault.code, "target": fault.target, "since": fault.since, "evidence": record.evidence}
    transaction.record(joined, "fault_joined", data=data)
    judge_severity(joined, transaction)
    return found.id


def _written(evidence: Mapping[str, Fact]) -> dict[str, Fact]:
    """Evidence without figures that a journal in JSON cannot hold (nan, inf): what was not measured says nothing."""
    return {name: value for name, value in evidence.items() if not isinstance(value, float) or math.isfinite(value)}


def open_incident(
    room: str,
    record: FaultRecord,
    transaction: Transaction,
    *,
    by: str = MACHINE,
    scope: str = "room",
    drill: bool = False,
    why: Reason = Reason(),
) -> Incident:
    """A new incident with the plan's chains as they are at this moment."""
    kind = KINDS.get(record.code) or FaultKind(code=record.code, fault_class=FaultClass.OTHER)
    # A drill trains the worst case: as if a meeting were running.
    severity = transaction.plan.severity(kind, MeetingState(running=True) if drill else transaction.meeting(room))
    incident = Incident(
        id=transaction.shared.incidents.next_number(),
        room=room,
        scope=scope,
        code=record.code,
        fault_class=kind.fault_class,
        severity=severity,
        worst=severity,
        drill=drill,
        plan_version=transaction.plan.version,
        opened_at=transaction.now,
        opened_by=by,
        assessed_at=transaction.now,
        assessed_by=MACHINE,
        faults=(record,),
        chains=_chains(kind.fault_class, transaction),
        entered_at=transaction.now,
    )
    data = {
        "code": record.code,
        "target": record.target,
        "since": record.since,
        "class": kind.fault_class.value,
        "severity": severity.word,
        "evidence": record.evidence,
        "symptoms": list(record.symptoms),
    }
    if not drill and (meeting := meeting_data(transaction.meeting(room), transaction.now)):
        data["meeting"] = meeting
    if not transaction.plan.has_people:
        data["trial"] = True  # for the auditor: a plan without people owed nobody anything
    transaction.record(incident, "opened", by=by, why=why, data=data)
    return incident


def meeting_data(meeting: MeetingState, now: float) -> dict[str, object]:
    """What a report needs to say whom a fault disturbed: whether a meeting ran, when it begins and ends; no name. Empty
    where nothing is known."""
    found: dict[str, object] = {} if meeting.running is None else {"running": meeting.running}
    if meeting.starts_in is not None:
        found["starts_at"] = now + meeting.starts_in
    if meeting.ends_in is not None:
        found["ends_at"] = now + meeting.ends_in
    return {**found, "important": True} if found and meeting.important else found


def report(room: str, by: str, code: str, text: str, scope: str, declare: bool, transaction: Transaction) -> int:
    """A person's report joins what is open in the room or opens an incident; ``declare`` always opens one."""
    now = transaction.now
    record = FaultRecord(code=code, since=now, joined_at=now, reported_by=by, evidence={"text": text} if text else {})
    fault_class = KINDS[code].fault_class
    found = None if declare else find_reported(room, fault_class, transaction.shared.incidents.live(room), drill=False)
    if found is None:
        abort_drills(room, transaction)
        return open_incident(room, record, transaction, by=by, scope=scope, why=said(text)).id
    joined = replace(found, faults=(*found.faults, record))
    transaction.record(joined, "report_joined", by=by, why=said(text), data={"code": code})
    judge_severity(joined, transaction)
    return found.id


def abort_drills(room: str, transaction: Transaction) -> None:
    for drill in [i for i in transaction.shared.incidents.live(room) if i.drill]:
        resolve(drill, transaction, why=because("drill_aborted"))


def clear_fault(fault: Fault, transaction: Transaction) -> None:
    """A fault is gone. The last one of an incident resolves it."""
    key = (fault.code, fault.target)
    unwatched = fault.evidence.get(UNWATCHED) is True
    for incident in transaction.shared.incidents.live(fault.room):
        if incident.drill != fault.drill:
            continue
        if all(known.key != key for known in incident.open_faults):
            continue
        faults = tuple(
            replace(f, cleared_at=transaction.now, unwatched=unwatched) if f.key == key and f.cleared_at is None else f
            for f in incident.faults
        )
        changed = replace(incident, faults=faults)
        data = {"code": fault.code, "target": fault.target, "evidence": dict(fault.evidence)}
        transaction.record(changed, "fault_cleared", data=data)
        # A person's report of the same trouble heals with its probes' evidence, never the other way round.
        if all(f.reported_by for f in changed.open_faults):
            resolve(
                changed,
                transaction,
                why=because("unwatched" if changed.unwatched else "verified"),
            )
        else:
            judge_severity(changed, transaction)


def resolve(incident: Incident, transaction: Transaction, *, by: str = MACHINE, why: Reason) -> None:
    changed = commands.resolved(incident, transaction.now)
    transaction.record(changed, "resolved", by=by, why=why)
    tell_recovery(changed, transaction, reason=why)


def judge_severity(incident: Incident, transaction: Transaction) -> None:
    """Fault × meeting anew; a person's word on it stands."""
    if incident.pinned or incident.drill or not incident.phase.live:
        return
    meeting = transaction.meeting(incident.room)
    kinds = [KINDS[fault.code] for fault in incident.open_faults if fault.code in KINDS]
    severity = max((transaction.plan.severity(kind, meeting) for kind in kinds), default=incident.severity)
    if severity is incident.severity:
        return
    changed = commands.rise(incident, severity, transaction.now)
    data: dict[str, object] = {"from": incident.severity.word, "to": severity.word}
    if told := meeting_data(meeting, transaction.now):
        data["meeting"] = told
    transaction.record(changed, "severity", why=because("meeting_changed"), data=data)
    if severity > incident.worst and incident.taken(transaction.now):
        transaction.tell_reached(changed, "severity")


def _told_nobody(incident: Incident, transaction: Transaction) -> bool:
    """True where the chain that it keeps has reached nobody, and nothing of it is on its way to anybody."""
    if (
        incident.phase is not Phase.OPEN
        or incident.taken(transaction.now)
        or transaction.shared.incidents.reached(incident.id)
    ):
        return False
    rows = transaction.shared.incidents.rows(incident.id)
    return not any(not row.state.final and transaction.plan.addresses(row.contact) for row in rows)


def _begin_anew(incident: Incident, old: str, transaction: Transaction) -> None:
    """The repaired plan's chain from its first step. The event keeps the chains that it had, for the auditor."""
    new = transaction.plan.version
    chains = _chains(incident.fault_class, transaction)
    changed = incident.chain_again("plan_changed", transaction.now, chains=chains, plan_version=new, unanswered_at=None)
    why = because("plan_adopted", old=old, new=new, version=incident.plan_version)
    transaction.record(changed, "plan_changed", why=why, data={"before": msgspec.to_builtins(incident.chains)})


def _chains(fault_class: FaultClass, transaction: Transaction) -> dict[str, tuple[EscalationStep, ...]]:
    return {level.word: transaction.plan.chain(fault_class, level, transaction.now) for level in Severity}


def begin_untold(transaction: Transaction) -> None:
    """After a start: incidents that were opened while the plan had no people take the chains that it has now."""
    for incident in transaction.shared.incidents.live():
        chains = _chains(incident.fault_class, transaction)
        if incident.phase is Phase.OPEN and not any(incident.chains.values()) and any(chains.values()):
            _begin_anew(incident, incident.plan_version, transaction)


def change_plan(old: str, transaction: Transaction) -> None:
    """Another plan is in force now. Open incidents keep their chains, and those who were told hear of it; one of
    which nobody was told takes the new plan's."""
    new = transaction.plan.version
    for incident in transaction.shared.incidents.live():
        if _told_nobody(incident, transaction) or (incident.phase is Phase.OPEN and not incident.chain):
            _begin_anew(incident, old, transaction)
            continue
        why = because("plan_kept", old=old, new=new, version=incident.plan_version)
        transaction.record(incident, "plan_changed", why=why)
        transaction.tell_reached(incident, "plan_changed", text=new)
    gone = {row.contact for row in transaction.shared.outbox.waiting() if not transaction.plan.addresses(row.contact)}
    for contact in sorted(gone):
        transaction.shared.outbox.withdraw(
            lambda row, contact=contact: row.contact == contact,  # type: ignore[misc]
            transaction.now,
            transaction.batch,
            why=because("contact_gone", people=(contact,), version=new),
        )
