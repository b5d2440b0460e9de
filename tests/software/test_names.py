"""Which process is the program: real processes with the names, places and command lines that programs are met under."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.reading import Context, Outcome, Reading
from probes.software import Application, Settings, probe
from probes.software.command_line import read_command_line
from probes.software.meeting_signs import programs
from probes.software.processes_linux import Process, ProcessTable
from probes.software.program_processes import by_program, is_called
from tests.software.screen import SWITCHES, display, page

SLEEP = shutil.which("sleep") or ""
CHROMIUM = Path("/usr/lib/chromium/chromium")
"""Debian's program; the one of the path is a script that starts it."""

LOADER = Path("/lib64/ld-linux-x86-64.so.2")

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a program in a group of its own; all of them end with the test."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(*command: str, **more: object) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = subprocess.Popen(command, start_new_session=True, **more)  # type: ignore[call-overload]
        begun.append(process)
        time.sleep(0.2)
        return process

    yield run
    for process in begun:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


def copy(place: Path, original: str = SLEEP) -> str:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(original).resolve(), place)
    return str(place)


def script(place: Path, text: str) -> str:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return str(place)


def until(come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not come():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Watched:
    """The probe with one profile, and a memory between its looks."""

    def __init__(self, **profile: object) -> None:
        fields: dict[str, object] = {"expected": "always", "native": True, "start_within": 0, **profile}
        self.settings = Settings(
            applications={"conf": Application(**fields)},  # type: ignore[arg-type]
            use_known=False,
            ask_windows=False,
        )
        self.context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, state=Path("/nonexistent"))

    async def outcome(self, check: str = "software.process") -> Outcome:
        return next(one for one in await probe(self.settings, self.context) if one.check == check)

    async def finding(self) -> str:
        found = await self.outcome()
        assert isinstance(found, Reading), found
        return found.finding


def named(name: str) -> str:
    """A name of this run alone: the machine is shared."""
    return f"{name}{os.getpid()}"[-10:]


async def test_a_helper_with_the_same_first_fifteen_bytes_is_not_the_program(tmp_path: Path, start: Start) -> None:
    name = f"{named('host')}CollabHost"
    main = start(copy(tmp_path / name), "60")
    start(copy(tmp_path / f"{name}Cef"), "60")
    watched = Watched(executables=(name,), count=1)
    assert await watched.finding() == ""
    main.kill()
    main.wait()
    assert await watched.finding() == "app_not_running"


@pytest.mark.parametrize("name", ["腾讯会议客户端", "Zoom会议客户端程序"])
async def test_a_long_chinese_name_is_known_though_the_first_argument_is_another(
    tmp_path: Path, start: Start, name: str
) -> None:
    start("meeting", "60", executable=copy(tmp_path / name))
    assert await Watched(executables=(name,)).finding() == ""


async def test_a_program_of_wine_is_known_by_its_windows_path(tmp_path: Path, start: Start) -> None:
    start(r"C:\Program Files\WeMeet\wemeetapp.exe", "60", executable=copy(tmp_path / "wine64-preloader"))
    assert await Watched(executables=("wemeetapp.exe",)).finding() == ""


@pytest.mark.parametrize("native", [True, False])
async def test_a_start_script_that_outlives_its_program_does_not_hide_its_end(
    tmp_path: Path, start: Start, native: bool
) -> None:
    name = named("conf")
    program = copy(tmp_path / "opt" / name)
    pid_file = tmp_path / "pid"
    start(script(tmp_path / name, f'"{program}" 60 & echo $! > "{pid_file}"; wait; sleep 60; :'))
    until(lambda: pid_file.is_file() and pid_file.read_text().endswith("\n"))
    pid = int(pid_file.read_text())
    until(lambda: Path(f"/proc/{pid}/cmdline").read_bytes().startswith(program.encode()))
    watched = Watched(executables=(name,), count=1, native=native)
    assert await watched.finding() == ""
    os.kill(pid, 9)
    time.sleep(0.1)
    assert await watched.finding() == "app_not_running"


LAUNCHER = "import subprocess, sys, time; subprocess.run([sys.argv[1], '60']); time.sleep(60)"


async def test_a_compiled_launcher_of_the_same_name_is_not_the_program(tmp_path: Path, start: Start) -> None:
    name = named("conf")
    program = copy(tmp_path / "opt" / name)
    launcher = copy(tmp_path / "bin" / name, sys.executable)
    start(launcher, "-c", LAUNCHER, program, env={"PYTHONHOME": sys.base_prefix})
    time.sleep(0.5)
    watched = Watched(executables=(name,), count=1)
    reading = await watched.outcome()
    assert isinstance(reading, Reading)
    assert reading.values["processes"] == 1
    os.kill(int(reading.evidence["pid"]), 9)
    time.sleep(0.1)
    assert await watched.finding() == "app_not_running", "the launcher alone is no meeting program"


async def test_a_program_that_its_launcher_starts_again_and_again_is_in_a_loop(tmp_path: Path, start: Start) -> None:
    name = named("conf")
    program = copy(tmp_path / "opt" / name)
    start(script(tmp_path / name, f'while :; do "{program}" 60; done'))
    watched = Watched(executables=(name,))
    for _ in range(4):
        reading = await watched.outcome()
        assert isinstance(reading, Reading)
        os.kill(int(reading.evidence["pid"]), 11)
        time.sleep(0.3)
    restarts = await watched.outcome("software.restarts")
    assert isinstance(restarts, Reading)
    assert restarts.values["starts_in_ten_minutes"] == 4


async def test_a_script_of_that_name_is_another_program(tmp_path: Path, start: Start) -> None:
    name = named("slack")
    start(script(tmp_path / name, "sleep 60; :"))
    assert await Watched(executables=(name,)).finding() == "app_not_running"
    assert await Watched(executables=(name,), native=False).finding() == "", "where the room's own program is a script"


