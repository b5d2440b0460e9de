"""Logistics as stories: which spare from where to which room, what the store holds, who comes to help."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerting.engine.commands import Refused
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.plan.model import Plan
from alerting.plan.resources import Material
from alerting.workflows.scheduled.spares_stock import Stores
from alerting.workflows.spare_requests import Logistics
from tests.alerting.stage import RUNNING, START, Organisation, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
SOON = MeetingState(running=False, starts_in=600)
MATERIALS = {
    "camera": Material(name="备用摄像头", quantity=1, place="3 层库房 A 柜", covers=("spare_camera",)),
    "camera2": Material(name="旧摄像头", quantity=1, place="地下室", covers=("spare_camera",)),
}


class StoreStage(Stage):
    def __init__(self, folder: Path) -> None:
        plan = Organisation(data=Plan(materials=MATERIALS))
        super().__init__(folder, plan, workflows=(Logistics(),), tasks=(Stores(),))

    def spares(self, number: int = 0) -> list[tuple[str, str]]:
        return [(one.material, one.place) for one in self.engine.incidents()[number].spares]

    def to_logistics(self) -> list[tuple[float, str]]:
        return [(at, kind) for at, who, kind in self.story() if who == "zhao" and kind == "spare"]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[StoreStage]:
    made = StoreStage(tmp_path)
    yield made
    await made.close()


async def test_a_camera_missing_in_a_meeting_calls_for_the_spare_after_a_minute(stage: StoreStage) -> None:
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(59)
    assert stage.to_logistics() == []
    await stage.until(600)
    assert stage.to_logistics() == [(1, "spare")]
    assert stage.spares() == [("camera", "3 层库房 A 柜")]


async def test_a_warning_calls_for_it_once_a_person_confirmed_and_a_notice_never(stage: StoreStage) -> None:
    number = await stage.engine.fault_opened(CAMERA, SOON)
    await stage.until(300)
    assert stage.to_logistics() == []
    await stage.engine.command("confirm", number, by="wang")
    await stage.until(301)
    assert stage.to_logistics() == [(5, "spare")]
    other = Fault(room="R2", code="camera_missing", target="cam0", since=START)
    number = await stage.engine.fault_opened(other, MeetingState(running=False))
    await stage.engine.command("confirm", number, by="wang")
    await stage.until(3000)
    assert len(stage.to_logistics()) == 1


async def test_what_heals_within_the_minute_sends_nobody_running(stage: StoreStage) -> None:
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(40)
    await stage.engine.fault_cleared(CAMERA)
    await stage.until(600)
    assert stage.to_logistics() == []


async def test_stock_goes_down_and_back_and_the_next_room_gets_what_is_left(stage: StoreStage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(70)
    took = await stage.engine.task_command("spare_take", by="zhao", name="备用摄像头", incident=number)
    assert (took["place"], took["left"]) == ("3 层库房 A 柜", 0)
    assert stage.engine.incidents()[0].spares[0].taken_by == "zhao"
    with pytest.raises(Refused, match=r"none_left.*备用摄像头.*3 层库房 A 柜.*zhao"):
        await stage.engine.task_command("spare_take", by="li", name="camera")
    await stage.close()
    stage.open()
    await stage.engine.fault_opened(Fault(room="R2", code="camera_missing", since=START), RUNNING)
    await stage.until(140)
    assert stage.spares(1) == [("camera2", "地下室")]
    await stage.engine.task_command("spare_take", by="zhao", name="camera2")
    await stage.engine.fault_opened(Fault(room="R3", code="camera_missing", since=START), RUNNING)
    await stage.until(210)
    assert stage.spares(2) == [("", "")]
    back = await stage.engine.task_command("spare_return", by="wang", name="camera")
    assert back["left"] == 1
    with pytest.raises(Refused, match=r"none_out.*备用摄像头"):
        await stage.engine.task_command("spare_return", by="wang", name="camera")
    with pytest.raises(Refused, match=r"no_such_material.*given=projector"):
        await stage.engine.task_command("spare_take", by="wang", name="projector")
    with pytest.raises(Refused, match=r"no_open_incident.*number=99"):
        await stage.engine.task_command("spare_take", by="wang", name="camera", incident=99)


async def test_a_bought_piece_is_counted_by_the_plan_s_quantity(stage: StoreStage) -> None:
    await stage.engine.task_command("spare_take", by="zhao", name="camera")
    more = {**MATERIALS, "camera": Material(name="备用摄像头", quantity=3, covers=("spare_camera",))}
    await stage.engine.change_plan(Organisation(version="2", data=Plan(materials=more)))
    listed = await stage.engine.task_command("spares", by="zhao")
    assert [row["here"] for row in listed["spares"]] == [2, 1]
    assert [one["by"] for one in listed["spares"][0]["out"]] == ["zhao"]


async def test_who_is_asked_to_help_answers_and_who_asked_hears_it(stage: StoreStage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.command("take", number, by="wang")
    await stage.engine.command("assign", number, by="wang", to=["zhao", "li"], text="bring the ladder")
    await stage.until(60)
    await stage.engine.command("accept", number, by="zhao")
    await stage.engine.command("decline", number, by="li", text="on leave")
    await stage.until(61)
    heard = [(who, kind) for _, who, kind in stage.story() if kind.startswith("helper")]
    assert sorted(heard) == [("wang", "helper_accepted"), ("wang", "helper_declined")]
    with pytest.raises(Refused, match=r"not_asked.*who=chen"):
        await stage.engine.command("decline", number, by="chen")
    await stage.until(1300)
    assert "helper_silent" not in [kind for _, _, kind in stage.story()]


async def test_silence_is_told_to_who_asked_once(stage: StoreStage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.command("take", number, by="wang")
    await stage.engine.command("assign", number, by="wang", to="zhao")
    await stage.until(3000)
    assert [(at, who) for at, who, kind in stage.story() if kind == "helper_silent"] == [(10, "wang")]
