"""A machine that slept accuses nobody: the engine says that it was away, and a finding must be so a while later too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alerting.audit.auditor import audit
from alerting.journal import open_reader
from alerting.service.scheduled_audit import Audits
from tests.alerting.stage import RUNNING, START
from tests.audit.audited_room import CAMERA, Room
from tests.audit.test_auditing import Watched


@pytest.mark.parametrize("seconds", [40, 100, 600, 5 * 3600])
async def test_what_was_due_while_the_machine_slept_is_no_finding(seconds: int, folder: Path) -> None:
    room = Room(folder)
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(290)  # a step is due at 300
    room.clock.now += seconds
    await room.until(room.clock.now - START + 900)
    assert room.findings == []
    woke = [event for event in room.journal.reader.events(0) if event.verb == "woke"]
    assert [round(float(str(event.data["until"])) - float(str(event.data["silent_since"]))) for event in woke] == [
        pytest.approx(seconds, abs=30)
    ]
    await room.close()


def audits(room: Room, watched: Watched, recheck: float) -> Audits:
    async def alarm(text: str) -> None:
        watched.alarms.append(text)

    return Audits(
        lambda: watched.settings,
        room.folder,
        plan=lambda: (room.plan, room.plan_since),
        now=lambda: room.clock.now,
        opened=room.engine.fault_opened,
        cleared=room.engine.fault_cleared,
        outbound=watched.straight,
        alarm=alarm,
        recheck=recheck,
    )


async def test_an_audit_in_the_second_after_a_sleep_of_ten_minutes_tells_nobody(folder: Path) -> None:
    room = Room(folder)
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(250)
    watched = Watched(room)
    room.clock.now += 600
    assert room.audit() != []  # the engine has not looked yet
    auditing = asyncio.create_task(audits(room, watched, recheck=0.5).once())
    await asyncio.sleep(0.1)
    await room.until(room.clock.now - START)
    assert await auditing == []
    assert (watched.straight.sent, watched.alarms) == ([], [])
    await room.close()


async def test_an_engine_that_does_not_catch_up_is_told(folder: Path) -> None:
    room = Room(folder)
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(250)
    watched = Watched(room)
    room.clock.now += 600
    assert await audits(room, watched, recheck=0.05).once() != []
    assert len(watched.alarms) == 1
    await room.close()


async def test_an_audit_sees_one_moment_while_the_engine_writes(folder: Path) -> None:
    room = Room(folder)
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(30)
    reader = open_reader(folder)
    found = audit(reader, now=room.clock.now, plan=room.plan, plan_since=room.plan_since)
    with reader.snapshot():
        before = reader.last_time()
        await room.engine.command("take", 1, by="wang")
        await room.until(60)
        assert reader.last_time() == before
        assert list(found) == []
    assert reader.last_time() > before
    reader.close()
    await room.close()
