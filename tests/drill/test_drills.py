"""Drills told as stories: injected at the probe's seam, run by the real chain, marked, scored; never in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerting.engine.commands import Refused
from alerting.messages.reasons import say_reason
from alerting.model.fault import Fault, FaultClass
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import because
from alerting.model.room import Room as RoomSettings
from alerting.papers.rendering.html import render_html
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.review.document import review_document
from alerting.papers.review.period import read_period
from alerting.plan.model import Plan
from alerting.plan.organisation import Group
from alerting.plan.recurring_dates import RecurringDate, WorkingDays
from alerting.plan.running_plan import RunningPlan
from alerting.words import LANGUAGES, load_words
from alerting.workflows.drill.drill_under_way import DrillOrder
from alerting.workflows.drill.drills import Drills
from alerting.workflows.drill.score import score
from monitor.commands.drill import drill_lines
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.settings import Settings
from probes.reading import Reading
from tests.alerting.stage import START, Organisation, Stage

EMPTY = MeetingState(running=False)
PLAN = Plan(groups={"technical": Group(name="technical"), "leadership": Group(name="leadership")}, timezone="UTC")


class Room:
    """A stage with a watch before it: its probe runs every 15 s of the fake clock."""

    def __init__(self, folder: Path, plan: Plan = PLAN, rooms: tuple[str, ...] = ()) -> None:
        rooms = rooms or ("R1", *Stage.twins)
        self.drills = Drills(lambda: rooms, self._inject, self._withdraw)
        self.stage = Stage(folder, replace(Organisation(), data=plan), workflows=[self.drills], tasks=[self.drills])
        clock = self.stage.clock
        self.watches = {
            room: Watch(
                Settings(room=RoomSettings(id=room)),
                {},
                Snapshot(room, "test", START, "act"),
                self.stage.engine,
                now=lambda: clock.now,
                steady=lambda: clock.now,
            )
            for room in rooms
        }
        for watch in self.watches.values():
            watch.meeting = EMPTY
        self.watch = self.watches["R1"]

    async def _inject(self, order: DrillOrder) -> str:
        return await self.watches[order.room].inject(order, running=True)

    async def _withdraw(self, order: DrillOrder) -> None:
        self.watches[order.room].withdraw(order)

    async def until(self, seconds: float) -> None:
        while self.stage.clock.now < START + seconds:
            await self.stage.until(min(seconds, self.stage.clock.now - START + 15))
            for watch in self.watches.values():
                await watch.deliver("camera", "interval", [Reading(check="camera", target="cam0", values={})])
            await self.stage.until(self.stage.clock.now - START)

    async def start(self, **arguments: object) -> dict[str, object]:
        given = {"fault": "camera_missing", "target": "cam0", **arguments}
        return await self.stage.engine.task_command("drill", by="chen", **given)

    def commands(self) -> list[str]:
        return [event.verb for event in self.stage.events()]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    yield made
    await made.stage.close()


async def test_a_drill_is_detected_by_the_probe_and_runs_the_chain_marked_and_is_scored(room: Room) -> None:
    await room.start()
    await room.until(100)
    incident = room.stage.engine.incidents()[0]
    assert (incident.drill, incident.severity.word) == (True, "critical")  # as in a meeting
    assert 15 <= incident.opened_at - START <= 100
    assert room.stage.story()[0][1:] == ("wang", "opened")
    assert all(message.drill for _, _, message in room.stage.post.arrived)
    assert [entry.state.fault for entry in room.watch.snapshot.entries.values()] == [""]  # the real check is untouched
    await room.stage.engine.command("take", incident.id, by="wang")
    await room.until(200)
    await room.stage.engine.command("done", incident.id, by="wang", text="plugged it in again")
    await room.until(400)
    reader = room.stage.journal.reader
    ended = reader.incident(incident.id)
    assert ended is not None
    assert ended.resolved_at is not None
    assert room.watch.injections == []
    sheet = score(ended, reader.events(1), reader.notifications(1), PLAN.targets, room.stage.plan)  # type: ignore[arg-type]
    detected = ended.opened_at - START
    assert [(line.name, line.met) for line in sheet.times] == [
        ("detect", detected <= PLAN.targets.detect),
        ("acknowledge", True),
        ("finish", True),
    ]
    assert sheet.groups[0].group == "technical"
    assert sheet.groups[0].took is not None
    assert "drill_scored" in room.commands()


async def test_a_real_fault_aborts_the_drill_and_people_are_told(room: Room) -> None:
    await room.start()
    await room.until(100)
    await room.stage.engine.fault_opened(Fault(room="R1", code="mic_missing", since=room.stage.clock.now), EMPTY)
    await room.until(200)
    assert [i.drill for i in room.stage.engine.incidents() if i.phase.live] == [False]
    assert ("wang", "recovered") in [(who, kind) for _, who, kind in room.stage.story()]
    assert room.watch.injections == []
    with pytest.raises(Refused, match="drill_fault_open"):
        await room.start()


async def test_what_was_reported_while_the_room_had_another_id_holds_its_drill_too(tmp_path: Path) -> None:
    room = Room(tmp_path, rooms=("R1",))
    stage = room.stage
    await stage.engine.report_by_person("room", fault_class=FaultClass.DEVICE, text="no picture", by="wang")
    (open_one,) = [one for one in stage.engine.incidents() if one.phase.live]
    with pytest.raises(Refused, match=r"drill_not_now.*drill_incident_elsewhere"):
        await room.start()
    assert "drill_started" not in room.commands()
    await stage.engine.command("resolve", open_one.id, by="chen")
    await room.start()
    await stage.close()


async def test_of_several_rooms_a_report_of_one_without_a_monitor_holds_no_drill(tmp_path: Path) -> None:
    room = Room(tmp_path, rooms=("R1", "R2"))
    await room.stage.engine.report_by_person("cellar", fault_class=FaultClass.DEVICE, text="no picture", by="wang")
    await room.start(room="R1")
    assert "drill_started" in room.commands()
    await room.stage.close()


@pytest.mark.parametrize(
    "meeting", [MeetingState(running=True), MeetingState(running=False, starts_in=600), MeetingState(occupied=True)]
)
async def test_no_drill_begins_in_or_before_a_meeting_unless_said_so(room: Room, meeting: MeetingState) -> None:
    await room.stage.engine.meeting_changed("R1", meeting)
    with pytest.raises(Refused, match=r"drill_room_in_use|drill_meeting_near"):
        await room.start()
    await room.start(in_meeting=True)


async def test_a_meeting_that_begins_ends_the_drill(room: Room) -> None:
    await room.start()
    await room.until(100)
    await room.stage.engine.meeting_changed("R1", MeetingState(running=True))
    await room.until(250)
    assert [i for i in room.stage.engine.incidents() if i.phase.live] == []
    ending = next(e for e in room.stage.journal.reader.events() if e.verb == "drill_ending")
    assert ending.why.code == "drill_meeting"


async def test_a_drill_ends_by_command_and_by_time(room: Room) -> None:
    await room.start(limit=600)
    await room.until(100)
    with pytest.raises(Refused, match="drill_runs"):
        await room.start()
    await room.until(800)
    assert [i for i in room.stage.engine.incidents() if i.phase.live] == []
    await room.start()
    await room.until(1000)
    await room.stage.engine.task_command("drill_stop", by="chen")
    await room.until(1200)
    assert [i for i in room.stage.engine.incidents() if i.phase.live] == []
    for which in ({}, {"drill": "D7"}):
        with pytest.raises(Refused, match="no_drill_runs"):
            await room.stage.engine.task_command("drill_stop", by="chen", **which)
    await room.start()
    with pytest.raises(Refused, match=r"no_such_drill.*given=D7"):
        await room.stage.engine.task_command("drill_stop", by="chen", drill="D7")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stop_of_no_drill_is_answered_in_a_sentence_that_says_what_to_type(language: str) -> None:
    said = say_reason(because("no_drill_runs"), load_words(language))
    assert "  " not in said
    assert "roomwatch drill start" in said


async def test_a_fault_that_no_probe_finds_is_refused(room: Room) -> None:
    with pytest.raises(Refused, match="drill_unable"):
        await room.start(fault="reported_other")
    with pytest.raises(Refused, match="drill_elsewhere"):
        await room.start(room="R2")


async def test_a_scheduled_drill_comes_on_its_day_and_waits_for_the_meeting_to_end(tmp_path: Path) -> None:
    first = dt.datetime.fromtimestamp(START, dt.UTC).date()
    schedule = RecurringDate(
        name="camera drill",
        every_days=30,
        start=first + dt.timedelta(days=1),
        at="10:00",
        fault="camera_missing",
        target="cam0",
        announced=True,
        working_days_only=False,
    )
    plan = Plan(groups=PLAN.groups, timezone="UTC", drills={"cam": schedule}, working_days=WorkingDays(calendar=""))
    room = Room(tmp_path, plan)
    ten = dt.datetime.combine(schedule.start, dt.time(10), dt.UTC).timestamp() - START
    await room.stage.engine.meeting_changed("R1", MeetingState(running=True))
    await room.stage.until(ten + 60)
    assert "drill_started" not in room.commands()
    assert room.commands().count("reminded") == 1  # announced that morning
    await room.stage.engine.meeting_changed("R1", EMPTY)
    await room.stage.until(ten + 2000)
    assert room.commands().count("drill_started") == 1
    await room.stage.until(ten + 20 * 86400)
    assert room.commands().count("drill_started") == 1
    await room.stage.close()


async def test_a_scheduled_drill_that_a_meeting_or_a_fault_kept_from_running_is_listed_with_why(tmp_path: Path) -> None:
    day = dt.datetime.fromtimestamp(START, dt.UTC).date() + dt.timedelta(days=1)
    schedule = RecurringDate(
        name="camera drill", every_days=1, start=day, at="10:00", fault="camera_missing", working_days_only=False
    )
    plan = Plan(groups=PLAN.groups, timezone="UTC", drills={"cam": schedule}, working_days=WorkingDays(calendar=""))
    room = Room(tmp_path, plan)
    ten = dt.datetime.combine(day, dt.time(10), dt.UTC).timestamp() - START
    await room.stage.engine.meeting_changed("R1", MeetingState(running=True))
    await room.stage.until(ten + 9 * 3600)
    await room.stage.engine.meeting_changed("R1", EMPTY)
    await room.stage.engine.fault_opened(Fault(room="R1", code="mic_missing", since=room.stage.clock.now), EMPTY)
    await room.stage.until(ten + 33 * 3600)
    reader = room.stage.journal.reader
    running = RunningPlan(plan)
    first, second = drill_lines(reader, load_words("en"), running)
    assert (f"{day} 10:00, camera drill" in first, "a meeting in the room" in first) == (True, True), first
    assert (f"{day + dt.timedelta(days=1)} 10:00" in second, "a real fault in the room" in second) == (True, True), (
        second
    )
    period = read_period(reader, START, room.stage.clock.now, room.stage.clock.now)
    html = render_html(review_document(period, plan, Phrasing(load_words("zh-CN"), plan), room.stage.clock.now))
    assert "2 次计划内的演练未能进行" in html
    assert "会议室有真实故障" in html
    await room.stage.close()
