"""Personal data in the journal: kept as long as the plan says, exported whole, deleted without a trace in the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerting.engine.commands import Refused
from alerting.journal.anonymise import Replacing
from alerting.model.fault import Fault, FaultClass
from alerting.model.incident import Phase
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.plan.resources import Material
from alerting.plan.retention import Retention
from alerting.service.forget_people import PeopleData
from alerting.workflows.scheduled.spares_stock import Stores
from alerting.workflows.spare_requests import Logistics
from tests.alerting.stage import RUNNING, START, Organisation, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
DAY = 86400.0
PLAN = Plan(
    contacts={"wang": Contact(name="王强"), "chen": Contact(name="陈立")},
    materials={"camera": Material(name="摄像头", quantity=1, minimum=0, covers=("spare_camera",))},
    retention=Retention(contacts_days=180, reporters_days=30),
)


class DataStage(Stage):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Organisation(data=PLAN), workflows=(Logistics(),), tasks=(Stores(),))

    @property
    def people(self) -> PeopleData:
        return PeopleData(self.journal, lambda: self.plan.data)

    async def lived(self, reporter: str = "Ann Lee") -> int:
        """One incident with everybody in it, from a report to its close."""
        number = await self.engine.report_by_person(
            "R1", by=reporter, fault_class=FaultClass.DEVICE, text="call me: ann@example.com, +86 138 1234 5678"
        )
        await self.engine.command("take", number, by="wang")
        await self.engine.command("confirm", number, by="wang", text="wang and 王强 saw it with Ann Lee")
        await self.engine.command("assign", number, by="wang", to="zhao")
        await self.engine.command("accept", number, by="zhao")
        await self.engine.task_command("spare_take", by="wang", name="camera", incident=number)
        await self.engine.task_command("spare_return", by="wang", name="camera")
        await self.engine.command("resolve", number, by="wang", text="换了线")
        await self.until(self.clock.now - START + 3700)
        assert self.engine.incidents() == []
        return number

    def text(self) -> str:
        """Everything in the file that can be read back, deleted pages not counted."""
        db = sqlite3.connect(self.folder / "journal.db")
        dump = "\n".join(db.iterdump())
        db.close()
        return dump


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[DataStage]:
    made = DataStage(tmp_path)
    yield made
    await made.close()


async def test_reporters_and_contacts_are_anonymised_in_their_own_time_and_the_story_stays(stage: DataStage) -> None:
    number = await stage.lived()
    closed = stage.clock.now
    await stage.people.tidy(closed + 29 * DAY, 730)
    assert "Ann Lee" in stage.text()
    await stage.people.tidy(closed + 31 * DAY, 730)
    assert "Ann Lee" not in stage.text()
    assert "ann@example.com" not in stage.text()
    assert "1234 5678" not in stage.text()
    assert "wang" in stage.text()
    await stage.people.tidy(closed + 181 * DAY, 730)
    left = [name for name in ("wang", "王强", "zhao", "chen") if name in stage.text()]
    assert left == []
    reader = stage.journal.reader
    incident = reader.incident(number)
    assert incident is not None
    assert (incident.phase, incident.done) == (Phase.CLOSED, "换了线")
    assert incident.taken_by.startswith("person ")
    verbs = [event.verb for event in reader.events(number)]
    assert {"opened", "taken", "confirmed", "helper_accepted", "resolved", "closed"} <= set(verbs)
    taken = next(event for event in reader.events(number) if event.verb == "taken")
    assert taken.by == incident.taken_by
    told = {row.contact for row in reader.notifications(number)}
    assert all(name.startswith("person ") for name in told)


@pytest.mark.parametrize(
    "word",
    ["device", "review", "closed", "R1", "room", "sent", "reported_device", "mail", "critical", "opened", "true"],
)
async def test_who_is_called_like_a_word_of_the_program_takes_none_of_it_along(stage: DataStage, word: str) -> None:
    """A stranger types any name into the form; what he broke was tidied no more, for nobody."""
    number = await stage.lived(word)
    before = stage.journal.reader.incident(number)
    verbs = [event.verb for event in stage.journal.reader.events(number)]
    await stage.people.tidy(stage.clock.now + 31 * DAY, 730)
    after = stage.journal.reader.incident(number)
    assert before is not None
    assert after is not None
    assert after.opened_by.startswith("person ")
    assert (after.room, after.scope, after.code, after.fault_class) == (
        before.room,
        before.scope,
        before.code,
        before.fault_class,
    )
    assert (after.phase, after.report, after.severity) == (before.phase, before.report, before.severity)
    assert [event.verb for event in stage.journal.reader.events(number)] == verbs
    assert await stage.lived() == number + 1


async def test_a_token_s_scope_is_nobody_s_name(stage: DataStage) -> None:
    token = {"id": "0a", "name": "board", "scopes": ["read"], "contact": "", "made_by": "read"}
    await stage.journal.change(lambda editor: editor.remember("api_tokens", json.dumps({"0a": token})))
    await stage.people.delete("read")
    kept = json.loads(stage.journal.reader.memories()["api_tokens"])
    assert kept == {"0a": {**token, "made_by": "person removed"}}


@pytest.mark.parametrize("name", ["", "  ", "roomwatch"])
async def test_nobody_is_no_person(stage: DataStage, name: str) -> None:
    """A shell's empty variable took every token its contact."""
    await stage.lived()
    before = stage.text()
    with pytest.raises(Refused, match="missing_person"):
        await stage.people.delete(name)
    with pytest.raises(Refused, match="missing_person"):
        await stage.people.export(name)
    assert stage.text() == before


