"""A wall clock set by hours makes no step due, loses none, and is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.audit.auditor import audit
from alerting.model.fault import Fault
from alerting.workflows.scheduled.uptime_record import WatchTrace
from alerting.workflows.workflow_order import in_order
from tests.alerting.stage import CHAIN, RUNNING, START, Organisation, Stage, StageEngine, render
from tests.audit.audited_room import Room

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_clock_set_by_hours_in_an_incident_changes_no_waiting_time(tmp_path: Path, hours: int) -> None:
    stage = Stage(tmp_path)
    moved = 0.0
    stage.engine = StageEngine(
        journal=stage.journal,
        plan=stage.plan,
        now=lambda: stage.clock.now + moved,
        steady=lambda: stage.clock.now,
        outbound=stage.post,
        render=render,
        room="R1",
        workflows=in_order(),
    )
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.tick()
    await stage.engine.settle()
    moved = hours * 3600.0
    for second in range(0, 302, 10):
        stage.clock.now = START + second
        await stage.engine.tick()
        await stage.engine.settle()
    camera = [(who, message.short) for _, who, message in stage.post.arrived if "camera" in message.title]
    assert camera == [("wang", "opened"), ("wang", "repeated"), ("wang", "repeated"), ("li", "escalated")]
    assert "clock_suspect" in {fault.code for fault in stage.engine.open_faults()}
    await stage.close()


async def test_a_clock_behind_the_journal_after_a_restart_is_suspect_and_time_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.clock.now = START + 7200
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.tick()
    await stage.engine.settle()
    await stage.close()
    stage.clock.now = START
    stage.open()
    await stage.engine.tick()
    await stage.engine.settle()
    assert "clock_suspect" in {fault.code for fault in stage.engine.open_faults()}
    stage.clock.now = START + 301
    await stage.engine.tick()
    await stage.engine.settle()
    assert "li" in [who for _, who, _ in stage.post.arrived]
    await stage.close()


YEAR = 365 * 86400.0
WEEK = 7 * 86400.0


class Roster(Organisation):
    """wang is on duty in the week of the story, li in every other."""

    def members(self, audience: str, at: float) -> tuple[str, ...]:
        if audience == "technical":
            return ("wang",) if START - WEEK < at < START + WEEK else ("li",)
        return super().members(audience, at)


class Wall:
    """A wall clock that is ``ahead`` of the time of the story, which a steady clock follows."""

    def __init__(self, folder: Path, *, ahead: float, kept: bool) -> None:
        self.ahead, self.kept = ahead, kept
        self.room = Room(folder, Roster(steps=CHAIN[:1]))
        self.start()

    def start(self) -> None:
        self.room.engine = StageEngine(
            journal=self.room.journal,
            plan=self.room.plan,
            now=lambda: self.room.clock.now + self.ahead,
            steady=lambda: self.room.clock.now,
            trusted=lambda: self.kept,
            outbound=self.room.post,
            render=render,
            room="R1",
            workflows=in_order(),
            tasks=(WatchTrace(self.room.journal.reader.last_time()),),
        )

    async def go_on(self, seconds: float) -> None:
        end = self.room.clock.now + seconds
        while self.room.clock.now < end:
            await self.room.engine.tick()
            await self.room.engine.settle()
            self.room.clock.now += 5

    async def restart(self) -> None:
        await self.room.close()
        self.room.open()
        await self.room.engine.close()
        self.start()

    def told(self) -> list[tuple[str, str]]:
        return [(who, one.title) for _, who, one in self.room.post.arrived if "clock" not in one.title]


@pytest.mark.parametrize(
    ("ahead", "restarted"),
    [(YEAR, True), (YEAR, False), (5 * 3600.0, True), (5 * 3600.0, False), (-YEAR, False)],
)
async def test_once_a_time_server_keeps_the_clock_all_goes_on_in_right_time(
    ahead: float, restarted: bool, tmp_path: Path
) -> None:
    story = Wall(tmp_path, ahead=ahead, kept=False)
    engine = story.room.engine
    old = await engine.fault_opened(CAMERA, RUNNING)
    over = Fault(room="R1", code="link_down", target="eth0", since=START + ahead)
    await engine.fault_opened(over, RUNNING)
    await story.go_on(60)
    await engine.fault_cleared(over)
    await story.go_on(30)
    before = story.told()
    story.ahead, story.kept = 0.0, True
    if restarted:
        await story.restart()
    await story.go_on(60)
    now = story.room.clock.now
    new = await story.room.engine.fault_opened(Fault(room="R2", code="link_down", target="eth0", since=now), RUNNING)
    await story.go_on(400)
    reader = story.room.journal.reader
    first, second = reader.incident(old), reader.incident(new)
    assert first is not None
    assert second is not None
    assert abs(second.opened_at - now) < 10
    assert START - 10 < first.opened_at < now
    assert {who for who, title in story.told()[len(before) :] if "R2" in title} == {"wang"}
    # The old incident's chain, each step of it once, before and after.
    own = [title.split()[0] for who, title in story.told() if "R1:camera" in title]
    assert own == ["opened", "repeated", "repeated", "unanswered"]
    found = audit(reader, now=story.room.clock.now, plan=story.room.plan, plan_since=START - 2 * YEAR)
    assert list(found) == []
    assert any(one.code == "clock_suspect" for one in reader.incidents())
    assert "clock_suspect" not in {fault.code for fault in story.room.engine.open_faults()}
    await story.room.close()


async def test_a_clock_set_right_by_hand_sends_for_whoever_is_on_duty_now(tmp_path: Path) -> None:
    story = Wall(tmp_path, ahead=YEAR, kept=False)
    await story.room.engine.fault_opened(CAMERA, RUNNING)
    await story.go_on(30)
    story.ahead = 0.0
    await story.restart()
    await story.room.engine.fault_opened(Fault(room="R2", code="link_down", target="e", since=START), RUNNING)
    await story.go_on(30)
    assert [who for who, title in story.told() if "R2" in title] == ["wang"]
    assert "clock_suspect" in {fault.code for fault in story.room.engine.open_faults()}
    await story.room.close()
