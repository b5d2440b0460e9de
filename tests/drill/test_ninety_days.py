"""Ninety days of a plan, on a clock that jumps: drills on their days, checks reminded, faults told, nothing amiss."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from alerting.audit.auditor import audit
from alerting.journal import open_reader
from alerting.model.fault import Fault
from alerting.plan.model import Plan
from alerting.plan.organisation import Group
from alerting.plan.recurring_dates import RecurringDate, WorkingDays
from alerting.workflows.scheduled.inspections import Inspections
from tests.alerting.stage import RUNNING, START
from tests.drill.test_drills import EMPTY, Room

DAY = 86400.0


async def test_drills_checks_and_faults_of_ninety_days_come_in_their_time(tmp_path: Path) -> None:
    first = dt.datetime.fromtimestamp(START, dt.UTC).date()
    plan = Plan(
        timezone="UTC",
        groups={"technical": Group(name="technical")},
        working_days=WorkingDays(calendar=""),
        drills={
            "camera": RecurringDate(
                name="camera",
                every_days=30,
                start=first + dt.timedelta(days=3),
                fault="camera_missing",
                target="cam0",
                announced=True,
            )
        },
        inspections={"devices": RecurringDate(name="devices", every_days=30, start=first + dt.timedelta(days=5))},
    )
    room = Room(tmp_path, plan)
    stage = room.stage
    await stage.close()
    stage.tasks = [room.drills, Inspections()]
    stage.open()
    room.watch.engine = stage.engine
    await stage.engine.meeting_changed("R1", EMPTY)
    for day in range(91):
        await stage.until(day * DAY)
        if any(not one.over for one in room.watch.injections):
            await room.until(day * DAY)
        if day % 10 == 9:
            fault = Fault(room="R9", code="app_not_running", since=stage.clock.now)
            number = await stage.engine.fault_opened(fault, RUNNING)
            await stage.until(day * DAY + 400)
            await stage.engine.command("take", number, by="wang")
            await stage.until(day * DAY + 900)
            await stage.engine.fault_cleared(fault)
    events = [event.verb for event in stage.journal.reader.events()]
    assert events.count("drill_started") == 3
    assert events.count("drill_skipped") == 0
    reminders = [event.data["topic"] for event in stage.journal.reader.events() if event.verb == "reminded"]
    assert reminders.count("drill_announced") == 3
    assert reminders.count("inspection") == 3
    assert events.count("opened") >= 9
    reader = open_reader(tmp_path)
    assert list(audit(reader, now=stage.clock.now, plan=stage.plan, plan_since=START)) == []
    reader.close()
    await stage.close()
