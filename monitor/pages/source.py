"""What the pages ask of a room. A room's daemon has one, a site one for each of its rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from alerting.model.fault import FaultClass
from alerting.model.room import Room
from alerting.words import Words
from monitor.pages.room_view import Series


@dataclass(frozen=True, slots=True)
class Reported:
    """number: of the incident. joined: it was open already. told: somebody accepted a message of it."""

    number: int
    joined: bool


class RoomSource(Protocol):
    """One room. Its texts are data: the pages escape them."""

    id: str

    @property
    def room(self) -> Room:
        """What it is called, where it is and its language, as configured: every page asks, so it costs nothing."""
        ...

    def status(self) -> Mapping[str, Any]:
        """The status document."""
        ...

    async def series(self) -> Series:
        """The readings of the last day, thinned to what a small line shows."""
        ...

    async def incident(self, number: int) -> Mapping[str, Any] | None:
        """A row of the status document, also of an incident that is over; None for one that this room never had."""
        ...

    async def report(self, fault_class: FaultClass, text: str, name: str) -> Reported:
        """A participant's report. Raises Refused."""
        ...

    async def feedback(self, number: int, score: int, text: str, name: str) -> None:
        """Raises Refused."""
        ...

    async def meeting_feedback(self, score: int, text: str) -> None:
        """What somebody says of a meeting after it. Raises Refused."""
        ...

    def calls(self) -> Sequence[Mapping[str, str]]:
        """Whom to call: name and phone, the one on duty first."""
        ...

    def elsewhere(self, words: Words) -> Sequence[str]:
        """Where a meeting of this room can go on, by the plan; no join link."""
        ...
