"""The evaluation by the calendar, and the list of improvements as people may change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from alerting.engine.commands import Refused
from alerting.plan.loading import load_plan
from alerting.plan.resources import Evaluation as Rules
from alerting.plan.running_plan import RunningPlan
from alerting.workflows.scheduled.evaluation import EvaluationTask
from alerting.workflows.scheduled.improvement_actions import ActionReminders
from tests.alerting.stage import START, Stage
from tests.report.story import PLAN, example_plan

DAY = 86400.0


class Printer:
    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.fails = folder, [], False

    async def __call__(self, since: float, until: float, name: str) -> Sequence[Path]:
        self.asked.append((round((until - since) / DAY), name))
        if self.fails:
            raise OSError("no font")
        file = self.folder / f"{name}.pdf"
        file.write_bytes(b"%PDF")
        return [file]


def stage_with(folder: Path, printer: Printer, **rules: object) -> Stage:
    values: dict[str, object] = {"every_days": 30, "start": dt.date(2027, 1, 4), "to": ("leadership",), **rules}
    plan = msgspec.structs.replace(load_plan(PLAN), evaluation=Rules(**values))  # type: ignore[arg-type]
    return Stage(folder, RunningPlan(plan), tasks=[EvaluationTask(printer)])  # type: ignore[arg-type]


async def test_it_comes_on_its_day_with_its_files_once_over_restarts(tmp_path: Path) -> None:
    printer = Printer(tmp_path)
    stage = stage_with(tmp_path, printer)
    for days in range(1, 80):
        await stage.until(days * DAY)
        await stage.close()
        stage.tasks = [EvaluationTask(printer)]
        stage.open()
    told = [(who, m.title, m.attachments) for _, who, m in stage.post.arrived]
    await stage.close()
    assert printer.asked == [(90, "2027-02-03"), (90, "2027-03-05")]
    assert {who for who, _, _ in told} == {"chen", "zhou"}
    assert len(told) == 4
    assert told[0][1:] == ("定期评估报告（截至 2027-02-03）", (str(tmp_path / "2027-02-03.pdf"),))


async def test_one_that_cannot_be_printed_is_told_all_the_same(tmp_path: Path) -> None:
    printer = Printer(tmp_path)
    printer.fails = True
    stage = stage_with(tmp_path, printer)
    await stage.until(1 * DAY)
    await stage.until(25 * DAY)
    await stage.close()
    assert [m.attachments for _, _, m in stage.post.arrived] == [(), ()]
    assert "roomwatch review --since 90d" in stage.post.arrived[0][2].body


async def test_without_a_schedule_it_never_comes(tmp_path: Path) -> None:
    printer = Printer(tmp_path)
    stage = stage_with(tmp_path, printer, every_days=0)
    await stage.until(90 * DAY)
    await stage.close()
    assert printer.asked == []


async def test_the_list_of_improvements_is_added_to_and_closed_with_a_word(tmp_path: Path) -> None:
    stage = stage_with(tmp_path, Printer(tmp_path))
    command = stage.engine.task_command
    assert (await command("improvement_add", by="sun", text="更换线缆"))["key"] == "own:1"
    assert (await command("improvement_add", by="sun", text="加装标签"))["key"] == "own:2"
    with pytest.raises(Refused, match="improvement_not_done"):
        await command("improvement_close", by="sun", key="own:1")
    await command("improvement_close", by="chen", key="own:1", text="已更换")
    commands = [
        (e.verb, e.by, e.data["key"]) for e in stage.journal.reader.events() if e.verb.startswith("improvement_")
    ]
    await stage.close()
    assert commands == [
        ("improvement_added", "sun", "own:1"),
        ("improvement_added", "sun", "own:2"),
        ("improvement_closed", "chen", "own:1"),
    ]
    assert stage.clock.now >= START


async def test_an_action_is_reminded_to_its_owner_before_and_after_its_day_until_it_is_closed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, example_plan(), tasks=[EvaluationTask(), ActionReminders()])  # type: ignore[arg-type]
    command = stage.engine.task_command
    day = (dt.datetime.fromtimestamp(START, dt.UTC) + dt.timedelta(days=10)).date()
    added = await command("improvement_add", by="sun", text="更换线缆", owner="王强", due=day.isoformat())
    assert (added["owner"], added["due"]) == ("wang", day.isoformat())
    with pytest.raises(Refused, match="no_contact"):
        await command("improvement_add", by="sun", text="x", owner="nobody")
    await stage.until(6 * DAY)
    assert stage.post.arrived == []
    await stage.until(9 * DAY)
    assert [who for _, who, _ in stage.post.arrived] == ["wang"]
    assert added["key"] in stage.post.arrived[0][2].body
    await stage.until(13 * DAY)
    assert sorted(who for _, who, _ in stage.post.arrived[1:]) == ["sun", "wang"]
    await command("improvement_close", by="wang", key=added["key"], text="已更换")
    await stage.until(40 * DAY)
    assert len(stage.post.arrived) == 3
    await stage.close()
