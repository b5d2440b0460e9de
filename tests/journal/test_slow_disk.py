"""A disk that takes its time holds no alarm, and has everything once in the end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alerting.journal import buffered
from alerting.journal.contract import JournalUnavailable
from alerting.journal.rows import Batch
from alerting.model.fault import Fault
from alerting.model.reason import because
from tests.alerting.stage import RUNNING, START, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
SPEAKER = Fault(room="R1", code="speaker_missing", since=START)


class SlowDisk:
    """Stands before a stage's journal: a write ends when the test says so, and nobody waits for it."""

    def __init__(self, stage: Stage, patience: pytest.MonkeyPatch, *, fails: bool = False) -> None:
        self._commit, self._fails = stage.journal.commit, fails
        self._well, self._busy = asyncio.Event(), 0
        self._patience = patience
        patience.setattr(buffered, "PATIENCE", 0.02)
        stage.journal.commit = self.commit  # type: ignore[method-assign]

    async def commit(self, batch: Batch) -> None:
        self._busy += 1
        try:
            await self._well.wait()
            if self._fails:
                self._fails = False
                raise JournalUnavailable(because("journal_disk", place="/"))
            await self._commit(batch)
        finally:
            self._busy -= 1

    async def mended(self) -> None:
        """From now on it is as quick as any; returns once it has nothing in hand."""
        self._patience.setattr(buffered, "PATIENCE", 60.0)
        self._well.set()
        while self._busy:
            await asyncio.sleep(0.01)


def told(stage: Stage, code: str) -> int:
    return sum(code in message.title for _, who, message in stage.post.arrived if who == "wang")


@pytest.mark.parametrize("fails", [False, True], ids=["writes it late", "fails at last"])
async def test_alarms_do_not_wait_and_the_journal_has_each_event_once(
    fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path)
    await stage.until(1)
    disk = SlowDisk(stage, monkeypatch, fails=fails)
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.command("note", number, by="wang", text="I see it")
    await stage.until(5)
    assert told(stage, "camera_missing") == 1
    assert stage.journal.reader.events(number) == []
    await disk.mended()
    await stage.until(30)
    verbs = [event.verb for event in stage.journal.reader.events(number)]
    assert verbs[:2] == ["opened", "step"]
    assert verbs.count("opened") == verbs.count("note") == 1
    assert [row.state.value for row in stage.journal.reader.notifications(number)] == ["sent"]
    assert not stage.engine.summary()["journal_unavailable"]
    await stage.close()


async def test_people_hear_of_a_disk_that_is_slow_for_long_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path)
    await stage.until(1)
    disk = SlowDisk(stage, monkeypatch)
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(5)
    assert told(stage, "journal_unavailable") == 0
    monkeypatch.setattr(buffered, "TOLD_AFTER", 0.0)
    await stage.until(10)
    assert told(stage, "journal_unavailable") == 1
    assert stage.engine.summary()["journal_unavailable"] == "journal_slow"
    await disk.mended()
    await stage.until(30)
    assert not stage.engine.summary()["journal_unavailable"]
    codes = {fault.code for one in stage.journal.reader.incidents() for fault in one.faults}
    assert codes == {"camera_missing", "journal_unavailable"}
    assert stage.journal.reader.notifications(number)
    await stage.close()


async def test_a_stop_waits_for_what_the_disk_has_in_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path)
    disk = SlowDisk(stage, monkeypatch)
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.fault_opened(SPEAKER, RUNNING)
    mended = asyncio.create_task(disk.mended())
    await stage.close()
    await mended
    stage.open()
    assert [event.verb for event in stage.journal.reader.events(number)].count("opened") == 1
    assert {one.code for one in stage.engine.open_faults()} == {"camera_missing", "speaker_missing"}
    await stage.close()
