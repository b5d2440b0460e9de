"""The daemon's own room, as the pages ask for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alerting.engine.commands import Refused
from alerting.model.actor import Actor, ActorKind
from alerting.model.fault import FaultClass
from alerting.model.room import Room
from alerting.service.answer import CommandRequest
from alerting.service.service import AlertingService
from alerting.words import Words
from monitor.pages.room_view import DAY, Series
from monitor.pages.source import Reported
from monitor.pipeline.history import ReadingHistory

KEPT_SECONDS = 120.0
"""How long the lines of the last day are used again: reading them costs a tenth of a second."""
STEP_SECONDS = 1800.0
"""One point of a line: 48 for a day, about three pixels each."""


class ThisRoom:
    """room: as it is configured now; id: under which the pages serve it. status: the room's status document."""

    def __init__(
        self,
        room: Callable[[], Room],
        service: AlertingService,
        history: ReadingHistory,
        status: Callable[[], Mapping[str, Any]],
    ) -> None:
        self.id = room().id
        self.status = status
        self._room = room
        self._service, self._history = service, history
        self._series: Series = {}
        self._read_at = -KEPT_SECONDS

    @property
    def room(self) -> Room:
        return self._room()

    async def series(self) -> Series:
        if time.monotonic() - self._read_at >= KEPT_SECONDS:
            self._read_at = time.monotonic()
            self._series = await self._history.day(time.time() - DAY, STEP_SECONDS)
        return self._series

    async def incident(self, number: int) -> Mapping[str, Any] | None:
        return await self._service.rows.of(number, self.id)

    async def report(self, fault_class: FaultClass, text: str, name: str) -> Reported:
        words = {"class": fault_class.value, "text": text, "room": self.id}
        answer = await self._ask("report", name, None, words)
        return Reported(answer["number"], answer["joined"])

    async def feedback(self, number: int, score: int, text: str, name: str) -> None:
        if await self.incident(number) is None:
            raise Refused("no_open_incident", number=number, known=())
        await self._ask("feedback", name, number, {"score": score, "text": text})

    async def meeting_feedback(self, score: int, text: str) -> None:
        await self._ask("meeting_feedback", "", None, {"room": self.id, "score": score, "text": text})

    async def _ask(self, verb: str, name: str, incident: int | None, words: Mapping[str, Any]) -> Mapping[str, Any]:
        """A participant's word, by the entrance for all commands. Raises Refused."""
        who = name or "participant"
        actor = Actor(kind=ActorKind.PARTICIPANT, name=who, person=who)
        request = CommandRequest(verb=verb, actor=actor, incident=incident, arguments=words)
        answer = await self._service.command(request)
        if answer.refused is not None:
            raise Refused(answer.refused.code, **answer.refused.values)
        return answer.document

    def calls(self) -> Sequence[Mapping[str, str]]:
        """The technical group's members on duty who have a phone, the first two."""
        plan, data = self._service.plan, self._service.plan.data
        people = [data.contacts[one] for one in plan.members("technical", time.time()) if one in data.contacts]
        return [{"name": one.name, "phone": one.phone} for one in people if one.phone][:2]

    def elsewhere(self, words: Words) -> Sequence[str]:
        ways = sorted(self._service.plan.data.backups.values(), key=lambda one: one.order)
        return [
            f"{one.name}{words.traits.comma}{one.room}" if one.room and one.room != one.name else one.name
            for one in ways
            if not one.rooms or self.id in one.rooms
        ]
