"""A second fault is told to those who are on the first one's incident, and what works again while one is broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from alerting.audit.auditor import audit
from alerting.audit.finding import Code
from alerting.delivery.contract import Outcome
from alerting.messages.facts import MessageFacts, Rendered
from alerting.messages.notice_of import Wording
from alerting.model.fault import Fault, FaultClass
from tests.alerting.stage import RUNNING, START, Organisation, Stage
from tests.audit.audited_room import Room
from tests.audit.broken import Broken

A = Fault(room="R1", code="camera_missing", target="cam0", since=START)
B = Fault(room="R1", code="camera_missing", target="cam1", since=START + 4)
C = Fault(room="R1", code="camera_missing", target="cam2", since=START + 6)
FEW = Organisation(steps=Organisation().steps[:1])
"""One step: whoever has it is told of everything else by nothing but a change."""


def named(stage: Stage, who: str = "wang") -> list[tuple[float, str, tuple[str, ...]]]:
    """(seconds after the start, kind, the faults that the message names), of what arrived at a contact."""
    rows = {row.key: row for row in stage.journal.reader.notifications()}
    arrived = [(at, message.key) for at, contact, message in stage.post.arrived if contact == who]
    return [(round(at), rows[key].kind, rows[key].faults) for at, key in arrived]


async def test_a_second_fault_four_seconds_later_is_told_and_so_is_the_end_of_the_first(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FEW)
    number = await stage.engine.fault_opened(A, RUNNING)
    await stage.until(4)
    assert await stage.engine.fault_opened(B, RUNNING) == number
    await stage.until(60)
    await stage.engine.fault_cleared(A)
    await stage.until(115)
    assert [one for one in named(stage) if one[1] != "repeated"] == [
        (0, "opened", ("camera_missing cam0",)),
        (9, "faults_changed", ("camera_missing cam0", "camera_missing cam1")),
        (65, "faults_changed", ("camera_missing cam1",)),
    ]
    await stage.engine.fault_cleared(B)
    await stage.until(120)
    assert [kind for _, kind, _ in named(stage)][-1] == "recovered"
    await stage.close()


async def test_what_breaks_within_seconds_is_told_as_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FEW)
    await stage.engine.fault_opened(A, RUNNING)
    for seconds, fault in ((4, B), (6, C)):
        await stage.until(seconds)
        await stage.engine.fault_opened(fault, RUNNING)
    await stage.until(100)
    assert [(at, len(faults)) for at, _, faults in named(stage)] == [(0, 1), (9, 3)]
    await stage.close()


async def test_a_fault_that_comes_and_goes_makes_four_messages_a_minute_at_most(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FEW)
    await stage.engine.fault_opened(A, RUNNING)
    for second in range(10, 200, 7):
        await stage.until(second)
        change = stage.engine.fault_opened if second % 2 else stage.engine.fault_cleared
        await change(B)
    await stage.until(240)
    assert len([kind for at, kind, _ in named(stage) if kind == "faults_changed"]) <= 16
    assert set(named(stage)[-1][2]) == {"camera_missing cam0"} | (
        {"camera_missing cam1"} if len(stage.engine.open_faults()) == 2 else set()
    )
    await stage.close()


async def test_whoever_took_it_and_whoever_leads_hear_of_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    number = await stage.engine.fault_opened(A, RUNNING)
    await stage.until(10)
    await stage.engine.command("take", number, by="wang")
    await stage.engine.command("confirm", number, by="wang")
    await stage.until(20)
    await stage.engine.fault_opened(replace(B, since=START + 20), RUNNING)
    await stage.until(60)
    for who in ("wang", "chen"):
        assert named(stage, who)[-1][1:] == ("faults_changed", ("camera_missing cam0", "camera_missing cam1"))
    assert named(stage, "li") == []
    await stage.close()


async def test_a_step_that_comes_first_tells_it_by_itself(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.engine.fault_opened(A, RUNNING)
    await stage.until(297)
    await stage.engine.fault_opened(replace(B, since=START + 20), RUNNING)
    await stage.until(330)
    assert [kind for _, kind, _ in named(stage, "li")] == ["escalated"]
    assert [kind for at, kind, _ in named(stage) if at > 290] == ["faults_changed"]
    await stage.close()


async def test_a_report_that_joins_is_told_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FEW)
    link = Fault(room="R1", code="link_down", target="eth0", since=START)
    number = await stage.engine.fault_opened(link, RUNNING)
    await stage.until(40)
    joined = await stage.engine.report_by_person("R1", by="guest", fault_class=FaultClass.NETWORK, text="no sound")
    assert joined == number
    await stage.until(60)
    assert named(stage)[-1][1:] == ("faults_changed", ("link_down eth0", "reported_network"))
    await stage.close()


async def test_when_the_mail_returns_one_message_says_how_it_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FEW)
    stage.post.fate["mail"] = Outcome.TEMPORARY
    await stage.engine.fault_opened(A, RUNNING)
    await stage.until(4)
    await stage.engine.fault_opened(B, RUNNING)
    await stage.until(100)
    await stage.engine.fault_cleared(A)
    await stage.until(200)
    stage.post.fate.clear()
    await stage.engine.paths_returned()
    await stage.until(210)
    assert [faults for _, _, faults in named(stage)] == [("camera_missing cam1",)]
    await stage.close()


@pytest.mark.parametrize("killed_at", [6, 10])
async def test_a_restart_forgets_no_change_and_tells_none_twice(killed_at: int, tmp_path: Path) -> None:
    stage = Stage(tmp_path, FEW)
    await stage.engine.fault_opened(A, RUNNING)
    await stage.until(4)
    await stage.engine.fault_opened(B, RUNNING)
    await stage.until(killed_at)
    await stage.close()
    stage.open()
    await stage.until(60)
    assert [kind for _, kind, _ in named(stage)] == ["opened", "faults_changed"]
    await stage.close()


async def test_messages_of_an_older_version_make_no_burst(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FEW)
    await stage.engine.fault_opened(A, RUNNING)
    await stage.until(4)
    rows = stage.journal.reader.notifications()
    await stage.close()
    broken = Broken(tmp_path / "journal.db", 0.0, 0.0, 1)
    for row in rows:
        broken.put_row(msgspec.structs.replace(row, faults=()))
    broken.close()
    stage.open()
    await stage.engine.fault_opened(B, RUNNING)
    await stage.until(60)
    assert [kind for _, kind, _ in named(stage)] == ["opened"]
    await stage.close()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ("what is broken has changed", "Newly broken: Camera is missing (cam1)", "Works again: Camera"),
        ),
        ("zh-CN", ("故障有变化", "新增故障：", "已恢复：")),
    ],
)
async def test_the_words_say_what_is_new_what_works_and_what_is_broken(
    language: str, said: tuple[str, str, str], tmp_path: Path
) -> None:
    words = Wording(room_name=lambda room: "301")
    texts: list[Rendered] = []

    def render(facts: MessageFacts) -> Rendered:
        texts.append(words(replace(facts, language=language)))
        return texts[-1]

    stage = Stage(tmp_path, FEW)
    stage.engine._shared.notifications._render = render
    await stage.engine.fault_opened(A, RUNNING)
    await stage.until(4)
    await stage.engine.fault_opened(B, RUNNING)
    await stage.until(60)
    await stage.engine.fault_opened(C, RUNNING)
    await stage.engine.fault_cleared(A)
    await stage.until(100)
    joined, changed = texts[-2:]
    assert said[0] in joined.title
    assert said[1] in joined.body
    assert "cam0" in joined.body
    assert "cam1" in joined.title
    assert said[2] in changed.body
    assert "cam2" in changed.body
    assert "cam1" in changed.body
    await stage.close()


async def overlapping(room: Room) -> None:
    await room.engine.fault_opened(A, RUNNING)
    await room.until(4)
    await room.engine.fault_opened(B, RUNNING)
    await room.until(200)
    await room.engine.fault_cleared(A)
    await room.until(500)


async def test_the_auditor_finds_nothing_where_all_was_named(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await overlapping(room)
    assert room.findings == []
    await room.close()


@pytest.mark.parametrize("forgotten", ["camera_missing cam0, camera_missing cam1", "camera_missing cam1"])
async def test_the_auditor_finds_a_fault_that_nobody_was_told_of_and_one_that_works_again(
    forgotten: str, tmp_path: Path
) -> None:
    room = Room(tmp_path, replace(FEW))
    await overlapping(room)
    rows = room.journal.reader.notifications()
    broken = Broken(tmp_path / "journal.db", room.clock.now, room.plan_since, 1)
    for row in rows:
        if ", ".join(row.faults) == forgotten:
            broken.drop_row(row)
        elif "cam1" in " ".join(row.faults):
            broken.put_row(msgspec.structs.replace(row, faults=("camera_missing cam0",)))
    broken.close()
    found = audit(room.journal.reader, now=room.clock.now, plan=room.plan, plan_since=room.plan_since)
    assert Code.UNNAMED in {one.code for one in found}
    await room.close()


async def test_whoever_took_it_before_any_message_came_hears_of_what_breaks_later(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FEW)
    stage.post.fate["mail"] = Outcome.TEMPORARY
    number = await stage.engine.fault_opened(A, RUNNING)
    await stage.engine.command("take", number, by="wang")
    await stage.until(20)
    stage.post.fate.clear()
    await stage.engine.fault_opened(replace(B, since=START + 20), RUNNING)
    await stage.until(60)
    assert [(kind, faults) for _, kind, faults in named(stage)] == [
        ("faults_changed", ("camera_missing cam0", "camera_missing cam1"))
    ]
    await stage.close()


async def test_the_auditor_accuses_nobody_where_a_taking_withdrew_the_message(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(FEW))
    room.post.fate["mail"] = Outcome.TEMPORARY
    number = await room.engine.fault_opened(A, RUNNING)
    await room.until(5)
    await room.engine.command("take", number, by="wang")
    await room.until(500)
    assert room.findings == []
    await room.close()


async def test_the_auditor_accuses_no_journal_whose_messages_name_no_faults(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(FEW))
    await overlapping(room)
    broken = Broken(tmp_path / "journal.db", room.clock.now, room.plan_since, 1)
    for row in room.journal.reader.notifications():
        broken.put_row(msgspec.structs.replace(row, faults=()))
    broken.close()
    found = audit(room.journal.reader, now=room.clock.now, plan=room.plan, plan_since=room.plan_since)
    assert Code.UNNAMED not in {one.code for one in found}
    await room.close()


async def test_the_auditor_accuses_nobody_where_the_machine_fell_asleep_before_it_could_tell(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(FEW))
    await room.engine.fault_opened(A, RUNNING)
    await room.engine.fault_opened(B, RUNNING)
    await room.until(90)
    await room.engine.fault_cleared(B)
    await room.until(92)
    room.clock.now += 120
    await room.until(room.clock.now - START + 300)
    assert room.findings == []
    await room.close()


async def test_the_auditor_accuses_nobody_where_a_fault_came_back_before_its_end_was_told(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(FEW))
    await room.engine.fault_opened(A, RUNNING)
    await room.engine.fault_opened(B, RUNNING)
    await room.until(130)
    await room.engine.fault_cleared(B)
    await room.engine.fault_opened(replace(B, since=START + 130), RUNNING)
    await room.until(400)
    assert room.findings == []
    await room.close()
