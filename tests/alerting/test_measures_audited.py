"""Stories with remedies, backups, spares and helpers leave a journal in which the auditor misses nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from alerting.audit.auditor import audit
from alerting.model.fault import FaultClass
from alerting.model.meeting_state import MeetingState
from tests.alerting.remedy_stage import EMPTY, SOUND, RemedyStage
from tests.alerting.stage import RUNNING, Stage
from tests.alerting.test_backup_plan import CAMERA, BackupStage
from tests.alerting.test_logistics import SOON, StoreStage


def findings(stage: Stage) -> list[str]:
    found = audit(stage.journal.reader, now=stage.clock.now, plan=stage.plan)
    return [f"{one.code} {one.what} {one.contact} {one.detail}" for one in found]


async def a_backup_that_fails(stage: BackupStage, *steps: tuple[float, str]) -> Stage:
    """steps: (minute, command) before the backup fails at minute 25."""
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    for minute, command in (*steps, (25, "backup_failed")):
        await stage.until(minute * 60)
        await stage.engine.command(command, number, by="wang")
    await stage.until(60 * 60)
    assert findings(stage) == []
    await stage.engine.fault_cleared(CAMERA)
    return stage


async def a_backup_that_fails_after_the_meeting_moved(folder: Path) -> Stage:
    return await a_backup_that_fails(BackupStage(folder), (21, "take"), (21, "backup_start"))


async def a_backup_that_fails_for_who_took_it_after_the_move(folder: Path) -> Stage:
    return await a_backup_that_fails(BackupStage(folder), (21, "backup_start"), (23, "take"))


async def a_backup_that_starts_itself(folder: Path) -> Stage:
    stage = BackupStage(folder, start="start")
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(40 * 60)
    assert findings(stage) == []
    await stage.engine.fault_cleared(CAMERA)
    return stage


async def a_remedy_that_helps(folder: Path) -> Stage:
    stage = RemedyStage(folder)
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(65)
    assert findings(stage) == []
    await stage.engine.fault_cleared(SOUND)
    return stage


async def a_spare_and_a_helper(folder: Path) -> Stage:
    stage = StoreStage(folder)
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(100)
    await stage.engine.command("take", number, by="wang")
    await stage.engine.command("confirm", number, by="wang")
    await stage.engine.command("assign", number, by="wang", to="zhao")
    await stage.engine.command("accept", number, by="zhao")
    await stage.until(300)
    await stage.engine.fault_cleared(CAMERA)
    await stage.engine.command("done", number, by="wang", text="a new cable")
    return stage


async def a_meeting_that_begins_while_it_rests(folder: Path) -> Stage:
    stage = StoreStage(folder)
    number = await stage.engine.fault_opened(CAMERA, SOON)
    await stage.engine.command("snooze", number, by="wang", until=stage.clock.now + 3600)
    await stage.until(600)
    await stage.engine.meeting_changed("R1", MeetingState(running=True))
    await stage.until(15 * 60)
    assert (15, "li", "escalated") in stage.story()
    return stage


async def a_caller_who_says_how_bad_it_is(folder: Path) -> Stage:
    stage = StoreStage(folder)
    await stage.engine.report_by_person("R1", by="ann", fault_class=FaultClass.DEVICE, severity="critical")
    await stage.until(1500)
    return stage


@pytest.mark.parametrize(
    "story",
    [
        a_backup_that_fails_after_the_meeting_moved,
        a_backup_that_fails_for_who_took_it_after_the_move,
        a_backup_that_starts_itself,
        a_remedy_that_helps,
        a_spare_and_a_helper,
        a_meeting_that_begins_while_it_rests,
        a_caller_who_says_how_bad_it_is,
    ],
    ids=lambda story: story.__name__,
)
async def test_the_auditor_misses_nothing(story: Callable[[Path], Awaitable[Stage]], tmp_path: Path) -> None:
    stage = await story(tmp_path)
    await stage.until(stage.clock.now - 1_800_000_000.0 + 2 * 3600)
    assert findings(stage) == []
    await stage.close()
