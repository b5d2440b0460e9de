"""Who was told of a fault hears of its end; who was told nothing of it does not."""

from __future__ import annotations

from pathlib import Path

from alerting.model.fault import Fault
from alerting.model.reply import Reply, Wrong
from tests.alerting.stage import RUNNING, START, Stage
from tests.audit.audited_room import Room

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)


async def test_help_with_an_answer_is_no_news_of_a_fault(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(5)
    await room.engine.reply(Reply(contact="zhao", way="mail", verb="take", wrong=Wrong.UNCLEAR))
    await room.until(10)
    assert [kind for _, who, kind in room.story() if who == "zhao"] == ["reply_help"]
    await room.engine.fault_cleared(CAMERA)
    await room.until(60)
    assert [kind for _, who, kind in room.story() if who == "zhao"] == ["reply_help"]
    assert [kind for _, who, kind in room.story() if who == "wang"][-1] == "recovered"
    assert room.findings == []
    await room.close()


async def test_an_open_incident_keeps_no_text_of_what_was_sent_and_the_journal_keeps_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(1000)
    held = stage.engine._shared.incidents.rows(number)
    assert len(held) >= 4
    assert {row.body for row in held if row.state.final} == {""}
    assert all(row.title for row in stage.journal.reader.notifications(number))
    await stage.close()
    stage.open()
    await stage.until(1010)
    assert {row.title for row in stage.engine._shared.incidents.rows(number) if row.state.final} == {""}
    assert all(row.title for row in stage.journal.reader.notifications(number))
    await stage.close()
