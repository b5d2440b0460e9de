"""A process killed with SIGKILL between decision and send, and again while a message is in flight."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.model.fault import Fault
from tests.alerting.stage import RUNNING, START, Stage
from tests.audit.audited_room import CAMERA, Room

WORKER = """
import asyncio, os, signal, sys
from pathlib import Path
from alerting.model.fault import Fault
from tests.alerting.stage import RUNNING, START, Stage

async def main(folder, when):
    stage = Stage(Path(folder))
    if when == "in flight":
        async def hang(rows):
            print(rows[0].key, flush=True)
            await asyncio.sleep(3600)
        stage.post.send = hang
    else:
        write = stage.journal.write
        def die_after(batch):
            write(batch)
            print(next(iter(batch.notifications)), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        stage.journal.write = die_after
    await stage.engine.fault_opened(Fault(room="R1", code="camera_missing", target="cam0", since=START), RUNNING)
    await stage.engine.settle()

asyncio.run(main(*sys.argv[1:]))
"""


def kill_worker(folder: Path, when: str) -> str:
    """The key of the message that it was about, or had begun, to send when it was killed."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), when],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert worker.stdout is not None
    key = worker.stdout.readline().strip()
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    worker.stdout.close()
    return key


@pytest.mark.parametrize("when", ["after the decision", "in flight"])
async def test_the_message_still_arrives_once_the_engine_is_back(tmp_path: Path, when: str) -> None:
    key = kill_worker(tmp_path, when)
    stage = Stage(tmp_path)
    await stage.until(10)
    assert [(who, message.key) for _, who, message in stage.post.arrived] == [("wang", key)]
    await stage.close()


async def test_whoever_may_have_been_told_before_the_kill_hears_who_took_it_and_that_it_is_over(tmp_path: Path) -> None:
    """The receiver may have taken the message that nobody could write down, and is down when the engine is back."""
    kill_worker(tmp_path, "in flight")
    room = Room(tmp_path)
    room.post.fate["wang/mail"] = Outcome.TEMPORARY
    await room.until(10)
    await room.engine.command("take", 1, by="li")
    await room.until(20)
    assert room.story() == []
    await room.restart()
    room.post.fate.clear()
    await room.until(400)
    assert [one[1:] for one in room.story()] == [("wang", "taken")]
    await room.engine.fault_cleared(CAMERA)
    await room.until(500)
    assert [one[1:] for one in room.story()] == [("wang", "taken"), ("wang", "recovered")]
    assert room.findings == []
    await room.close()


async def test_whoever_may_have_been_told_and_could_not_be_reached_since_hears_at_least_that_it_is_over(
    tmp_path: Path,
) -> None:
    kill_worker(tmp_path, "in flight")
    room = Room(tmp_path)
    room.post.fate["wang/mail"] = Outcome.TEMPORARY
    await room.until(10)
    await room.engine.command("take", 1, by="li")
    await room.until(20)
    await room.engine.fault_cleared(CAMERA)
    await room.until(300)
    room.post.fate.clear()
    await room.until(1000)
    assert [one[1:] for one in room.story()] == [("wang", "passed")]
    assert room.findings == []
    await room.close()


async def test_a_sender_that_breaks_in_an_attempt_leaves_open_whether_it_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path)

    async def send(rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        raise ConnectionError("the sender is gone")

    with monkeypatch.context() as broken:
        broken.setattr(room.post, "send", send)
        await room.engine.fault_opened(CAMERA, RUNNING)
        await room.until(1)
    room.post.fate["wang/mail"] = Outcome.TEMPORARY
    await room.until(10)
    await room.engine.command("take", 1, by="li")
    await room.engine.fault_cleared(CAMERA)
    room.post.fate.clear()
    await room.until(400)
    assert [one[1:] for one in room.story()] == [("wang", "passed")]
    assert room.findings == []
    await room.close()


async def test_whoever_was_certainly_not_told_before_somebody_took_it_is_left_alone(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.post.fate["wang/mail"] = Outcome.TEMPORARY
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(10)
    await room.engine.command("take", 1, by="li")
    await room.engine.fault_cleared(CAMERA)
    room.post.fate.clear()
    await room.until(400)
    assert room.story() == []
    assert room.findings == []
    await room.close()


async def test_a_stop_lets_end_what_follows_from_what_is_in_flight_and_begins_nothing_after(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(tmp_path)
    arrive = stage.post.send

    async def slowly(rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        await asyncio.sleep(0.05)
        return await arrive(rows)

    stage.post.send = slowly  # type: ignore[method-assign]
    for room in ("R1", "R2", "R3"):  # one after the other to the same person
        await stage.engine.fault_opened(Fault(room=room, code="camera_missing", target="cam0", since=START), RUNNING)
    await stage.close()
    assert [who for _, who, _ in stage.post.arrived] == ["wang"] * 3
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert "after shutdown" not in caplog.text


async def test_a_stop_gives_up_what_does_not_end_and_the_next_start_sends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("alerting.engine.change_loop.LANDING", 0.1)
    stage = Stage(tmp_path)

    async def never(rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        await asyncio.sleep(3600)
        return []

    arrive, stage.post.send = stage.post.send, never  # type: ignore[method-assign]
    await stage.engine.fault_opened(Fault(room="R1", code="camera_missing", target="cam0", since=START), RUNNING)
    await stage.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    stage.post.send = arrive  # type: ignore[method-assign]
    stage.open()
    await stage.until(20)
    assert [who for _, who, _ in stage.post.arrived] == ["wang"]
    assert "Traceback" not in caplog.text
    await stage.close()
