"""Standing duties over weeks with a clock in the test's hand: once for each occasion, over restarts, never at night."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.engine.commands import Refused
from alerting.engine.workflow import ScheduledTask
from alerting.model.fault import Fault
from alerting.model.reason import because, said
from alerting.plan.contract import Address
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact, Group, Roster, Shift
from alerting.plan.recurring_dates import RecurringDate, WorkingDays
from alerting.plan.resources import Backup, Material
from alerting.workflows.scheduled.backup_tests import BackupTests
from alerting.workflows.scheduled.inspections import Inspections
from alerting.workflows.scheduled.link_check import LinkOutcome
from alerting.workflows.scheduled.roster_reminders import Rosters
from alerting.workflows.scheduled.spares_stock import Stores
from tests.alerting.stage import RUNNING, START, Organisation, Stage

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86400.0


class DutyStage(Stage):
    """START is 15 January 2027, 16:00 in Shanghai, a Friday."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        organisation = Organisation(data=plan)
        organisation.groups_of["office"] = ("sun",)
        organisation.ways["sun"] = (Address(channel="mail", url="test://sun", path="smtp"),)
        self.links: dict[str, LinkOutcome] = {}
        self.asked: list[str] = []
        super().__init__(folder, organisation, tasks=self.fresh())

    def fresh(self) -> tuple[ScheduledTask, ...]:
        return (Inspections(), Rosters(), Stores(), BackupTests(self.check))

    async def check(self, link: str) -> LinkOutcome:
        self.asked.append(link)
        return self.links.get(link, LinkOutcome(ok=True, detail=because("http_status", status=200)))

    async def days(self, count: float, *, restarts: bool = True) -> None:
        """Let days pass, with the daemon restarted every day at an odd time."""
        end = self.clock.now - START + count * DAY
        at = self.clock.now - START
        while at < end:
            at = min(end, at + 0.9 * DAY)
            await self.until(at)
            if restarts:
                await self.close()
                self.tasks = self.fresh()
                self.open()
        await self.until(end)

    def reminders(self) -> list[tuple[str, str, str]]:
        """(wall time, who, title)."""
        return [
            (dt.datetime.fromtimestamp(START + at, ZONE).strftime("%m-%d %H:%M"), who, message.title)
            for at, who, message in self.post.arrived
            if "-reminder-" in message.key
        ]


def plan(**fields: object) -> Plan:
    return Plan(timezone="Asia/Shanghai", working_days=WorkingDays(calendar=""), **fields)  # type: ignore[arg-type]


async def test_an_inspection_is_reminded_on_its_day_recorded_and_overdue_when_nobody_does_it(tmp_path: Path) -> None:
    check = RecurringDate(name="设备检查", every_days=30, start=dt.date(2027, 1, 18), at="10:00")
    stage = DutyStage(tmp_path, plan(inspections={"devices": check}))
    await stage.days(10)
    assert stage.reminders() == [
        ("01-18 10:00", "wang", "Inspection due: 设备检查 (2027-01-18)"),
        ("01-21 10:00", "wang", "Inspection overdue: 设备检查 (was due 2027-01-18)"),
        ("01-21 10:00", "sun", "Inspection overdue: 设备检查 (was due 2027-01-18)"),
    ]
    with pytest.raises(Refused, match="inspection_without_record"):
        await stage.engine.task_command("inspection_done", by="wang", name="devices")
    done = await stage.engine.task_command("inspection_done", by="wang", name="设备检查", text="all good")
    assert done["next"] == "2027-02-17"
    await stage.days(50)
    assert [when for when, _, _ in stage.reminders()][3:] == ["02-17 10:00", "02-20 10:00", "02-20 10:00"]
    assert [e.why for e in stage.journal.reader.events() if e.verb == "inspection_done"] == [said("all good")]
    await stage.close()


async def test_a_check_made_a_few_days_early_counts_and_a_saturday_moves_to_monday(tmp_path: Path) -> None:
    check = RecurringDate(name="设备检查", every_days=30, start=dt.date(2027, 1, 23), at="10:00")
    stage = DutyStage(tmp_path, plan(inspections={"devices": check}))
    await stage.days(5)
    await stage.engine.task_command("inspection_done", by="wang", name="devices", text="早做")
    await stage.days(20)
    assert stage.reminders() == []
    await stage.close()


async def test_a_roster_is_confirmed_each_month_by_its_owner_and_late_goes_to_the_office(tmp_path: Path) -> None:
    roster = Roster(
        owner="wang", confirmed=dt.date(2027, 1, 1), start=dt.date(2027, 1, 1), rotation=("wang",), turn_days=7
    )
    data = plan(contacts={"wang": Contact(name="王强")}, rosters={"week": roster})
    stage = DutyStage(tmp_path, data)
    await stage.days(28)
    assert [(when, who) for when, who, _ in stage.reminders()] == [
        ("02-01 08:30", "wang"),
        ("02-08 08:30", "wang"),
        ("02-08 08:30", "sun"),
    ]
    answer = await stage.engine.task_command("roster_confirm", by="wang", name="week")
    assert answer["next"] == "2027-03-15"
    await stage.days(40)
    assert [when for when, _, _ in stage.reminders()][3:] == ["03-15 08:30", "03-22 08:30", "03-22 08:30"]
    await stage.close()


