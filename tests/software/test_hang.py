"""Real programs under a real X server that hang in every way there is; and an X server that is not there."""

import asyncio
import os
import signal
import socket
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from probes.reading import Context, Outcome, Reading
from probes.software import Application, Settings, probe
from probes.software.hang import ENOUGH_LOOKS, MOVING_DRAWING
from probes.software.remembered_programs import Tracks
from probes.software.windows_linux import Windows
from probes.software.x11_linux import Connection, NoDisplay, cookies, display_of, ping_windows
from tests.software.screen import browser, display, page, window

MOST_SECONDS = 100


class Watched:
    """Programs under the probe, looked at as often as it asks for."""

    def __init__(self, applications: dict[str, Application], state: Path) -> None:
        self.settings = Settings(applications=applications, use_known=False)
        self.memory: dict[str, object] = {}
        self.state = state
        self.readings: dict[str, Reading] = {}

    async def look(self, wake: str = "confirm") -> None:
        context = Context(
            now=time.time, monotonic=time.monotonic, in_meeting=True, wake=wake, state=self.state, memory=self.memory
        )
        outcomes: list[Outcome] = await probe(self.settings, context)
        self.readings = {
            one.target: one for one in outcomes if one.check == "software.responding" and isinstance(one, Reading)
        }
        asked = [one.look_again for one in outcomes if isinstance(one, Reading) and one.look_again]
        await asyncio.sleep(min(asked, default=1.0))

    async def until(self, what: str, **findings: str) -> None:
        await self.until_all(what, lambda: {name: one.finding for name, one in self.readings.items()} == findings)

    async def until_all(self, what: str, right: Callable[[], bool]) -> None:
        deadline = time.monotonic() + MOST_SECONDS
        while not right():
            assert time.monotonic() < deadline, f"{what}: {self.readings}"
            await self.look()

    def knows_the_usual(self, name: str) -> bool:
        """Enough looks at each process, and a drawing that is worth measuring: on a busy machine they come late."""
        tracks = self.memory.get("tracks")
        judge = tracks.of(name).judge if isinstance(tracks, Tracks) else None
        if judge is None or not judge.looks:
            return False
        kinds = {"main", "renderer", "gpu-process"}
        seen = [(one.kind, judge.usual_cpu.get(one.identity, ())) for one in judge.looks[-1].processes]
        drawing = [statistics.median(usual) for kind, usual in seen if kind == "gpu-process" and usual]
        enough = all(len(usual) >= ENOUGH_LOOKS for kind, usual in seen if kind in kinds)
        return enough and max(drawing, default=0.0) >= MOVING_DRAWING

    def signs(self, name: str) -> str:
        return str(self.readings[name].evidence.get("signs", ""))


@pytest.mark.slow
async def test_a_stopped_a_spinning_and_a_deadlocked_program_are_hung_and_a_busy_one_is_not(tmp_path: Path) -> None:
    with ExitStack() as stack:
        screen = stack.enter_context(display())
        healthy, _ = stack.enter_context(page())
        victim, spin_page = stack.enter_context(page())
        stopped = stack.enter_context(browser(screen, tmp_path / "stopped", healthy))
        stack.enter_context(browser(screen, tmp_path / "page", victim, 1))
        busy = stack.enter_context(browser(screen, tmp_path / "busy", healthy, 2))
        spinning, spin = stack.enter_context(window(screen, tmp_path / "spinning"))
        waiting, wait = stack.enter_context(window(screen, tmp_path / "waiting"))
        watched = Watched(
            {
                "stopped": Application(executables=("chromium",), command=f"--user-data-dir={tmp_path}/stopped"),
                "page": Application(executables=("chromium",), command=f"--user-data-dir={tmp_path}/page"),
                "busy": Application(executables=("chromium",), command=f"--user-data-dir={tmp_path}/busy"),
                "spinning": Application(executables=("python3",), command=str(tmp_path / "spinning")),
                "waiting": Application(executables=("python3",), command=str(tmp_path / "waiting")),
            },
            tmp_path,
        )
        well = dict.fromkeys(("stopped", "page", "busy", "spinning", "waiting"), "")
        await watched.until("all are well", **well)
        await watched.until_all(
            "windows can be asked", lambda: all(one.values["windows_asked"] >= 1 for one in watched.readings.values())
        )
        await watched.until_all("what is usual is known", lambda: watched.knows_the_usual("page"))
        os.kill(stopped.pid, signal.SIGSTOP)
        spin.write_text("spin")
        wait.write_text("deadlock")
        spin_page.set()
        hung = dict.fromkeys(("stopped", "spinning", "waiting"), "app_hung")
        await watched.until("the hung are found", **hung, page="app_hung", busy="")
        assert "stopped_for" in watched.signs("stopped")
        assert "windows_silent" in watched.signs("stopped")
        assert "main_thread_restless" in watched.signs("spinning")
        assert "main_thread_asleep" in watched.signs("waiting")
        assert "page_restless" in watched.signs("page")
        second = ("nothing_drawn", "usually_takes", "windows_silent")
        assert any(one in watched.signs("page") for one in second), watched.signs("page")
        os.kill(stopped.pid, signal.SIGCONT)
        await watched.until("the stopped one goes on", **{**hung, "stopped": "", "page": "app_hung", "busy": ""})
        assert busy.poll() is spinning.poll() is waiting.poll() is None


