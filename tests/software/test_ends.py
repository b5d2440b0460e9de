"""A person closes a program, an update restarts it, or it crashes: real processes, ended in each way."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from probes.software import Application, Settings, probe
from probes.software.end_of_program import RECORD_SECONDS, session_over
from probes.software.exit_status_linux import Ends
from tests.reasons.english import english

NAME = f"rw-end-{os.getpid()}"
WAIT = "import sys; sys.exit(int(sys.stdin.readline() or 0))"
"""Ends by itself with the status that it is told."""


def kernel_records() -> bool:
    """Whether this kernel tells a stranger how a process ended."""
    with subprocess.Popen(["sleep", "60"]) as process:
        ends = Ends()
        ends.follow([(process.pid, 0)], Path("/proc"))
        process.kill()
        process.wait()
        return ends.of((process.pid, 0)) is not None


needs_record = pytest.mark.skipif(not kernel_records(), reason="needs Linux 6.15, which records how a process ended")


class Room:
    """One program that is expected for meetings, and the meeting as it is told."""

    def __init__(self, folder: Path, **profile: object) -> None:
        self.file = folder / NAME
        shutil.copy(Path(sys.executable).resolve(), self.file)
        fields: dict[str, object] = {"executables": (NAME,), "expected": "meeting", **profile}
        self.settings = Settings(
            applications={"conf": Application(**fields)},  # type: ignore[arg-type]
            use_known=False,
            ask_windows=False,
        )
        self.now = 1000.0
        self.context = Context(now=time.time, monotonic=lambda: self.now, in_meeting=True, state=folder / "none")
        self.program = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [str(self.file), "-c", WAIT], stdin=subprocess.PIPE, env={"PYTHONHOME": sys.base_prefix}
        )
        deadline = time.monotonic() + 10
        while not Path(f"/proc/{process.pid}/cmdline").read_bytes().startswith(bytes(self.file)):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return process

    async def look(self, **changes: object) -> Outcome:
        self.context = replace(self.context, **changes)  # type: ignore[arg-type]
        found = {one.check: one for one in await probe(self.settings, self.context)}
        return found["software.process"]

    def close(self, status: int = 0) -> None:
        self.program.communicate(f"{status}\n".encode(), timeout=30)

    def end(self, number: int) -> None:
        self.program.send_signal(number)
        self.program.communicate(timeout=30)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    with contextlib.suppress(OSError, ValueError):
        made.program.kill()
        made.program.communicate(timeout=30)


def fault(outcome: Outcome) -> str:
    return outcome.finding if isinstance(outcome, Reading) else ""


@needs_record
async def test_who_closes_the_program_at_once_with_the_call_has_crashed_nothing(room: Room) -> None:
    assert fault(await room.look()) == ""
    room.close()
    assert isinstance(await room.look(), NothingToMeasure)
    room.now += 30
    assert isinstance(await room.look(), NothingToMeasure)
    room.now += 40
    assert fault(await room.look()) == "app_not_running", "the call goes on, and it is missing"


@needs_record
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
async def test_a_crash_in_the_call_is_a_fault_at_once(room: Room, number: int) -> None:
    assert fault(await room.look()) == ""
    room.end(number)
    found = await room.look()
    assert fault(found) == "app_not_running"
    assert isinstance(found, Reading)
    assert signal.Signals(number).name in english(found.evidence["cause"])


@needs_record
async def test_a_program_that_is_told_to_end_ends_in_order(room: Room) -> None:
    await room.look()
    room.end(signal.SIGTERM)
    assert isinstance(await room.look(), NothingToMeasure)


async def test_a_crash_after_the_call_was_left_alarms_nobody(room: Room) -> None:
    await room.look()
    room.end(signal.SIGSEGV)
    assert isinstance(await room.look(call_over=True), NothingToMeasure)


async def test_an_end_that_says_nothing_waits_for_what_the_call_says(room: Room) -> None:
    await room.look()
    room.close(status=3)
    assert isinstance(await room.look(), CannotMeasure)
    room.now += RECORD_SECONDS
    assert fault(await room.look()) == "app_not_running"


async def test_an_update_that_starts_it_again_is_no_fault_and_no_loop(tmp_path: Path) -> None:
    room = Room(tmp_path, expected="always", start_within=0)
    try:
        await room.look(in_meeting=False)
        for _ in range(4):
            room.close()
            fresh = tmp_path / "fresh"
            shutil.copy(room.file, fresh)
            fresh.replace(room.file)
            assert isinstance(await room.look(), CannotMeasure)
            room.now += 20
            room.program = room.start()
            found = {one.check: one for one in await probe(room.settings, room.context)}
            assert fault(found["software.process"]) == ""
        restarts, update = found["software.restarts"], found["software.update"]
        assert isinstance(restarts, Reading)
        assert isinstance(update, Reading)
        assert (restarts.values["starts_in_ten_minutes"], update.values["updates"]) == (0, 4)
        room.close()
        (tmp_path / NAME).unlink()
        assert isinstance(await room.look(), CannotMeasure)
        room.now += 121
        assert fault(await room.look()) == "app_not_running", "the update did not bring it back"
    finally:
        with contextlib.suppress(OSError, ValueError):
            room.program.kill()
            room.program.communicate(timeout=30)


def test_the_end_of_a_persons_session_is_read_from_its_record(tmp_path: Path) -> None:
    assert not session_over(1000, tmp_path / "none"), "without logind nothing is known"
    assert session_over(1000, tmp_path)
    (tmp_path / "1000").write_text("NAME=room\nSTATE=active\n")
    assert not session_over(1000, tmp_path)
    (tmp_path / "1000").write_text("NAME=room\nSTATE=closing\n")
    assert session_over(1000, tmp_path)
    assert not session_over(0, tmp_path), "no person"
