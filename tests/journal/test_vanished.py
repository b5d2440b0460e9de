"""A journal that is deleted while the engine runs is missed within seconds, told, and written anew with all it held."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alerting.journal import JournalUnavailable, open_journal, open_reader
from alerting.model.fault import Fault
from monitor.pipeline.history import ReadingHistory
from tests.alerting.stage import RUNNING, START, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)


@pytest.mark.parametrize("gone", ["the folder", "the file", "replaced", "the log", "its index"])
async def test_what_was_deleted_is_told_and_written_anew(gone: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    stage = Stage(state)
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(30)
    events = len(stage.journal.reader.events())
    if gone == "the folder":
        shutil.rmtree(state)
    elif gone in ("the log", "its index"):
        (state / f"journal.db-{'wal' if gone == 'the log' else 'shm'}").unlink()
    else:
        for file in state.glob("journal.db*"):
            file.unlink()
    if gone == "replaced":
        (state / "journal.db").write_text("somebody's notes")
    await stage.until(46)
    await stage.until(50)  # nothing is due: only the look whether it is there
    assert "journal_replaced" in str(stage.engine.summary()["journal_unavailable"])
    assert any("journal_unavailable" in message.title for _, _, message in stage.post.arrived)
    await stage.until(70)
    assert not stage.engine.summary()["journal_unavailable"]
    reader = open_reader(state)
    assert reader.incident(number) is not None
    assert len(reader.events(number)) >= 2
    assert len(reader.events()) > events
    reader.close()
    await stage.close()
    stage.open()
    assert number in {one.id for one in stage.engine.incidents()}
    await stage.close()


async def test_while_it_cannot_be_written_anew_it_says_why(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    journal = open_journal(state)
    shutil.rmtree(state)
    state.write_text("a file where the folder was")
    for _ in range(3):
        with pytest.raises(JournalUnavailable, match="journal"):
            await journal.ping()
    state.unlink()
    await journal.ping()
    assert (state / "journal.db").is_file()
    journal.close()


async def test_readings_go_on_in_a_new_store(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    history = ReadingHistory(state / "readings.db", keep_days=7)
    await history.record([(START, "camera", "cam0", "fps", 25.0)], START)
    shutil.rmtree(state)
    state.mkdir()
    await history.record([(START + 60, "camera", "cam0", "fps", 24.0)], START + 60)
    assert await history.series("camera", "cam0", "fps", START) == [(START + 60, 24.0)]
    assert (state / "readings.db").is_file()
    history.close()
