"""A wall clock set by hours makes no step due, loses none, and is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.model.fault import Fault
from alerting.workflows.asking_order import in_order
from tests.alerting.stage import RUNNING, START, Stage, StageEngine, render

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
