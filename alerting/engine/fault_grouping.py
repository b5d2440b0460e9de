"""Which open incident a fault or a report belongs to: faults of one cause in one place are one incident. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from alerting.model.catalogue import KINDS
from alerting.model.fault import Fault, FaultClass, FaultKind, Severity
from alerting.model.incident import FaultRecord, Incident
from alerting.model.needed_checks import needed_checks

BROKE_TOGETHER = 30.0
"""Seconds within which several targets of one check break by one cause: two of the plan's longest looks (15 s)."""
VAGUE = (FaultClass.OTHER, FaultClass.OPERATOR)
"""Classes of a report whose reporter could not say what is broken."""


def _other_thing(kind: FaultKind, target: str, other: FaultKind, its_target: str) -> bool:
    """True where the two speak of different cameras or programs. One name may be a part of the other: a camera that is
    gone is named as the settings name it, its picture by its whole name."""
    mine, its = target.casefold(), its_target.casefold()
    if mine in its or its in mine:
        return False
    cameras = kind.check.partition(".")[0] == other.check.partition(".")[0] == "camera"
    return cameras or kind.same_target or other.same_target


def related(fault: Fault, incident: Incident) -> bool:
    """True where the two have one cause, in one room; drills keep to themselves.

    The same fault of the same target belongs to its incident, cleared or not. Otherwise an open fault of the incident
    decides:

    - A person's report whose class fits is the same trouble, as long as no probe had found anything for it: what a
      probe finds then is its evidence. A report of no clear class (other, operator) fits what people in a meeting
      notice: a critical fault, or one of handling. The monitor's own faults are no evidence of anything.
    - Checks that stand on each other have one cause, whatever the targets (a dead link and an unreachable service),
      unless the targets are different cameras or programs: the second camera does not freeze because the first one
      is unplugged.
    - Different targets of the same check have one cause where they broke within BROKE_TOGETHER (a hub with two
      cameras, a session that ended with all its programs); later they are two causes, with two people to send.
    """
    if fault.room != incident.room or fault.drill != incident.drill:
        return False
    if any(record.key == (fault.code, fault.target) for record in incident.faults):
        return True
    kind = KINDS.get(fault.code)
    if kind is None:
        return False
    if incident.scope == "room" and all(record.reported_by for record in incident.faults):
        noticed = kind.weight is Severity.CRITICAL or kind.fault_class is FaultClass.OPERATOR
        fits = incident.fault_class is kind.fault_class or (incident.fault_class in VAGUE and noticed)
        return bool(kind.check) and fits
    return any(_one_cause(fault, kind, record) for record in incident.open_faults)


def _one_cause(fault: Fault, kind: FaultKind, record: FaultRecord) -> bool:
    other = KINDS.get(record.code)
    if other is None or not kind.check or not other.check:
        return record.code in fault.symptoms or fault.code in record.symptoms
    if kind.check == other.check and record.target != fault.target:
        return abs(fault.since - record.since) <= BROKE_TOGETHER
    if _other_thing(kind, fault.target, other, record.target):
        return False
    if record.code in fault.symptoms or fault.code in record.symptoms:
        return True
    if kind.check == other.check:
        return True
    return other.check in needed_checks(fault.code, KINDS) or kind.check in needed_checks(record.code, KINDS)


def find_incident(fault: Fault, incidents: Iterable[Incident]) -> Incident | None:
    """The open incident that this fault belongs to, the oldest first; None for one of its own."""
    for incident in incidents:
        if incident.phase.live and related(fault, incident):
            return incident
    return None


def find_reported(room: str, fault_class: FaultClass, incidents: Iterable[Incident], *, drill: bool) -> Incident | None:
    """The open incident that a person's report joins: of the same class first, else the only one of the room."""
    live = [i for i in incidents if i.room == room and i.phase.live and i.drill == drill]
    same = [i for i in live if i.fault_class is fault_class]
    if same:
        return same[0]
    return live[0] if len(live) == 1 and fault_class in VAGUE else None
