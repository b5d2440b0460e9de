"""The journal keeps what it said it kept, and says clearly what it cannot do."""

from __future__ import annotations

import math
import resource
import signal
import sqlite3
from pathlib import Path

import pytest

from alerting.journal import Event, JournalTooNew, open_journal
from alerting.journal.contract import JournalUnavailable
from alerting.journal.rows import Batch
from alerting.model.fault import Fault, FaultClass
from tests.alerting.stage import RUNNING, START, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)


def test_a_newer_journal_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    open_journal(tmp_path).close()
    with sqlite3.connect(file) as db:
        db.execute("INSERT INTO schema_version VALUES (99)")
    db.close()
    with pytest.raises(JournalTooNew, match=r"schema 99.*Install the newer roomwatch"):
        open_journal(tmp_path)
    assert list(tmp_path.glob("*.corrupt*")) == []


def test_a_corrupt_journal_is_set_aside_whole_and_a_new_one_begun(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    file.write_bytes(b"this was a journal once" * 1000)
    journal = open_journal(tmp_path)
    assert (tmp_path / "journal.db.corrupt-1").read_bytes().startswith(b"this was a journal")
    journal.write(Batch(events=[Event(incident=1, at=1.0, verb="note")]))
    assert len(journal.reader.events(1)) == 1
    journal.close()


def test_a_folder_that_is_missing_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailable, match=r"create .*nowhere and give this user write access"):
        open_journal(tmp_path / "nowhere")


async def test_on_a_full_disk_the_alarm_goes_out_from_memory_says_so_and_is_written_later(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.until(1)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        # The kernel refuses every further byte, as a full disk does.
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        number = await stage.engine.fault_opened(CAMERA, RUNNING)
        await stage.until(5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    kinds = [message.title for _, who, message in stage.post.arrived if who == "wang"]
    assert any("camera_missing" in title for title in kinds)
    assert any("journal_unavailable" in title for title in kinds)
    assert stage.engine.summary()["journal_unavailable"]
    await stage.until(30)
    assert not stage.engine.summary()["journal_unavailable"]
    assert [event.verb for event in stage.journal.reader.events(number)][:2] == ["opened", "step"]
    assert [row.state.value for row in stage.journal.reader.notifications(number)] == ["sent"]
    await stage.close()


async def test_after_a_restart_the_chain_goes_on_where_it_was_and_nothing_is_told_twice(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(100)
    await stage.close()
    stage.open()
    assert await stage.engine.fault_opened(CAMERA, RUNNING) == 1
    await stage.until(301)
    assert stage.story() == [
        (0, "wang", "opened"),
        (2, "wang", "repeated"),
        (4, "wang", "repeated"),
        (5, "li", "escalated"),
    ]
    await stage.close()


async def test_what_is_older_than_the_retention_goes_and_open_incidents_stay(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.fault_cleared(CAMERA)
    await stage.until(2 * 3600)
    kept = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(3 * 3600)
    assert await stage.journal.retain(stage.clock.now) == 1
    assert [incident.id for incident in stage.journal.reader.incidents()] == [kept]
    assert {row.incident for row in stage.journal.reader.notifications()} == {kept}
    await stage.close()


async def test_a_figure_that_was_not_measured_does_not_keep_the_monitor_from_starting(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    evidence = {"age_seconds": math.nan, "level_db": -math.inf, "attempts": 3, "reason": "no answer"}
    await stage.engine.fault_opened(Fault(room="R1", code="calendar_stale", since=START, evidence=evidence), RUNNING)
    await stage.close()
    stage.open()
    assert stage.engine.open_faults()[0].evidence == {"attempts": 3, "reason": "no answer"}
    await stage.close()
    # Earlier versions wrote null for such a figure.
    with sqlite3.connect(tmp_path / "journal.db") as db:
        db.execute(
            "UPDATE incidents SET checksum = NULL, state = replace(state, '\"attempts\":3', '\"attempts\":null')"
        )
    db.close()
    stage.open()
    assert stage.engine.open_faults()[0].evidence == {"reason": "no answer"}
    await stage.close()


async def test_half_a_character_in_a_report_keeps_neither_it_nor_the_next_alarm_from_the_disk(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    text = b"\xb2\xe2 dark".decode("utf-8", "surrogateescape")  # what a GBK terminal hands over
    number = await stage.engine.report_by_person("R1", by="wang", fault_class=FaultClass.OTHER, text=text)
    other = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(2000)
    assert not stage.engine.summary()["journal_unavailable"]
    assert {row.state.value for row in stage.journal.reader.notifications(other)} == {"sent"}
    kept = stage.journal.reader.incident(number)
    assert kept is not None
    assert kept.faults[0].evidence["text"] == r"\udcb2\udce2 dark"
    await stage.close()


async def test_what_the_journal_breaks_over_still_goes_out_and_no_lane_stands_still(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.evidence(number, "network", {"what no encoder knows": object()})
    await stage.until(400)
    assert "li" in {who for _, who, _ in stage.post.arrived}
    assert stage.engine.summary()["journal_unavailable"]
    await stage.close()
