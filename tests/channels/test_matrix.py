"""An alarm in a room of a real Matrix homeserver: the fault and its end, a wrong password, a server that was down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from alerting.model.fault import Fault
from alerting.plan.contract import Address
from alerting.sending.client import ChildSender
from tests.alerting.stage import RUNNING, START, Organisation, Stage
from tests.channels.homeserver import Homeserver

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
LONGEST = 90.0

pytestmark = pytest.mark.long


@pytest.fixture
async def homeserver(tmp_path: Path) -> AsyncIterator[Homeserver]:
    folder = tmp_path / "homeserver"
    folder.mkdir()
    made = Homeserver(folder)
    await made.start()
    await made.furnish()
    yield made
    await made.stop()


def _room(tmp_path: Path, **ways: str) -> Stage:
    """A stage whose sender is the real one."""
    plan = Organisation()
    for contact, url in ways.items():
        plan.ways[contact] = (Address(channel="1", url=url, path=f"matrix of {contact}"),)
    stage = Stage(tmp_path, plan)
    stage.journal.close()
    stage.post = ChildSender(rate_folder=tmp_path)  # type: ignore[assignment]
    stage.open()
    return stage


async def _until(stage: Stage, reached: Callable[[], Awaitable[bool]], step: float = 0.0) -> None:
    async with asyncio.timeout(LONGEST):
        while not await reached():
            stage.clock.now += step
            await stage.engine.tick()
            await asyncio.sleep(0.2)


async def test_a_fault_and_its_end_arrive_in_the_room_and_wait_for_a_server_that_is_down(
    tmp_path: Path, homeserver: Homeserver
) -> None:
    stage = _room(tmp_path, wang=homeserver.url())
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.engine.settle()
    first = await homeserver.read()
    assert len(first) == 1
    assert "opened R1:camera_missing" in first[0]

    await homeserver.stop()
    await stage.engine.fault_cleared(CAMERA)
    await stage.engine.settle()
    waiting = stage.journal.reader.unfinished()
    assert [(row.kind, row.state.value, row.attempts) for row in waiting] == [("recovered", "pending", 1)]

    await homeserver.start()

    async def all_there() -> bool:
        return len(await homeserver.read()) >= 2

    await _until(stage, all_there, step=2.0)
    await stage.close()
    texts = await homeserver.read()
    assert len(texts) == 2
    assert "recovered R1:camera_missing" in texts[1]


async def test_a_wrong_password_fails_for_good_and_the_deputy_is_told_at_once(
    tmp_path: Path, homeserver: Homeserver
) -> None:
    stage = _room(tmp_path, wang=homeserver.url("wrong"), li=homeserver.url())
    number = await stage.engine.fault_opened(CAMERA, RUNNING)

    async def arrived() -> bool:
        return bool(await homeserver.read())

    await _until(stage, arrived)
    rows = {row.contact: row for row in stage.journal.reader.notifications(number)}
    await stage.close()
    assert rows["wang"].state.value == "failed"
    assert "403" in str(rows["wang"].detail)
    assert rows["li"].decided_at - rows["wang"].decided_at < 60, "nobody waits for one who cannot be reached"
