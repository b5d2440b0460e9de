"""Who would be told what, when, by which channel (`roomwatch plan show`). Pure; shows no secret."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.fault import FaultKind, Severity
from alerting.meeting_state import MeetingState
from alerting.plan.running import RunningPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One person at one step. at: Unix seconds. ways: kinds of channel, no address."""

    step: str
    action: str
    at: float
    contact: str
    name: str
    ways: tuple[str, ...]
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    severity: Severity
    chain: str
    peak: float
    told: tuple[Told, ...]


def preview(plan: RunningPlan, kind: FaultKind, meeting: MeetingState, at: float) -> Preview:
    """What the plan would do if this fault opened at that time and nobody took it. Repeats are left out."""
    severity = plan.severity(kind, meeting)
    found = plan.named_chain(kind.fault_class, severity)
    told: list[Told] = []
    so_far: dict[str, None] = {}
    for step in plan.chain(kind.fault_class, severity, at):
        moment = at + step.after
        people = dict.fromkeys(person for one in step.audience for person in plan.people(one, moment))
        if step.deputies:
            so_far.update(people)
            people.update(dict.fromkeys(one for person in so_far for one in plan.deputies(person, moment)))
        so_far.update(people)
        for person in people:
            until = plan.quiet_until(person, severity, moment)
            told.append(
                Told(
                    step=step.name,
                    action=step.action,
                    at=until or moment,
                    contact=person,
                    name=plan.data.contacts[person].name,
                    ways=tuple(_way(plan, person)),
                    waits=until is not None,
                )
            )
    return Preview(severity=severity, chain=found[0] if found else "", peak=plan.peak(at), told=tuple(told))


def _way(plan: RunningPlan, person: str) -> list[str]:
    return [address.path or "?" for address in plan.addresses(person)]
