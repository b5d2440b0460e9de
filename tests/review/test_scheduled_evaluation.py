"""The evaluation by the calendar, and the list of improvements as people may change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from alerting.engine.commands import Refused
from alerting.plan.loading import load_plan
from alerting.plan.report_rules import Evaluation as Rules
from alerting.plan.running_plan import RunningPlan
from alerting.service.document_printer import CannotPrint
from alerting.workflows.scheduled.evaluation import EvaluationTask
from alerting.workflows.scheduled.improvement_actions import ActionReminders, ProposedAction
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


def proposed(key: str, owner: str, days: int) -> ProposedAction:
    due = (dt.datetime.fromtimestamp(START, dt.UTC) + dt.timedelta(days=days)).date().isoformat()
    return ProposedAction(key=key, owner=owner, due=due, texts={"zh-CN": f"修复 {key}", "en": f"Mend {key}"})


async def test_what_rules_propose_is_reminded_to_its_owner_in_one_message_until_somebody_closes_it(
    tmp_path: Path,
) -> None:
    standing = [proposed("mend_way:wang/wecom", "wang", 5), proposed("mend_remedy", "wang", 5), proposed("x", "he", 30)]
    asked: list[int] = []

    async def ask() -> list[ProposedAction]:
        asked.append(len(standing))
        return standing

    stage = Stage(tmp_path, example_plan(), tasks=[EvaluationTask(), ActionReminders(ask)])  # type: ignore[arg-type]
    await stage.until(1 * DAY)
    assert stage.post.arrived == []
    await stage.until(4 * DAY)
    ((_, who, message),) = stage.post.arrived
    assert who == "wang"
    assert "2 项改进措施即将到期" in message.title
    assert "修复 mend_remedy" in message.body
    await stage.until(5 * DAY)
    assert len(stage.post.arrived) == 1
    del standing[0]
    await stage.until(8 * DAY)
    late = [(who, message) for _, who, message in stage.post.arrived[1:]]
    assert sorted(who for who, _ in late) == ["sun", "wang"]
    assert all("1 项改进措施已逾期" in message.title and "wecom" not in message.body for _, message in late)
    standing.clear()
    await stage.until(40 * DAY)
    assert len(stage.post.arrived) == 3
    assert 38 <= len(asked) <= 41, "once a day"
    said = [event.data for event in stage.journal.reader.events() if event.verb == "reminded"]
    assert "修复" not in str(said), "the journal holds codes"
    await stage.close()


async def test_improvements_that_cannot_be_drawn_up_are_asked_for_on_the_next_day(tmp_path: Path) -> None:
    answers: list[list[ProposedAction]] = [[proposed("mend_remedy", "wang", 1)]]

    async def ask() -> list[ProposedAction]:
        if len(answers) == 1:
            answers.append([])
            raise CannotPrint("no memory")
        return answers[0]

    stage = Stage(tmp_path, example_plan(), tasks=[ActionReminders(ask)])  # type: ignore[arg-type]
    await stage.until(3 * DAY)
    assert {who for _, who, _ in stage.post.arrived} == {"wang", "sun"}
    await stage.close()


async def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    many = [proposed(f"k{n}", "wang", 1) for n in range(11)]

    async def ask() -> list[ProposedAction]:
        return many

    stage = Stage(tmp_path, example_plan(), tasks=[ActionReminders(ask)])  # type: ignore[arg-type]
    await stage.until(0.9 * DAY)
    body = stage.post.arrived[0][2].body
    assert body.count("修复") == 8
    assert "另有 3 项" in body
    await stage.close()


async def test_an_action_whose_owner_has_left_is_told_to_the_office(tmp_path: Path) -> None:
    plan = example_plan()
    stage = Stage(tmp_path, plan, tasks=[EvaluationTask(), ActionReminders()])  # type: ignore[arg-type]
    day = (dt.datetime.fromtimestamp(START, dt.UTC) + dt.timedelta(days=10)).date()
    await stage.engine.task_command("improvement_add", by="sun", text="更换线缆", owner="李娜", due=day.isoformat())
    people = {
        key: msgspec.structs.replace(one, left=key == "li", deputy=None if key == "li" else one.deputy)
        for key, one in plan.data.contacts.items()
    }
    await stage.close()
    stage.plan = RunningPlan(msgspec.structs.replace(plan.data, contacts=people))  # type: ignore[assignment]
    stage.open()
    await stage.until(9 * DAY)
    assert [who for _, who, _ in stage.post.arrived] == ["sun"]
    await stage.close()
