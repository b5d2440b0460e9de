"""One zone for all that is shown: the plan's, else the room's, else the machine's; also after a reload."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from alerting.plan.model import Plan
from alerting.service.plan_file import read_plan
from alerting.words import load_words
from monitor.daemon.live_summary import lines
from monitor.daemon.room_service import room_service, service_settings
from monitor.settings import Settings
from tests.pages.test_incidents import INCIDENT, render, room


def test_a_plan_without_a_zone_takes_the_rooms(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('timezone = ""\n')
    assert read_plan(tmp_path / "plan.toml", "Asia/Shanghai").timezone == "Asia/Shanghai"
    (tmp_path / "plan.toml").write_text('timezone = "Europe/Berlin"\n')
    assert read_plan(tmp_path / "plan.toml", "Asia/Shanghai").timezone == "Europe/Berlin"


async def test_a_reload_brings_the_new_zone_to_messages_and_status(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("")
    runner = room_service(Settings(timezone="Asia/Shanghai"), tmp_path, tmp_path)
    assert (runner.wording.timezone, runner.status()["timezone"]) == ("Asia/Shanghai", "Asia/Shanghai")
    assert await runner.reload(service_settings(Settings(timezone="Europe/Berlin"), tmp_path)) == ""
    assert (runner.wording.timezone, runner.status()["timezone"]) == ("Europe/Berlin", "Europe/Berlin")
    await runner.close()


async def test_a_plan_on_a_disk_that_hangs_does_not_hold_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.toml").write_text("")
    runner = room_service(Settings(), tmp_path, tmp_path)
    asked, disk = threading.Event(), threading.Event()

    def slow(file: Path, timezone: str, *, named: bool) -> Plan:
        asked.set()
        assert disk.wait(30)
        return read_plan(file, timezone, named=named)

    monkeypatch.setattr("alerting.service.service.read_plan", slow)
    reload = asyncio.create_task(runner.reload(service_settings(Settings(timezone="Europe/Berlin"), tmp_path)))
    assert await asyncio.to_thread(asked.wait, 30)
    assert not reload.done()
    disk.set()
    assert await asyncio.wait_for(reload, 30) == ""
    await runner.close()


def test_page_and_live_view_show_the_time_of_the_zone() -> None:
    status = {**room(INCIDENT), "timezone": "Asia/Shanghai"}
    assert "08:00:00" in render(status, "en")
    assert "08:00:00" in "\n".join(lines(status, load_words("en"), 100))
