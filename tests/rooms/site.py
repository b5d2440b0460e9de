"""A site of three rooms on one service: a clock that tests move, machines that note what they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import RemedyOutcome
from alerting.model.room import Room
from alerting.service.service import AlertingService
from alerting.service.settings import ServiceSettings
from alerting.workflows.drill.drill_under_way import DrillOrder
from tests.alerting.stage import START, Clock, PostOffice

SITE = Room(id="hq", name="Headquarters", language="en")
ROOMS = tuple(Room(id=f"R{n}", name=name) for n, name in enumerate(("Lakeside", "Garden", "Harbour"), 1))
EMPTY = MeetingState(running=False)

PLAN = """
timezone = "UTC"
[contacts.wang]
name = "Wang Qiang"
language = "en"
channels = ["json://127.0.0.1:1/wang"]
[contacts.chen]
name = "Chen Li"
language = "en"
channels = ["json://127.0.0.1:1/chen"]
[groups.technical]
name = "Technical"
members = ["wang"]
[groups.leadership]
name = "Leadership"
members = ["chen"]
[chains.default]
steps = [{ after = 0, tell = ["technical"] }, { after = 300, tell = ["leadership"] }]
"""


class Machine:
    """A RoomMachine that does nothing but note."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.drills: list[DrillOrder] = []
        self.opened: list[tuple[int, str]] = []

    async def carry_out(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        if not dry:
            self.asked.append((kind, target))
        return RemedyOutcome(ok=True, detail=because("sound_active"))

    async def inject(self, order: DrillOrder) -> Reason:
        self.drills.append(order)
        return Reason()

    async def withdraw(self, order: DrillOrder) -> None: ...

    def incident_opened(self, number: int, code: str) -> None:
        self.opened.append((number, code))


class Site:
    def __init__(self, folder: Path, plan: str = PLAN, rooms: tuple[Room, ...] = ROOMS, home: Room = SITE) -> None:
        self.folder, self.clock = folder, Clock()
        (folder / "plan.toml").write_text(plan)
        self.machines = {room.id: Machine() for room in rooms}
        self.settings = ServiceSettings(home=home, rooms=rooms, plan=folder / "plan.toml")
        self.start()

    def start(self) -> None:
        self.post = PostOffice(self.clock)
        self.service = AlertingService(
            self.settings,
            self.folder,
            machines=self.machines,
            drawing=_no_paper,
            outbound=self.post,
            now=lambda: self.clock.now,
            steady=lambda: self.clock.now,
        )

    async def until(self, seconds: float) -> None:
        """As Stage.until, through the service."""
        engine, end = self.service.engine, START + seconds
        while True:
            await engine.settle()
            at = await self.service.tick()
            await engine.settle()
            if min(at, await self.service.tick()) > end:
                break
            self.clock.now = max(self.clock.now, min(at, end))
        self.clock.now = end
        await self.service.tick()
        await engine.settle()

    async def breaks(self, code: str, target: str = "", meeting: MeetingState = EMPTY) -> None:
        """The same fault in every room, at this moment."""
        for room in self.machines:
            fault = Fault(room=room, code=code, target=target, since=self.clock.now)
            await self.service.engine.fault_opened(fault, meeting)

    def titles(self, kind: str = "") -> list[str]:
        return [message.title for _, _, message in self.post.arrived if kind in message.title]

    def verbs(self, incident: int | None = None) -> list[str]:
        return [event.verb for event in self.service.journal.reader.events(incident)]


def _no_paper(words: Sequence[str]) -> Sequence[str]:
    return ["false", *words]
