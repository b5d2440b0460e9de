"""The example plan of an invented company, run whole over one bad meeting, in the words that its people would read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.audit.auditor import audit
from alerting.journal import open_journal
from alerting.messages.notice_of import Wording
from alerting.model.fault import Fault
from alerting.plan.loading import load_plan
from alerting.plan.running_plan import RunningPlan
from alerting.workflows.backup import BackupPlan
from alerting.workflows.scheduled.spares_stock import Stores
from alerting.workflows.spare_requests import Logistics
from alerting.workflows.workflow_order import in_order
from tests.alerting.stage import RUNNING, Clock, PostOffice, Stage, StageEngine

EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "plan.acme.toml"
NOON = dt.datetime(2027, 1, 22, 12, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
"""A Friday outside the peak hours, 王强 on duty."""


class Company(Stage):
    """The engine on the real plan, with the real words; only the clock and the post office are the test's."""

    def __init__(self, folder: Path) -> None:
        self.running = RunningPlan(load_plan(EXAMPLE))
        self.clock = Clock(NOON)
        self.post = PostOffice(self.clock)
        self.journal = open_journal(folder)
        self.engine = StageEngine(
            journal=self.journal,
            plan=self.running,
            now=lambda: self.clock.now,
            outbound=self.post,
            render=Wording(
                room_name=lambda room: "湖景会议室",
                contact_name=self.running.name,
                meeting=lambda room: RUNNING,
                participant=lambda who: who == "meeting_group",
                timezone="Asia/Shanghai",
            ),
            room="lakeside",
            workflows=in_order(BackupPlan(), Logistics()),
            tasks=(Stores(),),
        )

    async def minutes(self, count: float) -> None:
        await self.until(NOON - 1_800_000_000.0 + count * 60)

    def heard(self, who: str) -> list[tuple[float, str]]:
        """(minute after noon, title) of what a person got, reminders apart."""
        start = NOON - 1_800_000_000.0
        return [
            (round((at - start) / 60, 1), message.title)
            for at, contact, message in self.post.arrived
            if contact == who and "-reminder-" not in message.key
        ]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


async def test_a_camera_is_unplugged_in_a_meeting_and_nobody_answers_until_the_meeting_is_moved(
    company: Company,
) -> None:
    camera = Fault(room="lakeside", code="camera_missing", target="Logitech BRIO", since=NOON)
    number = await company.engine.fault_opened(camera, RUNNING)
    await company.minutes(19)
    assert [minute for minute, _ in company.heard("wang")] == [0, 5]
    assert [minute for minute, _ in company.heard("li")] == [5]
    assert [minute for minute, _ in company.heard("chen")] == [15]
    (spare, _) = company.heard("he")
    assert spare[0] == 1
    assert spare[1].startswith("【严重】湖景会议室：")
    assert "请送备用摄像头" in spare[1]
    assert company.heard("meeting_group") == []

    await company.minutes(21)
    move = company.heard("wang")[-1]
    assert move[0] == 20
    assert "请启用备用方案：腾讯会议" in move[1]
    await company.engine.command("take", number, by="wang")
    await company.engine.command("confirm", number, by="wang", text="线缆被拔")
    await company.engine.command("backup_start", number, by="wang")
    await company.minutes(22)
    ((minute, title),) = company.heard("meeting_group")
    assert (minute, title) == (21, "湖景会议室：会议改用“腾讯会议”")
    told = next(message for _, who, message in company.post.arrived if who == "meeting_group")
    assert told.body.splitlines()[0] == "会议链接：https://meeting.example.com/p/1234567890"
    assert any("故障已确认" in title for _, title in company.heard("chen"))

    await company.engine.command("mitigate", number, by="wang")
    await company.engine.task_command("spare_take", by="he", name="camera", incident=number)
    await company.engine.command("done", number, by="wang", text="更换备用摄像头")
    await company.minutes(40)
    await company.engine.fault_cleared(camera)
    await company.minutes(41)
    for who in ("wang", "li", "chen", "zhou", "sun", "he", "meeting_group"):
        assert "已恢复" in company.heard(who)[-1][1], who
    last = [message for _, who, message in company.post.arrived if who == "chen"][-1]
    assert "更换备用摄像头" in last.body
    assert company.heard("lin") == []
    await company.minutes(200)
    found = audit(company.journal.reader, now=company.clock.now, plan=company.running)
    assert [f"{one.code} {one.what} {one.contact} {one.detail}" for one in found] == []
    await company.close()
