"""Who tells people of an incident: Alertmanager as long as it accepts, else the room. Nobody is told by neither."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.workflows.alertmanager_handover import HandoverToAlertmanager
from tests.alerting.stage import RUNNING, START
from tests.audit.audited_room import CAMERA, EMPTY, Room
from tests.audit.conftest import folder

__all__ = ["folder"]
RESEND = 60.0


@dataclass
class Alertmanager:
    """A cluster of which all members accept, or none, as the clock of the room goes."""

    responds: bool = True
    answers: bool = True
    accepts: bool = True
    take_over_seconds: float = 30.0
    last: dict[int, float] = field(default_factory=dict)
    room: Room | None = None

    @property
    def now(self) -> float:
        assert self.room is not None
        return self.room.clock.now

    def accepted(self, incident: int) -> bool:
        if self.accepts:
            self.last[incident] = self.now
        return incident in self.last

    def silent_for(self, incident: int) -> float | None:
        self.accepted(incident)
        return self.now - self.last[incident] - RESEND if incident in self.last else None


@dataclass
class Case:
    room: Room
    alertmanager: Alertmanager

    async def until(self, seconds: float) -> None:
        """In steps of a tick, as the daemon's loop makes them."""
        while self.room.clock.now < START + seconds:
            await self.room.until(min(self.room.clock.now - START + 15.0, seconds))

    def verbs(self) -> list[str]:
        apart = ("watching", "stopped")
        return [one.verb for one in self.room.events() if one.incident and one.verb not in apart]


@pytest.fixture
async def case(folder: Path) -> Case:
    alertmanager = Alertmanager()
    alertmanager.room = room = Room(folder, before_the_chain=(HandoverToAlertmanager(alertmanager),))
    return Case(room, alertmanager)


async def test_the_room_tells_nobody_while_alertmanager_accepts(case: Case) -> None:
    await case.room.engine.fault_opened(CAMERA, RUNNING)
    await case.until(3600)
    assert case.verbs() == ["opened", "handed_over", "handover_accepted"]
    await case.room.engine.fault_cleared(CAMERA)
    await case.until(3700)
    assert case.room.story() == [] and case.room.findings == []
    await case.room.close()


async def test_the_room_tells_at_once_where_no_member_answers(case: Case) -> None:
    case.alertmanager.answers = case.alertmanager.accepts = False
    await case.room.engine.fault_opened(CAMERA, RUNNING)
    await case.until(10)
    assert case.room.story()[0] == (0.0, "wang", "opened") and case.room.findings == []
    await case.room.close()


async def test_the_room_takes_over_what_nobody_accepts_and_its_chain_runs_whole(case: Case) -> None:
    case.alertmanager.accepts = False
    await case.room.engine.fault_opened(CAMERA, RUNNING)
    await case.until(600)
    assert case.verbs()[:4] == ["opened", "handed_over", "handover_ended", "step"]
    assert case.room.story()[:4] == [
        (0.5, "wang", "escalated"),
        (2.5, "wang", "repeated"),
        (4.5, "wang", "repeated"),
        (5.5, "li", "escalated"),
    ]
    case.alertmanager.accepts = True
    await case.until(700)
    assert case.verbs().count("handed_over") == 1, "the people who were told stay those who are told"
    assert case.room.findings == []
    await case.room.close()


async def test_the_room_takes_over_when_every_member_is_lost_later(case: Case) -> None:
    await case.room.engine.fault_opened(CAMERA, RUNNING)
    await case.until(300)
    case.alertmanager.accepts = False
    await case.until(600)
    ((minute, who, kind), *_) = case.room.story()
    assert (who, kind) == ("wang", "escalated") and 5.0 + 0.5 <= minute <= 5.0 + 1.75
    assert case.room.findings == []
    await case.room.close()


async def test_a_kill_between_the_handover_and_its_acceptance_loses_nobody(case: Case) -> None:
    case.alertmanager.accepts = False
    await case.room.engine.fault_opened(CAMERA, RUNNING)
    assert case.verbs() == ["opened", "handed_over"]
    await case.room.restart(20.0)
    await case.until(120)
    assert case.room.story()[0][1:] == ("wang", "escalated") and case.room.findings == []
    await case.room.close()


async def test_a_worse_severity_waits_for_its_own_acceptance(case: Case) -> None:
    await case.room.engine.fault_opened(CAMERA, EMPTY)
    await case.until(120)
    await case.room.engine.meeting_changed("R1", MeetingState(running=True))
    await case.until(600)
    assert case.room.story() == [] and case.room.findings == []
    await case.room.close()


async def test_who_takes_it_in_the_room_is_in_nobodys_way(case: Case) -> None:
    await case.room.engine.fault_opened(CAMERA, RUNNING)
    await case.room.engine.command("take", 1, by="wang")
    await case.until(2 * 3600)
    assert case.room.story() == [] and case.room.findings == []
    await case.room.close()


@pytest.mark.parametrize("how", ["settings", "observing"])
async def test_a_reload_that_lets_the_room_respond_hands_back_what_is_open(case: Case, how: str) -> None:
    await case.room.engine.fault_opened(CAMERA, RUNNING)
    await case.until(60)
    case.alertmanager.responds = False
    await case.room.engine.change_plan(replace(case.room.plan, version="2") if how == "settings" else case.room.plan)
    await case.until(90)
    assert case.room.story()[0] == (1.0, "wang", "escalated")
    ended = next(one for one in case.room.events() if one.verb == "handover_ended")
    assert ended.why.code == "room_responds"
    await case.room.close()


async def test_drills_train_the_rooms_own_chain(case: Case) -> None:
    drill = Fault(room="R1", code="camera_missing", since=START, drill=True)
    await case.room.engine.fault_opened(drill, EMPTY)
    await case.until(10)
    assert case.room.story()[0][1:] == ("wang", "opened")
    await case.room.close()


async def test_the_audit_finds_an_incident_that_was_left_to_nobody(case: Case) -> None:
    """As if a daemon had left it and never looked again."""
    case.alertmanager.accepts = False
    await case.room.engine.fault_opened(CAMERA, RUNNING)
    case.alertmanager.take_over_seconds = 1e9
    await case.until(600)
    assert next((one.code.value, one.what) for one in case.room.findings) == ("missed", "handover")
    await case.room.close()
