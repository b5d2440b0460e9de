"""A real daemon with a real calendar file: the check before a meeting reaches a person once, status and command."""

from __future__ import annotations

import datetime as dt
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.calendar.calendars import calendar, event
from tests.end_to_end.test_killed_program import Receiver, Room, receiver

__all__ = ["receiver"]


@pytest.fixture
async def room(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Room]:
    room = Room(tmp_path, receiver.port)
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    (tmp_path / "room.ics").write_bytes(calendar(event(start=f":{soon:%Y%m%dT%H%M%SZ}")))
    settings = tmp_path / "roomwatch.toml"
    settings.write_text(settings.read_text() + f'\n[calendar]\nfile = "{tmp_path}/room.ics"\n')
    plan = tmp_path / "plan.toml"
    plan.write_text(plan.read_text() + '\n[backups.second]\nname = "Second app"\njoin = "https://m.example/2"\n')
    yield room
    room.end()
    if room.conference is not None:
        room.conference.kill()
        room.conference.wait()


@pytest.mark.slow
async def test_a_dead_program_before_a_meeting_is_a_no_go_that_is_told_once(room: Room, receiver: Receiver) -> None:
    room.start_program()
    await room.start()
    room.kill_program()
    told = await receiver.wait_for("NO-GO", 60)
    assert "conf is not running" in told["title"]
    assert "https://m.example/2" in told["message"]
    status = json.loads(room.roomwatch("status", "--json").stdout)
    assert (status["premeeting"]["go"], status["premeeting"]["minutes"]) == (False, 15)
    assert ["app_not_running", "conf"] in status["premeeting"]["blockers"]
    assert "https://m.example/2" not in json.dumps(status), "everybody on the network may read the status"
    shown = room.roomwatch("status").stdout
    assert "NOT ready for a meeting" in shown
    assert "Next meeting at" in shown
    room.end(signal.SIGKILL)
    await room.start()
    asked = room.roomwatch("premeeting")
    assert asked.returncode == 1, asked.stderr
    assert "Join here: https://m.example/2" in asked.stdout
    room.start_program()
    ready = room.roomwatch("premeeting", "--json")
    assert (ready.returncode, json.loads(ready.stdout)["go"]) == (0, True)
    assert sum("NO-GO" in one["title"] for one in receiver.messages) == 1, "a restart tells nobody again"


def test_without_a_daemon_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    room = Room.__new__(Room)
    room.folder = tmp_path
    done = room.roomwatch("premeeting")
    assert done.returncode == 3
    assert "no roomwatch answers" in done.stderr
