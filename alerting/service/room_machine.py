"""What a room's own computer does for the service: the seam to the monitor of that room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from alerting.model.catalogue import KINDS
from alerting.model.fault import Fault
from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import CarryOut, RemedyOutcome
from alerting.workflows.drill.drill_under_way import DrillOrder


class RoomMachine(Protocol):
    """One room's. The service asks and journals; the room's monitor does."""

    async def carry_out(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        """A remedy, as alerting/model/remedy_outcome.py has it."""
        ...

    async def inject(self, order: DrillOrder) -> Reason:
        """Let the monitor see a drill's fault; no reason, or why it cannot."""
        ...

    async def withdraw(self, order: DrillOrder) -> None:
        """Let it see that fault no more."""
        ...

    def incident_opened(self, number: int, code: str) -> None:
        """A fault of this room opened or joined an incident: gather what the room can say about it. Returns at once."""
        ...


class RoomMachines:
    """The machines of all rooms, by their ids. A room without one leaves remedies to people and takes no drill."""

    def __init__(self, machines: Mapping[str, RoomMachine]) -> None:
        self._machines = machines

    def incident_opened(self, incident: int, fault: Fault) -> None:
        """Let the room gather evidence. The service's own faults, which no probe finds, concern no room."""
        machine, kind = self._machines.get(fault.room), KINDS.get(fault.code)
        if machine is not None and kind is not None and kind.check:
            machine.incident_opened(incident, fault.code)

    def carry_out_in(self, room: str) -> CarryOut | None:
        machine = self._machines.get(room)
        return machine.carry_out if machine is not None else None

    async def inject(self, order: DrillOrder) -> Reason:
        machine = self._machines.get(order.room)
        return await machine.inject(order) if machine is not None else because("not_watched_yet")

    async def withdraw(self, order: DrillOrder) -> None:
        machine = self._machines.get(order.room)
        if machine is not None:
            await machine.withdraw(order)
