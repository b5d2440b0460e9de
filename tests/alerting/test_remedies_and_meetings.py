"""Remedies and meetings: nothing under one without a person's word, nor shortly before one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingSign, MeetingState
from alerting.plan.remedy_format import PlannedRemedy
from tests.alerting.remedy_stage import EMPTY, RESTART, SOUND, RemedyStage, stage
from tests.alerting.stage import RUNNING, START

__all__ = ["stage"]


async def test_under_a_running_or_unknown_meeting_nothing_happens_without_a_word(tmp_path: Path) -> None:
    for meeting in (RUNNING, MeetingState(), MeetingState(running=False, starts_in=30)):
        folder = tmp_path / str(meeting.running) / str(meeting.starts_in)
        folder.mkdir(parents=True)
        stage = RemedyStage(folder)
        number = await stage.engine.fault_opened(SOUND, meeting)
        await stage.until(3600)
        assert stage.machine.asked == []
        assert [kind for _, who, kind in stage.told() if who == "wang"] == ["remedy_proposed"]
        await stage.engine.command("remedy_approve", number, by="wang")
        await stage.until(3659)
        assert stage.machine.asked == []
        await stage.until(3661)
        assert len(stage.machine.asked) == 1
        await stage.close()


async def test_an_automatic_remedy_waits_for_the_end_of_the_meeting(stage: RemedyStage) -> None:
    await stage.engine.fault_opened(SOUND, RUNNING)
    await stage.until(600)
    await stage.engine.meeting_changed("R1", EMPTY)
    await stage.until(661)
    assert len(stage.machine.asked) == 1


async def test_a_program_that_crashed_in_a_call_is_started_again_at_once_and_nothing_else_is_touched(
    tmp_path: Path,
) -> None:
    again = PlannedRemedy(
        kind="restart_application", faults=("app_not_running",), automatic=True, notice=60, verify=120
    )
    gone = Fault(room="R1", code="app_not_running", target="zoom", since=START)
    interrupted = MeetingState(running=True, reasons=(MeetingSign("interrupted", "zoom"),))
    for number, (remedy, fault, meeting, asked) in enumerate(
        (
            (again, gone, interrupted, 1),
            (again, gone, replace(interrupted, occupied=True), 0),
            (again, gone, MeetingState(running=True, reasons=(MeetingSign("interrupted", "teams"),)), 0),
            (again, gone, MeetingState(running=True, reasons=(MeetingSign("just_ended"),)), 0),
            (RESTART, SOUND, interrupted, 0),
        )
    ):
        (tmp_path / str(number)).mkdir()
        stage = RemedyStage(tmp_path / str(number), remedy)
        await stage.engine.fault_opened(fault, meeting)
        await stage.until(61)
        assert len(stage.machine.asked) == asked, meeting
        await stage.close()


async def test_a_meeting_that_begins_within_the_notice_time_puts_it_off_and_an_older_word_does_not_cover_it(
    stage: RemedyStage,
) -> None:
    number = await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.engine.command("remedy_approve", number, by="wang")
    await stage.until(30)
    await stage.engine.meeting_changed("R1", RUNNING)
    await stage.until(300)
    assert stage.machine.asked == []
    assert stage.states() == ["proposed"]
    assert "remedy_put_off" in [kind for _, _, kind in stage.told()]
    await stage.engine.command("remedy_approve", number, by="wang")
    await stage.until(361)
    assert len(stage.machine.asked) == 1


async def test_a_meeting_that_came_near_while_nothing_else_changed_puts_it_off(stage: RemedyStage) -> None:
    await stage.engine.fault_opened(SOUND, MeetingState(running=False, starts_in=170))
    await stage.until(59)
    assert stage.states() == ["announced"]
    stage.engine.meeting_seen("R1", MeetingState(running=False, starts_in=111))
    await stage.until(61)
    assert stage.machine.asked == []
    assert stage.told()[-1][2] == "remedy_put_off"