async def test_an_open_incident_is_left_alone(stage: DataStage) -> None:
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(60)
    await stage.people.tidy(stage.clock.now + 399 * DAY, 30)
    assert "wang" in stage.text()
    assert stage.journal.reader.incident(1) is not None


async def test_the_journal_s_own_retention_deletes_what_is_over_and_numbers_go_on(stage: DataStage) -> None:
    first = await stage.lived()
    second = await stage.lived()
    await stage.people.tidy(stage.clock.now + 100 * DAY, 30)
    assert stage.journal.reader.incident(first) is None
    assert stage.journal.reader.incident(second) is not None
    assert stage.journal.reader.events(0) == []
    await stage.close()
    stage.open()
    assert await stage.engine.fault_opened(CAMERA, RUNNING) == second + 1


async def test_a_clock_far_ahead_deletes_nothing(stage: DataStage, caplog: pytest.LogCaptureFixture) -> None:
    number = await stage.lived()
    await stage.people.tidy(stage.clock.now + 5000 * DAY, 30)
    assert "nothing is deleted" in caplog.text
    assert stage.journal.reader.incident(number) is not None
    assert "Ann Lee" in stage.text()


async def test_an_export_holds_all_that_names_the_person(stage: DataStage) -> None:
    await stage.lived()
    await stage.engine.task_command("spare_take", by="wang", name="camera")
    found = await stage.people.export("王强")
    assert found["contact"]["wang"]["name"] == "王强"
    (spare, case) = found["journal"]
    assert spare["incident"] == 0
    assert {event["verb"] for event in case["events"]} >= {"taken", "confirmed", "resolved"}
    assert {"taken_by", "confirmed_by"} <= set(case["stands_in"])
    assert {row["contact"] for row in case["notifications"]} == {"wang"}
    assert list(found["memory"]) == ["stock.camera"]
    assert (await stage.people.export("nobody"))["journal"] == []


async def test_who_is_deleted_is_gone_and_follows_in_what_is_open_when_it_closes(stage: DataStage) -> None:
    await stage.lived()
    await stage.engine.task_command("spare_take", by="wang", name="camera")
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.command("take", number, by="wang")
    await stage.until(stage.clock.now - START + 60)
    with pytest.raises(Refused, match="still_in_plan"):
        await stage.people.delete("王强")
    stage.plan.data = Plan(contacts={"wang": Contact(name="王强", left=True)}, materials=PLAN.materials)
    assert (await stage.people.delete("王强"))["open"] == [number]
    await stage.engine.reread_memory()
    assert stage.journal.reader.incident(number - 1).taken_by == "person removed"  # type: ignore[union-attr]
    await stage.engine.fault_cleared(CAMERA)
    await stage.until(stage.clock.now - START + 3700)
    await stage.people.tidy(stage.clock.now, 730)
    assert [name for name in ("wang", "王强") if name in stage.text()] == []
    listed = await stage.engine.task_command("spares", by="zhao")
    assert listed["spares"][0]["out"][0]["by"] == "person removed"


def test_a_short_latin_id_is_replaced_as_a_word_and_a_chinese_name_anywhere() -> None:
    replacing = Replacing({"li": "person 1", "李娜": "person 1"})
    assert replacing.text("a1-12-opened-0.0-li-mail") == "a1-12-opened-0.0-person 1-mail"
    assert replacing.text("client limits", "why") == "client limits"
    assert replacing.text("请李娜到场", "body") == "请person 1到场"
    assert replacing.text("at 1795533026.619, room 305", "why") == "at 1795533026.619, room 305"
