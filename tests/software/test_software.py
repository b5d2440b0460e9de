"""Real processes: alive, killed, stopped, with and without their helper."""

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.reading import Context, NothingToMeasure, Reading
from probes.software import Application, Settings, probe
from probes.software.program_events_linux import ProcessWatch

NAME = f"rw-sw-{os.getpid()}"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Path]:
    """A copy of sleep under a conferencing program's name."""
    sleep = shutil.which("sleep")
    assert sleep is not None
    place = tmp_path / NAME
    shutil.copy(sleep, place)
    yield place


def started(program: Path) -> subprocess.Popen[bytes]:
    """Runs as the program by now: Popen returns while the kernel still lays out the new command line."""
    process = subprocess.Popen([str(program), "600"])
    deadline = time.monotonic() + 10
    while not Path(f"/proc/{process.pid}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    return process


@pytest.fixture
def running(program: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = started(program)
    yield process
    process.kill()
    process.wait()


def context(**changes: object) -> Context:
    fields: dict[str, object] = {
        "now": time.time,
        "monotonic": time.monotonic,
        "in_meeting": False,
        "state": Path("/nonexistent"),
    }
    return Context(**{**fields, **changes})  # type: ignore[arg-type]


def settings(**changes: object) -> Settings:
    fields: dict[str, object] = {"executables": (NAME,), "expected": "always"}
    application = Application(**{**fields, **changes})  # type: ignore[arg-type]
    return Settings(applications={"conf": application}, use_known=False)


async def look(wanted: Settings, where: Context) -> Reading:
    found = {one.check: one for one in await probe(wanted, where)}
    outcome = found["software.process"]
    assert isinstance(outcome, Reading)
    return outcome


async def test_a_running_program_is_well_and_says_how_long(running: subprocess.Popen[bytes]) -> None:
    reading = await look(settings(), context())
    assert reading.finding == ""
    assert reading.values["processes"] == 1
    assert reading.evidence["pid"] == running.pid


async def test_a_killed_program_is_not_running(running: subprocess.Popen[bytes]) -> None:
    running.kill()
    running.wait()
    assert (await look(settings(), context())).finding == "app_not_running"


async def test_a_program_that_ended_leaves_no_rows_that_nobody_can_measure(running: subprocess.Popen[bytes]) -> None:
    where, wanted = context(), settings(expected="seen")
    assert {"software.resources", "software.responding"} <= {one.check for one in await probe(wanted, where)}
    running.kill()
    running.wait()
    found = {one.check: one for one in await probe(wanted, where)}
    for check in ("software.resources", "software.responding", "software.update"):
        assert isinstance(found[check], NothingToMeasure), check
    where.memory["tracks"].of("conf").hung = True  # type: ignore[attr-defined]
    assert "software.responding" not in {one.check for one in await probe(wanted, where)}, "no recovery of a hang"


async def test_a_stopped_program_is_named_stopped(running: subprocess.Popen[bytes]) -> None:
    os.kill(running.pid, signal.SIGSTOP)
    deadline = time.monotonic() + 5
    while (reading := await look(settings(), context())).finding != "app_stopped" and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    assert reading.finding == "app_stopped"


async def test_a_dead_helper_is_a_fault_though_the_program_lives(
    running: subprocess.Popen[bytes], program: Path
) -> None:
    part = program.with_name("rw-part")
    shutil.copy(program, part)
    helper = started(part)
    try:
        where, wanted = context(), settings(helpers=("rw-part", "rw-never-came"))
        deadline = time.monotonic() + 30
        while not where.memory or not where.memory["tracks"].of("conf").helpers_seen:  # type: ignore[attr-defined]
            assert time.monotonic() < deadline
            assert (await look(wanted, where)).finding == "", "a part that has not come yet has time"
    finally:
        helper.kill()
        helper.wait()
    reading = await look(wanted, where)
    assert reading.finding == "app_helper_died"
    assert reading.evidence["missing"] == "rw-part"
    assert reading.evidence["pid"] == running.pid


async def test_a_part_that_never_came_is_missed_after_a_while(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "uptime").write_text("1000.0 1.0\n")
    for pid, name, age in ((1, "systemd", 1000), (50, NAME, 9)):
        place = proc / str(pid)
        place.mkdir()
        start = str((1000 - age) * os.sysconf("SC_CLK_TCK"))
        (place / "stat").write_text(f"{pid} ({name}) S 1 " + " ".join(["0"] * 17 + [start] + ["0"] * 30))
        (place / "cmdline").write_text(name)
    wanted = Settings(applications={"conf": settings(helpers=("--type=renderer",)).applications["conf"]},
                      use_known=False, ask_windows=False)  # fmt: skip
    now = 100.0
    where = context(proc=proc, monotonic=lambda: now)
    assert (await look(wanted, where)).finding == ""
    (proc / "uptime").write_text("1002.0 1.0\n")
    now += 2
    assert (await look(wanted, where)).finding == "", "it may have unpacked itself until then, under the same number"
    now += 9
    assert (await look(wanted, where)).evidence["missing"] == "--type=renderer"


async def test_two_instances_where_one_is_right_are_a_fault(running: subprocess.Popen[bytes], program: Path) -> None:
    second = started(program)
    try:
        assert (await look(settings(count=1), context())).finding == "app_two_instances"
    finally:
        second.kill()
        second.wait()


async def test_a_program_that_was_never_seen_and_is_not_expected_is_nothing() -> None:
    (outcome,) = await probe(settings(expected="seen"), context())
    assert isinstance(outcome, NothingToMeasure)


async def test_a_program_expected_for_meetings_is_missed_only_then() -> None:
    (outcome,) = await probe(settings(expected="meeting"), context(in_meeting=False))
    assert isinstance(outcome, NothingToMeasure)
    assert (await look(settings(expected="meeting"), context(in_meeting=True))).finding == "app_not_running"
    assert (await look(settings(expected="meeting"), context(in_meeting=None))).finding == "app_not_running"


async def test_once_seen_its_end_is_a_fault(running: subprocess.Popen[bytes]) -> None:
    where = context()
    assert (await look(settings(expected="seen"), where)).finding == ""
    running.kill()
    running.wait()
    assert (await look(settings(expected="seen"), where)).finding == "app_not_running"


async def test_the_watch_says_at_once_that_a_program_ended_and_that_it_started(program: Path) -> None:
    changes: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    watch = ProcessWatch(lambda application, what: changes.put_nowait((application, what)))
    watch.start({"conf": (NAME,)})
    process = subprocess.Popen([str(program), "600"])
    try:
        assert await asyncio.wait_for(changes.get(), 10) == ("conf", "start")
        assert watch.watched_pids == {process.pid}
        process.kill()
        assert await asyncio.wait_for(changes.get(), 10) == ("conf", "exit")
        assert watch.watched_pids == frozenset()
    finally:
        process.kill()
        process.wait()
        watch.close()


async def test_a_kernel_that_tells_of_no_end_leaves_the_next_look(
    running: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(pid: int) -> int:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", unknown)
    watch, where = ProcessWatch(lambda application, what: None), context()
    watch.start({"conf": (NAME,)})
    try:
        assert (await look(settings(expected="seen"), where)).finding == ""
        running.kill()
        running.wait()
        assert (await look(settings(expected="seen"), where)).finding == "app_not_running"
    finally:
        watch.close()


async def test_a_program_that_ended_while_the_daemon_restarted_is_still_missed(
    running: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert (await look(settings(expected="seen"), context(state=tmp_path))).finding == ""
    running.kill()
    running.wait()
    assert (await look(settings(expected="seen"), context(state=tmp_path))).finding == "app_not_running"
    kept = tmp_path / "software-seen.json"
    kept.write_text(kept.read_text().replace('"boot": "', '"boot": "another-'))
    (outcome,) = await probe(settings(expected="seen"), context(state=tmp_path))
    assert isinstance(outcome, NothingToMeasure)
    kept.write_text("[broken")
    (outcome,) = await probe(settings(expected="seen"), context(state=tmp_path))
    assert isinstance(outcome, NothingToMeasure)