async def test_a_shared_electron_is_named_by_its_first_argument(tmp_path: Path, start: Start) -> None:
    name = named("teams")
    electron = copy(tmp_path / "electron30" / "electron", sys.executable)
    home = {"PYTHONHOME": sys.base_prefix}
    (tmp_path / name).mkdir()
    place = tmp_path / name / "app.asar"
    place.write_text("import time; time.sleep(60)")
    watched = Watched(executables=(name,))
    assert await watched.finding() == "app_not_running"
    start(electron, str(place), env=home)
    assert await watched.finding() == ""


@pytest.mark.parametrize("options", [(), ("--argv0", "meeting"), ("--library-path", "/opt/lib", "--inhibit-cache")])
async def test_a_program_that_is_started_by_a_loader_of_its_own_is_known(
    tmp_path: Path, start: Start, options: tuple[str, ...]
) -> None:
    name = named("conf")
    loader = copy(tmp_path / "lib" / LOADER.name, str(LOADER))
    program = start(loader, *options, copy(tmp_path / "bin" / name), "60")
    watched = Watched(executables=(name,), count=1)
    assert await watched.finding() == ""
    program.kill()
    program.wait()
    assert await watched.finding() == "app_not_running"


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("/usr/local/bin/box64 /opt/wemeet/bin/wemeetapp", "wemeetapp"),
        ("/usr/bin/qemu-x86_64-static -L /usr/x86_64 -0 zoom /opt/zoom/zoom.bin", "zoom.bin"),
        ("/lib/ld-musl-x86_64.so.1", ""),
    ],
)
def test_an_emulator_is_what_it_runs(command: str, runs: str) -> None:
    found = read_command_line(command.replace(" ", "\0").encode(), command.split()[0].rpartition("/")[2][:15])
    assert (found.runs, found.script) == (runs, False)


async def test_an_appimage_is_known_by_its_mount(tmp_path: Path, start: Start) -> None:
    image = start(copy(tmp_path / ".mount_jitsi-Xy12ab" / "AppRun"), "60")
    assert await Watched(executables=("jitsi-meet",)).finding() == ""
    meeting = programs({"jitsi": Application(executables=("jitsi-meet",))}, ProcessTable().look(Path("/proc")))
    assert image.pid in meeting["jitsi"].pids, "the meeting knows it as well"


CALLED = st.sampled_from(["", "zoom", "AppRun", "teams-", "wemeetapp", "com.alibabainc.dingtalk", "com.alibabainc."])
NAMES = {"a": ("zoom",), "b": ("teams-for-linux", "zoom"), "c": ("com.alibabainc.dingtalk",), "d": ("AppRun",)}


@given(called=st.lists(st.tuples(CALLED, CALLED, CALLED, CALLED), max_size=8))
def test_one_pass_over_all_names_finds_what_each_name_finds(called: list[tuple[str, str, str, str]]) -> None:
    running = [
        Process(
            pid=pid, parent=1, started=0, name=name, file=file, command=file, state="S", cpu_seconds=0.0, threads=1,
            memory_bytes=0.0, age_seconds=0.0, runs=runs, whole=whole,
        )
        for pid, (name, file, runs, whole) in enumerate(called, 2)
    ]  # fmt: skip
    one_by_one = {program: [one for one in running if is_called(one, names)] for program, names in NAMES.items()}
    assert by_program(running, NAMES) == {program: found for program, found in one_by_one.items() if found}


async def test_an_appimages_own_mount_process_is_not_the_program(tmp_path: Path, start: Start) -> None:
    start(copy(tmp_path / "teams-for-linux-1.4.AppImage"), "60")
    assert await Watched(executables=("teams-for-linux",)).finding() == "app_not_running"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to start a program as another user")
async def test_one_copy_for_each_of_two_users_is_right(tmp_path: Path, start: Start) -> None:
    name = named("conf")
    program = copy(tmp_path / name)
    shared = f"/tmp/{name}"
    shutil.copy(program, shared)
    try:
        start(shared, "60")
        start(shared, "60", user=65534)
        watched = Watched(executables=(name,), count=1)
        assert await watched.finding() == ""
        start(shared, "60", user=65534)
        assert await watched.finding() == "app_two_instances"
        assert await Watched(executables=(name,), user="65534").finding() == ""
    finally:
        Path(shared).unlink()


async def test_a_page_in_a_running_browsers_window_is_seen_there(tmp_path: Path, start: Start) -> None:
    """The second start hands the address over to the browser that runs, and ends."""
    assert CHROMIUM.is_file(), "install chromium"
    program = tmp_path / named("web")
    program.symlink_to(CHROMIUM)  # a browser of the machine's would be asked for its windows too
    with display() as screen, page() as (address, _):
        host = address.split("/")[2]
        browser = [str(program), *SWITCHES, f"--user-data-dir={tmp_path / 'profile'}"]
        environment = {**os.environ, "DISPLAY": screen}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
        start(*browser, "about:blank", **quiet)
        watched = Watched(executables=(program.name,), command=f"--app=http://{host.partition(':')[0]}")
        deadline = time.monotonic() + 60
        # Only a browser that has taken its profile takes a second start over.
        while not (tmp_path / "profile/SingletonSocket").is_symlink() or await watched.finding() != "app_not_running":
            assert time.monotonic() < deadline
            time.sleep(0.5)
        start(*browser, f"--app={address}", **quiet)
        while not (isinstance(found := await watched.outcome(), Reading) and "window_of" in found.evidence):
            assert time.monotonic() < deadline, found
            time.sleep(0.5)
        assert not found.finding
