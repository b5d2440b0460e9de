"""A no-go is journaled and told once a meeting and time, over restarts; a go is journaled and silent."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from alerting.messages.facts import MessageFacts
from alerting.messages.notice_of import Wording
from alerting.model.fault import Fault
from alerting.plan.model import Plan
from alerting.plan.resources import Backup
from alerting.workflows.premeeting_verdict import Checked, done, take
from tests.alerting.stage import START, Organisation, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="front", since=START)
MEETING = START + 900
BACKUPS = {
    "tencent": Backup(name="Tencent Meeting", order=2, join="https://m.example/1"),
    "room": Backup(name="4F Garden", kind="room", order=1, room="4F Garden", rooms=("R2",)),
}


def checked(*, go: bool, minutes: int = 15, room: str = "R1") -> Checked:
    blockers = () if go else (("camera_missing", "front"),)
    return Checked(room=room, starts_at=MEETING, minutes=minutes, go=go, blockers=blockers)


def no_goes(stage: Stage) -> list[str]:
    return [who for _, who, message in stage.post.arrived if message.short == "no_go"]


async def test_a_no_go_is_told_to_technical_with_the_backup_and_once_over_restarts(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Organisation(data=Plan(backups=BACKUPS)))
    number = await stage.engine.fault_opened(CAMERA)
    assert await stage.engine.change(partial(take, checked(go=False)))
    await stage.engine.settle()
    assert no_goes(stage) == ["wang"]
    await stage.close()
    stage.open()
    assert done(stage.engine.recall, "R1", "R1") == (f"{MEETING:.0f}-15",)
    assert not await stage.engine.change(partial(take, checked(go=False)))
    await stage.engine.settle()
    assert no_goes(stage) == ["wang"]
    assert await stage.engine.change(partial(take, checked(go=False, minutes=5)))
    await stage.engine.settle()
    assert no_goes(stage) == ["wang", "wang"], "five minutes before it is said again"
    events = [one for one in stage.journal.reader.events(number) if one.verb == "premeeting"]
    assert [(one.why.code, one.data["minutes"]) for one in events] == [("no_go", 15), ("no_go", 5)]
    (incident,) = stage.engine.incidents()
    assert incident.no_go is not None
    assert (incident.no_go.title, incident.no_go.place) == ("Tencent Meeting", "https://m.example/1")
    await stage.close()


async def test_a_go_is_written_down_and_told_to_nobody(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert await stage.engine.change(partial(take, checked(go=True)))
    await stage.engine.settle()
    assert stage.post.arrived == []
    (event,) = [one for one in stage.events() if one.verb == "premeeting"]
    assert (event.why.code, event.incident) == ("go", 0)
    await stage.close()


async def test_a_no_go_in_maintenance_has_no_incident_and_wakes_nobody(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.engine.fault_opened(CAMERA)
    assert await stage.engine.change(partial(take, checked(go=False, room="R2")))
    await stage.engine.settle()
    assert no_goes(stage) == []
    await stage.close()


@pytest.mark.parametrize(
    ("language", "title", "line"),
    [
        ("en", "NO-GO for the meeting at", "Join here: https://m.example/1"),
        ("zh-CN", "会前检查未通过", "备用方案：Tencent Meeting"),
    ],
)
async def test_its_words_name_the_meeting_the_fault_and_the_way_round(
    language: str, title: str, line: str, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, Organisation(data=Plan(backups=BACKUPS)))
    await stage.engine.fault_opened(CAMERA)
    await stage.engine.change(partial(take, checked(go=False)))
    (incident,) = stage.engine.incidents()
    facts = MessageFacts(
        kind="no_go", incidents=(incident,), contact="wang", channel="mail", language=language, now=START, key="k"
    )
    text = Wording(timezone="UTC")(facts)
    assert title in text.title
    assert line in text.body
    assert "15" in text.body.splitlines()[0]
    assert "front" in text.title or "front" in text.body
    await stage.close()
