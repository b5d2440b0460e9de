"""What a plan offers beside telling people: remedies, backups, spares, and who sits in a room's meeting. Pure."""

from __future__ import annotations

from alerting.plan.contract import ResponsePlan
from alerting.plan.model import Plan
from alerting.plan.remedy_format import PlannedRemedy
from alerting.plan.resources import Backup, Material
from alerting.plan.running_plan import ORGANISER


def remedies(plan: Plan, code: str) -> list[tuple[str, PlannedRemedy]]:
    """(id, remedy) of those that may be tried for a fault, in the plan's order."""
    return [(name, one) for name, one in plan.remedies.items() if code in one.faults]


def backups(plan: Plan, room: str) -> list[tuple[str, Backup]]:
    """(id, backup) of the ways in which a room's meeting can go on, the first to try first."""
    found = [(name, one) for name, one in plan.backups.items() if not one.rooms or room in one.rooms]
    return sorted(found, key=lambda pair: pair[1].order)


def materials(plan: Plan, spare: str) -> list[tuple[str, Material]]:
    """(id, material) of what serves as this spare."""
    return [(name, one) for name, one in plan.materials.items() if spare in one.covers]


def participants(plan: ResponsePlan, room: str, organiser: str, at: float) -> list[str]:
    """Contacts who are told where a room's meeting goes on: the room's own, else the group, and the organiser where
    the plan says how organisers are told."""
    own = plan.data.rooms.get(room)
    groups = own.participants if own is not None and own.participants else ("participants",)
    found = dict.fromkeys(person for group in groups for person in plan.members(group, at))
    if organiser and plan.data.organiser_channel is not None:
        known = next((key for key, one in plan.data.contacts.items() if organiser in (key, one.name)), "")
        found[known or ORGANISER + organiser] = None
    return [person for person in found if plan.addresses(person)]
