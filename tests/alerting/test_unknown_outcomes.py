"""An attempt that was begun and has no outcome counts as "may have been told": its reader hears of the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alerting.delivery.contract import Outcome
from alerting.model.fault import Fault
from alerting.plan.contract import Address
from tests.alerting.held_post import HeldPost
from tests.alerting.stage import RUNNING, START, Organisation
from tests.audit.audited_room import CAMERA, Room

FEW = Organisation(steps=Organisation().steps[:1])
SECOND = Fault(room="R1", code="camera_missing", target="cam1", since=START)


def kinds(room: Room, who: str = "wang") -> list[str]:
    return [kind for _, name, kind in room.story() if name == who]


@pytest.mark.parametrize("perhaps_arrived", [True, False])
@pytest.mark.parametrize("outcome", [Outcome.TEMPORARY, Outcome.PERMANENT])
async def test_what_is_in_flight_at_the_end_is_followed_by_the_end_whatever_becomes_of_it(
    outcome: Outcome, perhaps_arrived: bool, tmp_path: Path
) -> None:
    room = Room(tmp_path, replace(FEW))
    with HeldPost(room) as post:
        await room.engine.fault_opened(CAMERA, RUNNING)
        await post.begun()
        await room.engine.fault_cleared(CAMERA)
        await post.ends(outcome, perhaps_arrived=perhaps_arrived)
        await post.ends(Outcome.TEMPORARY)
    await room.until(400)
    assert kinds(room) == ["passed"]
    assert room.findings == []
    await room.close()


async def test_whoever_has_it_in_flight_hears_who_took_it(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(FEW))
    with HeldPost(room) as post:
        number = await room.engine.fault_opened(CAMERA, RUNNING)
        await post.begun()
        await room.engine.command("take", number, by="li")
        await post.ends(Outcome.SENT)
        await post.ends(Outcome.TEMPORARY)
    await room.until(60)
    assert kinds(room) == ["taken"]
    await room.engine.fault_cleared(CAMERA)
    await room.until(90)
    assert kinds(room) == ["taken", "recovered"]
    assert room.findings == []
    await room.close()


async def test_a_message_without_an_answer_that_is_refused_later_is_followed_by_the_end(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(FEW))
    with HeldPost(room) as post:
        await room.engine.fault_opened(CAMERA, RUNNING)
        await post.ends(Outcome.TEMPORARY, perhaps_arrived=True)
    room.post.fate["wang/mail"] = Outcome.PERMANENT
    await room.until(60)
    room.post.fate.clear()
    await room.engine.fault_cleared(CAMERA)
    await room.until(200)
    assert kinds(room) == ["passed"]
    assert room.findings == []
    await room.close()


async def test_whoever_may_have_heard_of_a_second_fault_hears_that_it_works_and_else_that_it_is_broken(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path, replace(FEW))
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(10)
    await room.engine.fault_opened(SECOND, RUNNING)
    with HeldPost(room) as post:
        room.clock.now += 5
        await room.engine.tick()
        await post.ends(Outcome.PERMANENT, perhaps_arrived=True)
    await room.until(60)
    rows = room.journal.reader.notifications(1)
    told = [(row.state.value, len(row.faults)) for row in rows if row.kind == "faults_changed"]
    assert told == [("failed", 2)], "who refused just this is not asked for ever"
    await room.engine.fault_cleared(SECOND)
    await room.until(100)
    last = room.journal.reader.notifications(1)[-1]
    assert (last.kind, last.state.value, last.faults) == ("faults_changed", "sent", ("camera_missing cam0",))
    assert room.findings == []
    await room.close()


def ends(room: Room) -> dict[int, str]:
    rows = room.journal.reader.notifications()
    return {row.incident: row.kind for row in rows if row.kind in ("passed", "recovered")}


async def send_digest(room: Room, outcome: Outcome, *, perhaps_arrived: bool) -> list[Fault]:
    """One alarm comes, one is in flight while more wait, and what waits goes as a digest with that outcome."""
    faults = [Fault(room=f"S{n}", code="camera_missing", target="cam0", since=START) for n in range(8)]
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(1)
    with HeldPost(room) as post:
        for fault in faults:
            await room.engine.fault_opened(fault, RUNNING)
        await post.ends(Outcome.SENT)
        assert "-digest-" in await post.begun()
        await post.ends(outcome, perhaps_arrived=perhaps_arrived)
    return faults


async def test_whoever_may_have_had_a_digest_hears_of_each_end_after_a_restart_too(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(FEW))
    faults = await send_digest(room, Outcome.TEMPORARY, perhaps_arrived=True)
    room.post.fate["wang/mail"] = Outcome.PERMANENT
    await room.until(60)
    assert [row.state.value for row in room.journal.reader.notifications(0)] == ["failed"]
    room.post.fate.clear()
    await room.restart()
    for fault in faults:
        await room.engine.fault_cleared(fault)
    await room.until(400)
    assert ends(room) == {2: "recovered", **dict.fromkeys(range(3, 10), "passed")}
    assert room.findings == []
    await room.close()


async def test_what_stood_in_a_digest_that_was_refused_is_told_anew_to_whoever_took_it(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path, replace(FEW))
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.engine.command("take", number, by="wang")
    await room.until(10)
    faults = [Fault(room=f"S{n}", code="camera_missing", target="cam0", since=START) for n in range(8)]
    with HeldPost(room) as post:
        for fault in faults:
            await room.engine.fault_opened(fault, RUNNING)
        await post.begun()
        await room.engine.fault_opened(SECOND, RUNNING)
        room.clock.now += 6
        await room.engine.tick()
        await post.ends(Outcome.SENT)
        assert "-digest-" in await post.begun()
        await post.ends(Outcome.PERMANENT)
    await room.until(100)
    last = [row for row in room.journal.reader.notifications(number) if row.kind == "faults_changed"][-1]
    assert last.faults == ("camera_missing cam0", "camera_missing cam1")
    assert last.accepted_at is not None
    await room.close()


async def test_a_digest_that_waits_is_followed_by_the_end_though_the_incident_is_closed_before_it_goes(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path, replace(FEW))
    faults = await send_digest(room, Outcome.TEMPORARY, perhaps_arrived=False)
    room.post.fate["mail"] = Outcome.TEMPORARY
    for number, fault in enumerate(faults, 2):
        await room.engine.fault_cleared(fault)
        await room.engine.command("close", number, by="li")
    await room.until(600)
    room.post.fate.clear()
    await room.until(2000)
    assert ends(room) == {2: "recovered", **dict.fromkeys(range(3, 10), "passed")}
    assert room.findings == []
    await room.close()


async def test_a_digest_that_goes_by_another_way_after_a_restart_tells_all_that_is_in_it(tmp_path: Path) -> None:
    plan = Organisation(steps=FEW.steps)
    plan.ways["wang"] += (Address(channel="sms", url="test://wang", path="gsm"),)
    room = Room(tmp_path, plan)
    room.post.fate["wang/sms"] = Outcome.TEMPORARY
    faults = await send_digest(room, Outcome.TEMPORARY, perhaps_arrived=False)
    room.post.fate["wang/mail"] = Outcome.TEMPORARY
    await room.until(20)
    await room.restart()
    del room.post.fate["wang/sms"]
    await room.until(100)
    rows = room.journal.reader.notifications()
    assert {row.state.value for row in rows if row.channel == "sms"} == {"sent"}
    alarms = [row for row in rows if row.kind == "opened" and row.incident > 1]
    assert all(row.accepted_at is not None for row in alarms)
    room.post.fate.clear()
    for fault in faults:
        await room.engine.fault_cleared(fault)
    await room.until(400)
    assert {row.incident for row in room.journal.reader.notifications() if row.kind == "recovered"} == set(range(2, 10))
    assert room.findings == []
    await room.close()


async def test_the_end_gives_way_to_no_paper_about_the_incident(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(FEW))
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(10)
    room.post.fate["wang/mail"] = Outcome.TEMPORARY
    await room.engine.fault_cleared(CAMERA)
    await room.until(60)
    incident = room.engine.incidents()[0]
    await room.engine.change(lambda transaction: transaction.tell(incident, "report_drafted", ["wang"]))
    room.post.fate.clear()
    await room.until(600)
    assert kinds(room) == ["opened", "recovered", "report_drafted"]
    assert {row.state.value for row in room.journal.reader.notifications(number)} == {"sent"}
    await room.close()
