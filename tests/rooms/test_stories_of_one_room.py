"""The stories of one room, lived by three rooms at once on one engine: equal faults, equal times, each told its own."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from alerting.delivery import retry_and_digest
from alerting.journal import open_reader
from alerting.workflows.report import PostIncidentReport
from tests.alerting import (
    test_backup_plan,
    test_bad_days,
    test_chain_stories,
    test_corrected_class,
    test_logistics,
    test_one_cause,
    test_remedies,
    test_remedies_and_meetings,
    test_remedies_and_processes,
    test_remedies_dry_run,
)
from tests.alerting.remedy_stage import RemedyStage
from tests.alerting.stage import Stage
from tests.alerting.test_backup_plan import BackupStage
from tests.alerting.test_logistics import StoreStage
from tests.drill import test_drills
from tests.premeeting import test_telling
from tests.report import test_report_course
from tests.report.test_report_course import Printer, acme
from tests.rooms.twins import FIRST, TWINS, TwinEngine, journal_of, told_of

STAGES: dict[Any, Callable[[Path], Stage]] = {
    test_chain_stories: Stage,
    test_bad_days: Stage,
    test_one_cause: Stage,
    test_corrected_class: Stage,
    test_logistics: StoreStage,
    test_backup_plan: BackupStage,
    test_remedies: RemedyStage,
    test_remedies_and_meetings: RemedyStage,
    test_remedies_and_processes: RemedyStage,
    test_remedies_dry_run: RemedyStage,
    test_telling: Stage,
    test_drills: Stage,
    test_report_course: lambda folder: Stage(
        folder,
        acme(),  # type: ignore[arg-type]
        workflows=[PostIncidentReport(Printer(folder))],
    ),
}
APART = {
    "test_a_thousand_faults_in_a_second_are_one_message_and_one_digest_a_minute": "has a thousand rooms of its own",
    "test_a_real_program_that_died_is_started_again_and_its_own_probe_says_that_it_helped": "starts one real program",
    "test_what_waits_for_the_morning_is_not_overdue_before_it": "counts what waits in all rooms",
    "test_stock_goes_down_and_back_and_the_next_room_gets_what_is_left": "all rooms have one store",
    "test_a_scheduled_drill_that_a_meeting_or_a_fault_kept_from_running_is_listed_with_why": "lists: see test_lists.py",
    "test_configured_to_start_it_is_opened_in_the_room_and_its_own_check_says_mitigated": "a person hears of one room "
    "after the other, and of a meeting that moved in between no more",
    "test_what_was_reported_while_the_room_had_another_id_holds_its_drill_too": "is of a daemon with one room",
    "test_of_several_rooms_a_report_of_one_without_a_monitor_holds_no_drill": "has rooms of its own",
}
"""Stories that are not lived by three, and why."""


def _stories() -> list[Any]:
    found = []
    for module in STAGES:
        for name, story in vars(module).items():
            lived = name.startswith("test_") and inspect.iscoroutinefunction(story) and name not in APART
            if lived and set(inspect.signature(story).parameters) <= {"stage", "room", "tmp_path"}:
                found.append(pytest.param(module, story, id=f"{module.__name__.rpartition('.')[2]}::{name}"))
    return found


@pytest.mark.parametrize(("module", "story"), _stories())
async def test_lived_by_three_rooms_at_once(
    module: Any, story: Callable[..., Awaitable[None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stage, "twins", TWINS)
    monkeypatch.setattr(Stage, "engine_type", TwinEngine)
    # Three rooms tell three times as much before it is a storm for who hears of them all.
    monkeypatch.setattr(retry_and_digest, "STORM_FROM", 3 * retry_and_digest.STORM_FROM)
    made: list[Stage] = []
    opened = Stage.open

    def open_noted(stage: Stage, mode: str = "act") -> None:
        opened(stage, mode)
        if stage not in made:
            made.append(stage)

    monkeypatch.setattr(Stage, "open", open_noted)
    wanted = inspect.signature(story).parameters
    given: dict[str, Any] = {"tmp_path": tmp_path} if "tmp_path" in wanted else {}
    stage = None
    if "stage" in wanted:
        stage = given["stage"] = STAGES[module](tmp_path)
    if "room" in wanted:
        given["room"] = test_drills.Room(tmp_path)
        stage = given["room"].stage
    await story(**given)
    for one in made:
        _same_everywhere(one)
    if stage is not None:
        await stage.close()


def _same_everywhere(stage: Stage) -> None:
    """Also where the story itself ended its stage: told by what stands in the journal."""
    if not any(getattr(stage.post, "of_twins", {}).values()):
        return
    reader = open_reader(stage.folder)
    for room in TWINS:
        assert told_of(reader, stage, room) == told_of(reader, stage, FIRST), room
        assert journal_of(reader, room) == journal_of(reader, FIRST), room
    reader.close()
