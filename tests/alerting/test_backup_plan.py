"""The backup plan, told as stories: which way the meeting goes on, who is told where, the next when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from alerting.configuration import Secret
from alerting.engine.commands import Refused
from alerting.model.fault import Fault
from alerting.model.incident import Phase
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import because
from alerting.model.remedy_outcome import CarryOut, RemedyOutcome
from alerting.plan.contract import Address
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.plan.resources import Backup, PlanRoom
from alerting.workflows.backup import BackupPlan
from tests.alerting.stage import RUNNING, START, Organisation, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
TENCENT = Backup(name="腾讯会议", order=1, join="https://meeting.example.com/p/123")
ROOM = Backup(name="305", kind="room", order=2, room="3 层 305 会议室")
OFFLINE = Backup(name="线下会议", kind="offline", order=3)


class Opener:
    def __init__(self) -> None:
        self.opened: list[str] = []
        self.ok = True
        self.others: dict[str, OtherOpener] = {}

    def of(self, room: str) -> CarryOut | None:
        """R1 has a machine; in stories of several rooms each of them has one, which answers as that of R1."""
        if room == "R1":
            return self
        if room not in Stage.twins:
            return None
        return self.others.setdefault(room, OtherOpener(self))

    async def __call__(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        assert kind == "start_backup"
        self.opened.append(target)
        return RemedyOutcome(ok=self.ok, detail=because("backup_joined" if self.ok else "session_opener"))


class OtherOpener(Opener):
    def __init__(self, first: Opener) -> None:
        super().__init__()
        self.first = first

    async def __call__(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        self.ok = self.first.ok
        return await super().__call__(kind, target, dry)


class BackupStage(Stage):
    def __init__(self, folder: Path, start: str = "propose") -> None:
        self.opener = Opener()
        first = msgspec.structs.replace(TENCENT, start=start)
        data = Plan(backups={"room": ROOM, "tencent": first, "offline": OFFLINE})
        plan = Organisation(data=data)
        plan.groups_of["participants"] = ("group",)
        plan.ways["group"] = (Address(channel="im", url="test://group", path="im"),)
        super().__init__(folder, plan, workflows=(BackupPlan(self.opener.of),))

    def backups(self) -> list[tuple[str, str]]:
        return [(run.name, run.state.value) for run in self.engine.incidents()[0].backups]

    def to_participants(self) -> list[tuple[float, str]]:
        return [(at, kind) for at, who, kind in self.story() if who == "group"]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[BackupStage]:
    made = BackupStage(tmp_path)
    yield made
    await made.close()


async def test_nobody_answers_and_at_twenty_minutes_the_first_backup_is_proposed_and_nobody_sent_there(
    stage: BackupStage,
) -> None:
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(19 * 60)
    assert stage.backups() == []
    await stage.until(21 * 60)
    assert stage.backups() == [("tencent", "proposed")]
    assert [who for at, who, kind in stage.story() if at == 20 and kind == "escalated"] == ["wang", "zhao"]
    assert stage.to_participants() == []


async def test_a_person_starts_it_and_participants_hear_where_to_go_and_mitigated_is_their_word(
    stage: BackupStage,
) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.command("backup_start", number, by="wang", name="room")
    await stage.until(10)
    assert stage.backups() == [("room", "started")]
    assert stage.to_participants() == [(0, "moved")]
    assert stage.opener.opened == []
    assert stage.engine.incidents()[0].phase is Phase.OPEN
    await stage.engine.command("mitigate", number, by="wang")
    await stage.until(30)
    assert stage.backups() == [("room", "in_use")]
    assert [kind for _, kind in stage.to_participants()] == ["moved", "mitigated"]
    await stage.until(3600)
    assert [kind for _, who, kind in stage.story() if who == "chen"] == []


async def test_configured_to_start_it_is_opened_in_the_room_and_its_own_check_says_mitigated(tmp_path: Path) -> None:
    stage = BackupStage(tmp_path, start="start")
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(21 * 60)
    assert stage.opener.opened == [TENCENT.join]
    assert stage.backups() == [("tencent", "in_use")]
    assert stage.engine.incidents()[0].phase is Phase.MITIGATED
    assert stage.to_participants()[0] == (20, "moved")
    await stage.close()


async def test_when_the_first_does_not_open_the_next_is_proposed(tmp_path: Path) -> None:
    stage = BackupStage(tmp_path, start="start")
    stage.opener.ok = False
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(21 * 60)
    assert stage.backups() == [("tencent", "failed"), ("room", "proposed")]
    assert "wang" in [who for _, who, kind in stage.story() if kind == "backup"]
    assert stage.to_participants() == []
    await stage.close()


async def test_it_is_not_started_by_itself_where_no_meeting_runs(tmp_path: Path) -> None:
    stage = BackupStage(tmp_path, start="start")
    number = await stage.engine.fault_opened(CAMERA, MeetingState(running=False))
    await stage.engine.command("severity", number, by="wang", severity="critical")
    await stage.until(25 * 60)
    assert stage.opener.opened == []
    assert stage.backups() == [("tencent", "proposed")]
    await stage.close()


async def test_taken_but_not_repaired_in_the_plan_s_time_the_taker_is_asked_to_move(stage: BackupStage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.command("take", number, by="wang")
    await stage.until(21 * 60)
    assert stage.backups() == [("tencent", "proposed")]
    assert (20, "wang", "backup") in stage.story()
    await stage.until(60 * 60 - 1)
    assert sum(kind == "backup" and who == "wang" for _, who, kind in stage.story()) == 1


async def test_each_that_fails_gives_way_to_the_next_and_none_left_goes_to_leadership_once(stage: BackupStage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.command("backup_start", number, by="wang")
    await stage.until(5)
    assert stage.backups()[-1] == ("tencent", "in_use")
    for name in ("room", "offline"):
        await stage.engine.command("backup_failed", number, by="wang", text="nobody can join")
        await stage.until(10)
        assert stage.backups()[-1] == (name, "proposed")
    assert stage.engine.incidents()[0].phase is Phase.OPEN
    assert [kind for _, kind in stage.to_participants()] == ["moved", "backup_failed"]
    await stage.engine.command("backup_failed", number, by="wang")
    await stage.until(60)
    assert [who for _, who, kind in stage.story() if kind == "backup_none_left"] == ["chen", "wang", "zhao"]
    with pytest.raises(Refused, match="no_backup_chosen"):
        await stage.engine.command("backup_failed", number, by="wang")


async def test_one_whose_last_test_failed_comes_last(stage: BackupStage) -> None:
    await stage.engine.fault_opened(CAMERA, RUNNING)
    stage.engine._shared.memory["backup_failed.tencent"] = "HTTP 404"
    await stage.until(21 * 60)
    assert stage.backups() == [("room", "proposed")]


async def test_a_room_s_own_group_and_the_calendar_s_organiser_are_told_instead_of_everybody(tmp_path: Path) -> None:
    stage = BackupStage(tmp_path)
    stage.plan.data = msgspec.structs.replace(
        stage.plan.data,
        contacts={"li": Contact(name="李工")},
        rooms={room: PlanRoom(participants=("li",)) for room in ("R1", *Stage.twins)},
        organiser_channel=Secret("literal", "test://{organiser}"),
    )
    stage.plan.ways["organiser:ann@example.com"] = (Address(channel="1", url="test://ann"),)
    number = await stage.engine.fault_opened(CAMERA, MeetingState(running=True, organiser="ann@example.com"))
    await stage.engine.command("backup_start", number, by="wang", name="room")
    await stage.until(5)
    assert [who for _, who, kind in stage.story() if kind == "moved"] == ["li", "organiser:ann@example.com"]
    await stage.close()


async def test_the_monitor_ends_while_it_opens_the_program_and_does_not_open_it_twice(tmp_path: Path) -> None:
    stage = BackupStage(tmp_path, start="start")

    def never_in(room: str) -> CarryOut:
        async def never(kind: str, target: str, dry: bool) -> RemedyOutcome:
            (stage.opener if room == "R1" else stage.opener.others[room]).opened.append("begun")
            await asyncio.Event().wait()
            raise AssertionError

        stage.opener.of(room)
        return never

    stage.workflows = (BackupPlan(never_in),)
    await stage.close()
    stage.open()
    await stage.engine.fault_opened(CAMERA, RUNNING)
    for minute in (5, 15, 20):
        stage.clock.now = START + minute * 60
        await stage.engine.tick()
        await stage.engine._loop.delivery_attempts.settle()
    assert stage.backups() == [("tencent", "starting")]
    await stage.close()
    stage.workflows = (BackupPlan(stage.opener.of),)
    stage.open()
    await stage.until(21 * 60)
    assert stage.opener.opened == ["begun"]
    assert stage.backups() == [("tencent", "started")]
    assert [kind for _, kind in stage.to_participants()] == ["moved"]
    await stage.close()
