"""A journal that cannot be opened at the start silences no alarm, and is joined once it can be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alerting.journal import open_journal, open_or_wait
from alerting.model.fault import Fault
from alerting.workflows.workflow_order import in_order
from tests.alerting.stage import RUNNING, START, Stage, StageEngine, render

OLD = Fault(room="R1", code="camera_missing", target="cam0", since=START)
NEW = Fault(room="R2", code="camera_missing", target="cam0", since=START + 100)


class LateStage(Stage):
    """A stage as a daemon opens its journal."""

    def open(self, mode: str = "act") -> None:
        self.journal = open_or_wait(self.folder, self.clock.now)
        self.engine = StageEngine(
            journal=self.journal,
            plan=self.plan,
            now=lambda: self.clock.now,
            outbound=self.post,
            render=render,
            room="R1",
            workflows=in_order(),
        )


async def test_alarms_go_out_beside_a_newer_journal_which_is_left_as_it_is_and_joined_once_it_is_gone(
    tmp_path: Path,
) -> None:
    open_journal(tmp_path).close()
    file = tmp_path / "journal.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("INSERT INTO schema_version VALUES (99)")
    before = file.read_bytes()
    stage = LateStage(tmp_path)
    await stage.engine.fault_opened(NEW, RUNNING)
    await stage.until(60)
    told = [message.title for _, who, message in stage.post.arrived if who == "wang"]
    assert "opened R2:camera_missing" in told
    assert any("journal_unavailable" in title for title in told)
    assert "journal_too_new" in str(stage.engine.journal_problem)
    assert file.read_bytes() == before
    file.rename(tmp_path / "newer.db")
    await stage.until(120)
    assert not stage.engine.journal_problem
    assert {one.code for one in stage.journal.reader.incidents()} >= {"camera_missing"}
    await stage.close()


async def test_alarms_go_out_without_it_and_what_was_open_before_goes_on_with_it(tmp_path: Path) -> None:
    state, aside = tmp_path / "state", tmp_path / "aside"
    state.mkdir()
    stage = LateStage(state)
    old = await stage.engine.fault_opened(OLD, RUNNING)
    await stage.until(10)
    await stage.close()
    state.rename(aside)
    state.write_text("a file stands here")
    stage.open()
    new = await stage.engine.fault_opened(NEW, RUNNING)
    await stage.until(60)
    assert new > old
    told = [(who, message.title) for _, who, message in stage.post.arrived]
    assert ("wang", "opened R2:camera_missing") in told
    assert any("journal_unavailable" in title for _, title in told)
    assert stage.engine.journal_problem
    state.unlink()
    aside.rename(state)
    await stage.until(120)
    assert not stage.engine.journal_problem
    reader = stage.journal.reader
    assert {one.room for one in reader.live_incidents() if one.code == "camera_missing"} == {"R1", "R2"}
    await stage.until(320)
    assert ("li", "escalated R1:camera_missing") in [(who, m.title) for _, who, m in stage.post.arrived]
    keys = [message.key for _, _, message in stage.post.arrived]
    assert len(keys) == len(set(keys))
    await stage.close()
    stage.open()
    assert not stage.journal.late
    assert {one.room for one in stage.journal.reader.live_incidents()} >= {"R1", "R2"}
    await stage.close()
