"""A real daemon: what `roomwatch reload` answers, and what the last scrape before a clean end shows."""

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bench.room import Receiver, Room

QUIET = "\n".join(
    f"[schedule.{probe}]\nenabled = false"
    for probe in ("network", "camera", "microphone", "speaker", "display", "power")
)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    receiver = Receiver()
    await receiver.start()
    found = Room(tmp_path, receiver.port, QUIET)
    await found.start()
    yield found
    found.stop()
    await receiver.close()


async def roomwatch(room: Room, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "monitor.cli", *arguments, "--config", str(room.folder)]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=120, check=False)


async def status(room: Room) -> dict[str, Any]:
    return dict(json.loads((await room.ask("/api/status")).partition(b"\r\n\r\n")[2]))


def edit(room: Room, old: str, new: str, file: str = "roomwatch.toml") -> None:
    path = room.folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


async def metrics(room: Room) -> str:
    return (await room.ask("/metrics")).partition(b"\r\n\r\n")[2].decode()


async def test_reload_says_what_changed_and_it_is_in_force(room: Room) -> None:
    edit(room, 'id = "bench"', 'id = "renamed"\nsite = "lab"')
    done = await roomwatch(room, "reload", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["changed"], found["restart_needed"]) == (0, ["room.id", "room.site"], [])
    now = await status(room)
    assert (now["room"], now["site"]) == ("renamed", "lab")
    page = await metrics(room)
    assert 'roomwatch_room_info{configured_floor="",configured_room="renamed",configured_site="lab",name=""}' in page
    assert b" 200 " in (await room.ask("/r/renamed"))[:20]
    again = await roomwatch(room, "reload")
    assert (again.returncode, again.stdout) == (0, "Reloaded. Nothing has changed.\n")


async def test_what_needs_a_restart_is_said_and_kept(room: Room) -> None:
    edit(room, "port = 0", 'port = 9\nlisten = "127.0.0.9"')
    done = await roomwatch(room, "reload")
    assert done.returncode == 0, done.stderr
    assert "web.listen, web.port" in done.stdout
    assert (await status(room))["configuration"]["restart_needed"] == ["web.listen", "web.port"]
    assert "roomwatch_config_restart_needed 2.0" in await metrics(room)
    assert "web.listen" in (await roomwatch(room, "status")).stdout
    edit(room, 'port = 9\nlisten = "127.0.0.9"', "port = 0")
    assert (await roomwatch(room, "reload")).returncode == 0
    assert (await status(room))["configuration"]["restart_needed"] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("roomwatch.toml", "port = 0", "port = 99999", "web.port"),
        ("conf.d/room.toml", "# the room's own", "port = ", "TOML"),
        ("plan.toml", 'members = ["it"]', 'members = ["nobody"]', "nobody"),
    ],
)
async def test_a_refused_reload_gives_the_reason_and_changes_nothing(
    room: Room, file: str, old: str, new: str, said: str
) -> None:
    (room.folder / "conf.d").mkdir()
    (room.folder / "conf.d" / "room.toml").write_text("# the room's own\n")
    edit(room, 'id = "bench"', 'id = "other"')
    edit(room, old, new, file)
    done = await roomwatch(room, "reload")
    assert done.returncode == 1
    assert said in done.stderr
    now = await status(room)
    assert now["room"] == "bench"
    assert now["configuration"]["differs"]
    page = await metrics(room)
    assert "roomwatch_config_problems 0.0" not in page
    assert "roomwatch_config_differs 1.0" in page
    edit(room, new, old, file)
    assert (await roomwatch(room, "reload")).returncode == 0
    assert (await status(room))["room"] == "other"
    assert "roomwatch_config_problems 0.0" in await metrics(room)


@pytest.mark.parametrize(("folder", "next_command"), [("", "reload"), ("other", "run")])
async def test_setup_says_reload_only_where_the_daemon_has_this_configuration(
    room: Room, folder: str, next_command: str
) -> None:
    here = room.folder / folder
    here.mkdir(exist_ok=True)
    if folder:
        (here / "roomwatch.toml").write_text(f'state = "{room.folder}/state"\n')
    words = ["setup", "--yes", "--name", "Lake", "--config", str(here)]
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "monitor.cli", *words], capture_output=True, text=True, check=True
    )
    assert f"roomwatch {next_command} --config {here}\n" in done.stdout


async def test_without_a_daemon_the_command_says_so(room: Room) -> None:
    room.stop()
    assert (await roomwatch(room, "reload")).returncode == 3


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        return str(answer.read().decode())


async def test_a_scraper_with_a_rhythm_sees_the_clean_end_and_the_next_start_knows_it(room: Room) -> None:
    port = (await status(room))["port"]
    for _ in range(3):
        page = await asyncio.to_thread(scrape, port)
        await asyncio.sleep(2.0)
    assert 'roomwatch_stopping{reason=""} 0.0' in page
    assert "roomwatch_previous_run_ended_cleanly 0.0" in page
    assert room.daemon is not None
    room.daemon.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.5)
    assert 'roomwatch_stopping{reason="stop"} 1.0' in await asyncio.to_thread(scrape, port)
    assert await asyncio.to_thread(room.daemon.wait, 30) == 0
    await room.start()
    assert "roomwatch_previous_run_ended_cleanly 1.0" in await metrics(room)


async def test_a_fault_that_stood_at_a_clean_end_is_there_again_as_not_seen(room: Room) -> None:
    """Its probe is switched off meanwhile, so that nothing looks at it."""
    program = '[probes.software.applications.conf]\nexecutables = ["rw-runs-nowhere"]\nexpected = "always"\n'
    file = room.folder / "roomwatch.toml"
    file.write_text(f"{file.read_text()}[patience]\napp_not_running = 0\n{program}")
    assert (await roomwatch(room, "reload")).returncode == 0
    async with asyncio.timeout(60):
        while 'code="app_not_running"' not in await metrics(room):
            await asyncio.sleep(0.2)
    room.stop()
    file.write_text(file.read_text() + "[schedule.software]\nenabled = false\n")
    await room.start()
    page = await metrics(room)
    assert "roomwatch_faults_not_seen 1.0" in page
    assert 'code="app_not_running"' in page
