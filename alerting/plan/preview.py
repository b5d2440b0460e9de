"""Who would be told what, when, by which channel (`roomwatch plan show`). Pure; shows no secret.

Beside the chain: what happens on confirmation, which spare and remedy, which backup and who is sent there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from alerting.model.fault import FaultKind, Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.resources import Backup
from alerting.plan.running_plan import RunningPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedMessage:
    """One person at one step. at: Unix seconds. ways: kinds of channel, no address."""

    step: str
    action: str
    at: float
    contact: str
    name: str
    ways: tuple[str, ...]
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One thing beside the chain. kind: key under plan.show in the catalogues. at: Unix seconds, None for "when".

    people: (name, ways) of those who hear of it. values: what, where, how long.
    """

    kind: Literal["confirmed", "spare", "spare_missing", "remedy_automatic", "remedy_asks", "backup", "backup_starts"]
    at: float | None = None
    people: tuple[tuple[str, tuple[str, ...]], ...] = ()
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    severity: Severity
    chain: str
    peak: float
    told: tuple[PreviewedMessage, ...]
    beside: tuple[Beside, ...] = ()


def preview(plan: RunningPlan, kind: FaultKind, meeting: MeetingState, at: float, room: str = "") -> Preview:
    """What the plan would do if this fault opened at that time and nobody took it. Repeats are left out.

    room: whose own backups and participants count; "" for those of every room.
    """
    severity = plan.severity(kind, meeting)
    found = plan.named_chain(kind.fault_class, severity)
    told: list[PreviewedMessage] = []
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
                PreviewedMessage(
                    step=step.name,
                    action=step.action,
                    at=until or moment,
                    contact=person,
                    name=plan.data.contacts[person].name,
                    ways=tuple(_way(plan, person)),
                    waits=until is not None,
                )
            )
    return Preview(
        severity=severity,
        chain=found[0] if found else "",
        peak=plan.peak(at),
        told=tuple(told),
        beside=tuple(_beside(plan, kind, meeting, severity, at, room)),
    )


def _beside(
    plan: RunningPlan, kind: FaultKind, meeting: MeetingState, severity: Severity, at: float, room: str
) -> Iterator[Beside]:
    data = plan.data
    if severity >= plan.confirm_tells_from:
        yield Beside(kind="confirmed", people=_people(plan, data.confirm_tells, at))
    materials = [one for one in data.materials.values() if kind.spare and kind.spare in one.covers]
    if materials and severity is not Severity.NOTICE:
        asked = at + data.spare_after if severity is Severity.CRITICAL else None
        there = next((one for one in materials if one.quantity), None)
        values = {"title": (there or materials[0]).name, "place": there.place if there else "—"}
        who = _people(plan, ("logistics",), at)
        yield Beside(kind="spare" if there else "spare_missing", at=asked, people=who, values=values)
    for name, remedy in data.remedies.items():
        if kind.code in remedy.faults:
            alone = remedy.automatic and meeting.hands_off is False
            values = {"id": name, "notice": f"{remedy.notice:g}"}
            who = _people(plan, ("technical",), at)
            yield Beside(kind="remedy_automatic" if alone else "remedy_asks", at=at, people=who, values=values)
    steps = [step for step in plan.chain(kind.fault_class, severity, at) if step.action == "backup"]
    ways = sorted((b for b in data.backups.values() if not room or not b.rooms or room in b.rooms), key=_order)
    if steps and ways:
        own = data.rooms.get(room)
        sits = own.participants if own is not None and own.participants else ("participants",)
        first = ways[0]
        starts = first.start == "start" and meeting.running is not False
        values = {"title": first.name, "place": first.join or first.room or "—"}
        yield Beside(
            kind="backup_starts" if starts else "backup",
            at=at + steps[0].after,
            people=_people(plan, sits, at),
            values=values,
        )


def _order(backup: Backup) -> int:
    return backup.order


def _people(plan: RunningPlan, groups: tuple[str, ...], at: float) -> tuple[tuple[str, tuple[str, ...]], ...]:
    people = dict.fromkeys(person for one in groups for person in plan.people(one, at))
    return tuple((plan.name(person), tuple(_way(plan, person))) for person in people)


def _way(plan: RunningPlan, person: str) -> list[str]:
    return [address.path or "?" for address in plan.addresses(person)]
