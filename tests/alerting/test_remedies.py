"""Remedies, told as stories: announced first, limited, judged by the probes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from alerting.engine.commands import Refused
from alerting.model.fault import Fault
from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from alerting.plan.organisation import Contact
from alerting.plan.remedy_format import PlannedRemedy
from alerting.plan.resources import PlanRoom
from alerting.workflows.remedies import Remedies
from tests.alerting.remedy_stage import EMPTY, RESTART, SOUND, RemedyStage, stage
from tests.alerting.stage import START, Organisation, Stage

__all__ = ["stage"]


async def test_in_an_empty_room_people_are_told_the_notice_time_runs_and_the_probes_say_that_it_helped(
    stage: RemedyStage,
) -> None:
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(59)
    assert stage.told() == [(0, "wang", "remedy_announced")]
    assert stage.machine.asked == []
    await stage.until(61)
    assert stage.machine.asked == [("restart_sound_server", "", False)]
    assert stage.states() == ["done"]
    await stage.engine.fault_cleared(SOUND)
    await stage.until(90)
    assert stage.states() == ["verified"]
    assert stage.commands() == [f"remedy_{v}" for v in ("proposed", "announced", "running", "done", "verified")]


async def test_what_did_not_help_is_said_and_the_next_remedy_of_the_plan_follows(tmp_path: Path) -> None:
    by_hand = PlannedRemedy(kind="restart_unit", target="pipewire.service", faults=("sound_server_down",))
    stage = RemedyStage(tmp_path, RESTART, by_hand)
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(179)
    assert stage.states() == ["done"]
    await stage.until(181)
    assert stage.states() == ["not_helped", "proposed"]
    assert [kind for _, who, kind in stage.told() if who == "wang"] == [
        "remedy_announced",
        "remedy_not_helped",
        "remedy_proposed",
    ]
    await stage.close()


async def test_it_is_tried_no_oftener_than_the_plan_allows_over_incidents_and_restarts(stage: RemedyStage) -> None:
    for round_ in range(3):
        await stage.engine.fault_opened(SOUND, EMPTY)
        await stage.until(round_ * 100 + 70)
        await stage.engine.fault_cleared(SOUND)
        await stage.until(round_ * 100 + 100)
        await stage.close()
        stage.reopen()
    assert len(stage.machine.asked) == RESTART.limit
    assert stage.states() == ["verified", "verified", "refused"]
    assert stage.told()[-1][1:] == ("wang", "remedy_limited")
    number = await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.engine.command("remedy_start", number, by="wang", name="r0")
    await stage.until(800)
    assert len(stage.machine.asked) == RESTART.limit


async def test_a_fault_that_heals_within_the_notice_time_calls_the_remedy_off(stage: RemedyStage) -> None:
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(30)
    await stage.engine.fault_cleared(SOUND)
    await stage.until(300)
    assert stage.machine.asked == []
    assert stage.states() == ["withdrawn"]


async def test_a_person_stops_it_before_it_begins(stage: RemedyStage) -> None:
    number = await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(30)
    await stage.engine.command("remedy_refuse", number, by="wang", text="I am at the rack")
    await stage.until(300)
    assert stage.machine.asked == []
    assert stage.states() == ["refused"]
    with pytest.raises(Refused, match=r"no_remedy_waits.*r0 \(refused\)"):
        await stage.engine.command("remedy_approve", number, by="wang")


async def test_a_machine_that_refuses_is_told_with_its_reason(stage: RemedyStage) -> None:
    stage.machine.answer = RemedyOutcome(ok=False, detail=because("not_permitted", place="/etc/x"))
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(70)
    assert stage.states() == ["failed"]
    assert stage.told()[-1] == (1, "wang", "remedy_failed")
    assert stage.engine.incidents()[0].remedies[0].detail == because("not_permitted", place="/etc/x")


async def test_a_machine_part_that_breaks_is_a_failure_and_not_silence(stage: RemedyStage) -> None:
    stage.machine.answer = OSError("bus is gone")
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(70)
    assert stage.states() == ["failed"]


async def test_in_a_drill_and_in_observe_mode_nothing_is_really_done(stage: RemedyStage) -> None:
    drill = Fault(room="R1", code="sound_server_down", since=START, drill=True)
    await stage.engine.fault_opened(drill, EMPTY)
    await stage.until(70)
    assert stage.machine.asked == [("restart_sound_server", "", True)]
    assert stage.states() == ["withdrawn"]
    await stage.engine.fault_cleared(drill)
    await stage.close()
    stage.workflows = (Remedies(stage.machine.of),)
    stage.open(mode="observe")
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(140)
    assert stage.machine.asked[1:] == [("restart_sound_server", "", True)]


async def test_another_room_s_machine_is_left_alone(stage: RemedyStage) -> None:
    number = await stage.engine.fault_opened(Fault(room="R2", code="sound_server_down", since=START), EMPTY)
    await stage.until(300)
    assert stage.states() == []
    with pytest.raises(Refused, match="remedies_elsewhere"):
        await stage.engine.command("remedy_start", number, by="wang", name="r0")


async def test_what_the_plan_does_not_allow_any_more_is_not_done(stage: RemedyStage) -> None:
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(30)
    await stage.engine.change_plan(Organisation(version="2"))
    await stage.until(300)
    assert stage.machine.asked == []
    assert stage.states() == ["withdrawn"]


async def test_whoever_heard_the_announcement_hears_that_it_failed(stage: RemedyStage) -> None:
    stage.plan.data = msgspec.structs.replace(
        stage.plan.data,
        contacts={"zhao": Contact(name="Zhao")},
        rooms={room: PlanRoom(participants=("zhao",)) for room in ("R1", *Stage.twins)},
    )
    stage.machine.answer = RemedyOutcome(ok=False, detail=because("no_result"))
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(70)
    kinds = {who: [kind for _, name, kind in stage.told() if name == who] for who in ("wang", "zhao")}
    assert kinds["zhao"] == ["remedy_announced", "remedy_failed"] == kinds["wang"]
