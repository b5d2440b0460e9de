"""The names that people use for the ids of the plan and of rooms. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alerting.messages.facts import Role
from alerting.model.catalogue import KINDS
from alerting.model.room import Room
from alerting.plan.running_plan import ORGANISER, RunningPlan


class DisplayNames:
    """plan, rooms: asked anew each time, because a reload replaces them."""

    def __init__(self, plan: Callable[[], RunningPlan], rooms: Callable[[], Mapping[str, Room]]) -> None:
        self._plan, self._rooms = plan, rooms

    def person(self, by: str) -> str:
        """The name that people use."""
        contact = self._plan().data.contacts.get(by)
        return contact.name if contact is not None else by.removeprefix(ORGANISER)

    def audience(self, one: str) -> str:
        """A group's or a person's own name."""
        group = self._plan().data.groups.get(one)
        return group.name if group is not None and group.name else self.person(one)

    def entry(self, one: str) -> str:
        """A backup's or a material's own name."""
        data = self._plan().data
        found = data.backups.get(one) or data.materials.get(one)
        return found.name if found is not None else one

    def room(self, room: str) -> str:
        """The room's name; its id where it has none or is none of ours."""
        known = self._rooms().get(room)
        return known.name if known is not None and known.name else room

    def whereabouts(self, room: str) -> tuple[str, str]:
        """A room's floor and site; "" for what is not known."""
        known = self._rooms().get(room)
        return (known.floor, known.site) if known is not None else ("", "")

    def material(self, code: str) -> tuple[str, str] | None:
        """(name, place) of what the plan keeps for a fault; None for nothing."""
        kind = KINDS.get(code)
        if kind is None or not kind.spare:
            return None
        kept = self._plan().data.materials.values()
        return next(((one.name, one.place) for one in kept if kind.spare in one.covers), None)

    def role(self, contact: str) -> Role:
        """What a contact has to do with a fault, by the groups of the plan; who is in several repairs first."""
        if self.is_participant(contact):
            return "participants"
        groups = self._plan().groups(contact)
        if "technical" in groups:
            return "technical"
        if groups & {"leadership", "office", "management"}:
            return "leadership"
        return "logistics" if "logistics" in groups else "technical"

    def is_participant(self, contact: str) -> bool:
        """True for those who sit in meetings and repair nothing: they are spared the technical lines."""
        plan = self._plan()
        rooms = plan.data.rooms.values()
        groups = plan.groups(contact)
        sits = contact in {one for room in rooms for one in room.participants} or "participants" in groups
        return contact.startswith(ORGANISER) or (sits and groups <= {"participants"})