async def test_a_gap_is_told_a_week_ahead_and_again_just_before_and_never_after(tmp_path: Path) -> None:
    first = Shift(start=dt.datetime(2027, 1, 1), end=dt.datetime(2027, 2, 1, 9), people=("wang",))
    then = Shift(start=dt.datetime(2027, 2, 2, 9), end=dt.datetime(2027, 3, 1), people=("wang",))
    roster = Roster(owner="wang", confirmed=dt.date(2027, 1, 15), overrides=(first, then), confirm_every_days=366)
    group = Group(name="技术支持组", members=("wang",), roster="week")
    data = plan(contacts={"wang": Contact(name="王强")}, groups={"technical": group}, rosters={"week": roster})
    stage = DutyStage(tmp_path, data)
    await stage.days(25)
    assert [(when, who) for when, who, _ in stage.reminders()] == [
        ("01-25 08:30", "wang"),
        ("01-31 08:30", "wang"),
        ("01-31 08:30", "sun"),
    ]
    assert stage.reminders()[0][2] == "Nobody on duty: 技术支持组, 02-01 09:00 to 02-02 09:00"
    await stage.close()


async def test_a_year_without_holidays_is_told_twice_in_december(tmp_path: Path) -> None:
    data = Plan(timezone="Asia/Shanghai", working_days=WorkingDays(calendar="CN"))
    stage = DutyStage(tmp_path, data)
    stage.clock.now = dt.datetime(2038, 11, 20, 12, tzinfo=ZONE).timestamp()
    await stage.days(40)
    assert Counter(when for when, _, _ in stage.reminders()) == {"12-01 08:30": 2, "12-15 08:30": 2}
    await stage.close()


async def test_material_is_reminded_when_its_check_is_over_it_runs_short_or_does_not_come_back(tmp_path: Path) -> None:
    camera = Material(name="备用摄像头", quantity=2, minimum=2, place="A 柜", checked=dt.date(2026, 10, 20))
    stage = DutyStage(tmp_path, plan(materials={"camera": camera}))
    await stage.days(4)
    assert stage.reminders() == [("01-18 08:30", "zhao", "Spare to be checked: 备用摄像头")]
    await stage.engine.task_command("spare_checked", by="zhao", name="camera")
    await stage.engine.task_command("spare_take", by="li", name="camera")
    await stage.days(20)
    titles = [(when[:5], who, title) for when, who, title in stage.reminders()[1:]]
    assert titles == [
        ("01-19", "zhao", "Stock is low: 备用摄像头 (1 left)"),
        ("01-27", "li", "Spare not returned: 备用摄像头 (li, since 2027-01-19)"),
        ("01-27", "zhao", "Spare not returned: 备用摄像头 (li, since 2027-01-19)"),
    ]
    await stage.engine.task_command("spare_return", by="li", name="camera")
    await stage.days(90)
    assert [title for _, _, title in stage.reminders()[4:]] == ["Spare to be checked: 备用摄像头"]
    await stage.close()


async def test_links_are_opened_on_schedule_and_one_that_fails_is_told_weekly_until_it_is_good(tmp_path: Path) -> None:
    link = "https://meeting.example.com/p/1"
    data = plan(backups={"tencent": Backup(name="腾讯会议", join=link, test_every_days=30)})
    stage = DutyStage(tmp_path, data)
    await stage.days(3)
    assert stage.asked == [link]
    assert stage.reminders() == []
    stage.links[link] = LinkOutcome(ok=False, detail=because("http_status", status=404))
    await stage.days(40)
    told = [(who, title) for _, who, title in stage.reminders()]
    assert told == [("wang", "Backup does not work: 腾讯会议")] * 2
    assert len(stage.asked) >= 12
    stage.links.clear()
    await stage.days(3)
    assert stage.reminders()[-1][2] == "Backup works again: 腾讯会议"
    events = [event for event in stage.journal.reader.events() if event.verb == "backup_tested"]
    assert {event.data["ok"] for event in events} == {True, False}
    await stage.close()


async def test_no_link_is_judged_while_the_room_itself_has_no_network(tmp_path: Path) -> None:
    stage = DutyStage(tmp_path, plan(backups={"tencent": Backup(name="腾讯会议", join="https://m.example.com")}))
    down = Fault(room="R1", code="link_down", target="eth0", since=START)
    await stage.engine.fault_opened(down, RUNNING)
    await stage.until(2 * 3600)
    assert stage.asked == []
    await stage.engine.fault_cleared(down)
    await stage.days(4, restarts=False)
    assert len(stage.asked) == 1
    await stage.close()


async def test_a_backup_room_is_looked_at_by_a_person(tmp_path: Path) -> None:
    room = Backup(name="305", kind="room", room="3 层 305", test_every_days=30)
    stage = DutyStage(tmp_path, plan(backups={"room": room}))
    await stage.days(3)
    assert {title for _, _, title in stage.reminders()} == {"Please look at the backup room: 305"}
    with pytest.raises(Refused, match="good_or_not"):
        await stage.engine.task_command("backup_tested", by="zhao", name="305")
    await stage.engine.task_command("backup_tested", by="zhao", name="305", ok=False, text="no display")
    await stage.until(3 * DAY + 60)
    assert stage.reminders()[-1][1:] == ("wang", "Backup does not work: 305")
    listed = await stage.engine.task_command("backups", by="zhao")
    assert (listed["backups"][0]["ok"], listed["backups"][0]["detail"]) == (
        False,
        {"code": "said", "values": {"text": "no display"}},
    )
    await stage.close()


async def test_the_plan_s_quiet_hours_outrank_the_day_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    check = RecurringDate(name="检查", every_days=30, start=dt.date(2027, 1, 18), at="10:00")
    stage = DutyStage(tmp_path, plan(inspections={"devices": check}))
    stage.plan.quiet = dt.datetime(2027, 1, 18, 14, tzinfo=ZONE).timestamp()
    await stage.days(4)
    assert [when for when, _, _ in stage.reminders()] == ["01-18 14:00"]
    await stage.close()
