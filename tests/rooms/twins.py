"""One engine on which everything that happens in R1 happens in two other rooms too, at the same times, mixed.

What a story asks of its stage is answered for R1 alone, so that the stories of one room run unchanged; afterwards the
three rooms must have heard and written the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from alerting.engine.transaction import Transaction
from alerting.journal import JournalReader
from alerting.model.fault import Fault, FaultClass
from alerting.model.incident import Incident
from alerting.model.meeting_state import MeetingState
from tests.alerting.stage import Stage, StageEngine

FIRST, TWINS = "R1", ("T2", "T3")
NUMBERS = ("unanswered", "nobody_reached", "told_to_nobody")
T = TypeVar("T")


class TwinEngine(StageEngine):
    """Numbers of R1's incidents mean those of the twins as well."""

    def _twin_of(self, number: int, room: str) -> int:
        """The incident of a twin that was opened as R1's; incidents of rooms apart are their own twins."""
        everything = self._loop.journal.reader.incidents()
        mine = [one.id for one in everything if one.room == FIRST]
        theirs = [one.id for one in everything if one.room == room]
        return theirs[mine.index(number)] if number in mine else 0

    async def _everywhere(self, room: str, do: Callable[[str], Awaitable[T]]) -> T:
        """In R1 and then in its twins, which must fare alike; what came of it in R1."""
        if room != FIRST:
            return await do(room)
        found: list[Any] = []
        for one in (FIRST, *TWINS):
            try:
                found.append(await do(one))
            except Exception as error:
                found.append(error)
        assert len({type(one) for one in found}) == 1, found
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]  # type: ignore[no-any-return]

    async def fault_opened(self, fault: Fault, meeting: MeetingState | None = None) -> int:
        base = super()
        return await self._everywhere(fault.room, lambda room: base.fault_opened(replace(fault, room=room), meeting))

    async def fault_cleared(self, fault: Fault) -> None:
        base = super()
        await self._everywhere(fault.room, lambda room: base.fault_cleared(replace(fault, room=room)))

    def meeting_seen(self, room: str, meeting: MeetingState) -> None:
        for one in (FIRST, *TWINS) if room == FIRST else (room,):
            super().meeting_seen(one, meeting)

    async def meeting_changed(self, room: str, meeting: MeetingState) -> None:
        base = super()
        await self._everywhere(room, lambda one: base.meeting_changed(one, meeting))

    async def command(self, verb: str, incident_id: int, /, **arguments: Any) -> Incident:
        base = super()
        twins = {room: self._twin_of(incident_id, room) for room in TWINS}
        if not all(twins.values()):
            return await base.command(verb, incident_id, **arguments)
        twins[FIRST] = incident_id
        return await self._everywhere(FIRST, lambda room: base.command(verb, twins[room], **arguments))

    async def task_command(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        base = super()
        if name == "drill_stop" and not arguments.get("drill"):
            running = (await base.task_command("drills", by="roomwatch"))["drills"]
            for order in running[1:]:
                await base.task_command(name, drill=order["id"], **arguments)
        if name != "drill":
            return await base.task_command(name, **arguments)
        given = arguments.pop("room", FIRST)
        return await self._everywhere(given, lambda room: base.task_command(name, room=room, **arguments))

    async def report_by_person(self, room: str, *, fault_class: FaultClass, **given: Any) -> int:
        base = super()
        return await self._everywhere(room, lambda one: base.report_by_person(one, fault_class=fault_class, **given))

    def incidents(self) -> list[Incident]:
        return [one for one in super().incidents() if one.room not in TWINS]

    def summary(self) -> dict[str, object]:
        found = super().summary()
        mine = {one.id for one in self.incidents()}
        kept = {name: [one for one in value if one in mine] for name, value in found.items() if name in NUMBERS}  # type: ignore[attr-defined]
        return {**found, **kept}

    def open_faults(self) -> list[Fault]:
        return [one for one in super().open_faults() if one.room not in TWINS]

    async def change(self, work: Callable[[Transaction], T], **how: Any) -> T:
        """Checks before meetings come as a change of their own (partial of premeeting.take)."""
        checked = getattr(work, "args", (None,))[0]
        base = super()
        if getattr(checked, "room", "") != FIRST:
            return await base.change(work, **how)
        return await self._everywhere(FIRST, lambda room: base.change(_for(work, checked, room), **how))


def _for(work: Any, checked: Any, room: str) -> Callable[[Transaction], Any]:
    return lambda transaction: work.func(replace(checked, room=room), transaction)


def journal_of(reader: JournalReader, room: str) -> list[tuple[float, str, str]]:
    """(time, verb, by) of all that was written of a room's incidents, without their numbers."""
    numbers = [one.id for one in reader.incidents() if one.room == room]
    return sorted((event.at, event.verb, event.by) for number in numbers for event in reader.events(number))


def told_of(reader: JournalReader, stage: Stage, room: str) -> list[tuple[float, str, str]]:
    """(time, contact, kind) of what was sent about a room's incidents; at the same instant by name."""
    numbers = {one.id for one in reader.incidents() if one.room == room}
    arrived = stage.post.arrived if room == FIRST else stage.post.of_twins[room]
    mine = [(at, who, sent) for at, who, sent in arrived if int(sent.key.split("-")[1]) in numbers]
    return sorted((at, who, sent.short) for at, who, sent in mine)