async def test_a_closed_window_is_let_go_and_the_next_one_listed_by_the_look_after_its_first_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock of the looks stands still: nothing is listed because LIST_SECONDS are over, and nothing is retried.
    monkeypatch.setattr("probes.software.windows_linux.OPEN_SECONDS", 30.0)
    windows, asked = Windows(), []

    async def look() -> None:
        asked.append(await windows.look(frozenset({process.pid}), Path("/proc"), 0.0))

    async def shown(right: Callable[[int], bool]) -> int:
        text = file.read_text() if file.exists() else ""
        while not (text.endswith("\n") and right(int(text))):
            assert process.poll() is None
            await asyncio.sleep(0.05)
            text = file.read_text() if file.exists() else ""
        return int(text)

    async def answers(number: int) -> None:
        while number not in windows.answered_ever:
            await look()

    with display() as screen, window(screen, tmp_path / "closing") as (process, order):
        file = order.with_name("order.shown")
        try:
            async with asyncio.timeout(MOST_SECONDS):
                first = await shown(bool)
                await answers(first)
                order.write_text("another")
                second = await shown(lambda number: number != first)
                await look()
                await look()
                assert first not in windows.owners.keys() | windows.outstanding.keys()
                assert second in windows.owners
                await answers(second)
        except TimeoutError:
            pytest.fail(f"after {MOST_SECONDS} s: {windows}, looks: {asked[-5:]}, shown: {file.exists()}")
        finally:
            windows.close()


async def test_an_answer_that_comes_at_the_very_end_of_the_wait_is_not_lost() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    connection = Connection(ours)
    event = bytes([33]) + bytes(range(31))
    with theirs:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                asyncio.get_running_loop().call_soon(theirs.send, event)
                asyncio.get_running_loop().call_soon(time.sleep, 0.05)  # a busy machine: both wake the loop at once
                await connection.next()
        async with asyncio.timeout(30):
            assert await connection.next() == event
    connection.close()


async def test_no_x_server_cannot_be_measured(tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"], env={**os.environ, "DISPLAY": ":987"})
    try:
        await asyncio.sleep(0.1)
        with pytest.raises(NoDisplay, match="no_x_server"):
            await ping_windows(frozenset({sleeper.pid}), Path("/proc"), 1.0)
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_wayland_program_is_told_apart(tmp_path: Path) -> None:
    place = tmp_path / "7"
    place.mkdir()
    (place / "environ").write_bytes(b"WAYLAND_DISPLAY=wayland-0\0HOME=/home/kiosk\0")
    with pytest.raises(NoDisplay, match="no_x_display"):
        display_of(frozenset({7}), tmp_path)


def test_a_broken_authority_file_gives_the_entries_before_the_break(tmp_path: Path) -> None:
    def entry(number: bytes) -> bytes:
        fields = (b"host", number, b"MIT-MAGIC-COOKIE-1", b"0123456789abcdef")
        return b"\1\0" + b"".join(len(one).to_bytes(2, "big") + one for one in fields)

    file = tmp_path / "Xauthority"
    file.write_bytes(entry(b"3") + entry(b"0") + b"\1\0\0")
    assert list(cookies(file, "0")) == [(b"MIT-MAGIC-COOKIE-1", b"0123456789abcdef")]
    assert list(cookies(tmp_path / "none", "0")) == []
