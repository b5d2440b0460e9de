"""What a room's own computer does for the service: the seam to the monitor of that room."""

from __future__ import annotations

from typing import Protocol

from alerting.model.reason import Reason
from alerting.model.remedy_outcome import RemedyOutcome
from alerting.workflows.drill.drill_order import DrillOrder


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
