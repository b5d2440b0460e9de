"""Process tables that no room should have: hidden, hostile, huge, reused, vanishing."""

import asyncio
import dataclasses
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from probes.reading import CannotMeasure, Context, NothingToMeasure, Reading
from probes.software import Application, Settings, probe, watched
from probes.software.out_of_memory_linux import oom_counters, oom_evidence
from probes.software.processes_linux import ProcessTable
from probes.software.profiles import installed, shipped
from probes.software.program_processes import find_program
from probes.software.recorded_end_cause_linux import core_evidence, unit_result
from probes.software.remembered_programs import Tracks
from probes.why import because
from tests.reasons.english import advice, english


def person(
    proc: Path, pid: int, name: bytes, command: bytes, *, started: int = 100, state: bytes = b"S", parent: int = 0
) -> None:
    """A process as /proc shows it; only the fields that are read carry values."""
    place = proc / str(pid)
    place.mkdir(exist_ok=True)
    numbers = [b"0"] * 49
    numbers[0], numbers[18], numbers[16] = str(parent).encode(), str(started).encode(), b"1"
    (place / "stat").write_bytes(b"%d (%s) %s " % (pid, name, state) + b" ".join(numbers) + b"\n")
    (place / "cmdline").write_bytes(command)
    (place / "schedstat").write_bytes(b"0 0 0\n")
    (proc / "loadavg").write_text(f"0.00 0.00 0.00 1/1 {pid}\n")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    place = tmp_path / "proc"
    place.mkdir()
    (place / "uptime").write_text("5000.0 1.0\n")
    person(place, 1, b"systemd", b"/sbin/init\0")
    return place


async def test_a_start_script_that_turns_into_its_program_is_found(proc: Path) -> None:
    """In between it has no command line, and afterwards the same pid, start time and name."""
    person(proc, 50, b"conf", b"", started=499_900)
    settings, context = looking(proc, start_within=1e6)
    await process_reading(settings, context)
    person(proc, 50, b"conf", b"/opt/conf\0", started=499_900)
    reading = await process_reading(settings, context)
    assert isinstance(reading, Reading)
    assert reading.values["processes"] == 1


async def test_children_of_the_same_name_are_no_second_instance(proc: Path) -> None:
    for pid, parent in ((50, 1), (51, 50), (52, 51)):
        person(proc, pid, b"conf", b"/opt/conf\0", parent=parent)
    reading = await process_reading(*looking(proc, count=1))
    assert isinstance(reading, Reading)
    assert reading.finding == ""
    assert reading.evidence["pid"] == 50


def looking(proc: Path, **changes: object) -> tuple[Settings, Context]:
    fields: dict[str, object] = {"executables": ("conf",), "expected": "always", **changes}
    application = Application(**fields)  # type: ignore[arg-type]
    context = Context(now=time.time, monotonic=time.monotonic, proc=proc, state=proc / "none", in_meeting=False)
    return Settings(applications={"conf": application}, use_known=False, ask_windows=False), context


async def process_reading(settings: Settings, context: Context) -> object:
    return next(one for one in await probe(settings, context) if one.check == "software.process")


async def test_hidden_processes_cannot_be_measured_and_are_no_fault(proc: Path) -> None:
    (proc / "1" / "stat").unlink()
    outcome = await process_reading(*looking(proc))
    assert isinstance(outcome, CannotMeasure)
    assert "hidepid" in advice(outcome.remedy)


async def test_a_table_that_cannot_be_listed_is_said(tmp_path: Path) -> None:
    outcome = await process_reading(*looking(tmp_path / "nowhere"))
    assert isinstance(outcome, CannotMeasure)


def test_names_with_brackets_newlines_and_broken_utf8_do_not_shift_the_fields(proc: Path) -> None:
    person(proc, 7, b"evil) R 1 (\n", b"/opt/a b\n\xff/evil\xfe\0--x\0", started=300)
    (one,) = [one for one in ProcessTable().look(proc) if one.pid == 7]
    assert one.started == 300
    assert one.state == "S"
    assert one.file == "evil\ufffd"
    assert "\n" not in one.name + one.command


async def test_a_new_page_is_looked_at_before_all_processes_are_read_again(proc: Path) -> None:
    """Its renderer is the child of a child that a light look finds with it; a stranger's child is none of its own."""
    person(proc, 50, b"conf", b"/opt/conf\0")
    settings, context = looking(proc)
    settings = msgspec.structs.replace(settings, ask_windows=True)
    now = 1000.0
    context = dataclasses.replace(context, monotonic=lambda: now)
    await probe(settings, context)
    now += 3
    person(proc, 60, b"conf", b"/opt/conf\0--type=zygote\0", parent=50, started=200)
    person(proc, 61, b"conf", b"/opt/conf\0--type=renderer\0", parent=60, started=201)
    person(proc, 62, b"conf", b"/opt/conf\0--type=renderer\0", parent=1, started=202)
    await probe(settings, dataclasses.replace(context, wake="confirm"))
    tracks = context.memory["tracks"]
    assert isinstance(tracks, Tracks)
    assert [one.identity for one in tracks.of("conf").judge.looks[-1].processes] == [(50, 100), (61, 201)]


async def test_a_pid_that_was_given_to_another_program_is_not_the_program(proc: Path) -> None:
    person(proc, 50, b"conf", b"/opt/conf\0", started=100)
    settings, context = looking(proc)
    reading = await process_reading(settings, context)
    assert isinstance(reading, Reading)
    assert reading.finding == ""
    person(proc, 50, b"bash", b"/bin/bash\0", started=900)
    reading = await process_reading(settings, context)
    assert isinstance(reading, Reading)
    assert reading.finding == "app_not_running"


async def test_the_same_pid_started_again_counts_as_a_restart(proc: Path) -> None:
    settings, context = looking(proc)
    for started in (100, 200, 300, 400):
        person(proc, 50, b"conf", b"/opt/conf\0", started=started)
        outcomes = await probe(settings, context)
    restarts = next(one for one in outcomes if one.check == "software.restarts")
    assert isinstance(restarts, Reading)
    assert restarts.values["starts_in_ten_minutes"] == 3


async def test_a_zombie_has_ended(proc: Path) -> None:
    person(proc, 50, b"conf", b"", state=b"Z")
    reading = await process_reading(*looking(proc))
    assert isinstance(reading, Reading)
    assert reading.finding == "app_not_running"


async def test_a_program_has_time_to_start_after_boot(proc: Path) -> None:
    (proc / "uptime").write_text("30.0 1.0\n")
    outcome = await process_reading(*looking(proc))
    assert isinstance(outcome, CannotMeasure)
    assert outcome.reason == because("still_starting", seconds=90)
    (proc / "uptime").write_text("130.0 1.0\n")
    outcome = await process_reading(*looking(proc))
    assert isinstance(outcome, Reading)
    assert outcome.evidence["cause"] == because("not_started_within", seconds=120.0)


def test_a_long_name_is_found_by_the_beginning_that_the_kernel_kept(proc: Path) -> None:
    person(proc, 60, b"com.alibabainc.", b"./renamed\0")
    found = find_program(ProcessTable().look(proc), Application(executables=("com.alibabainc.dingtalk",)))
    assert [one.pid for one in found.main] == [60]


def test_twenty_thousand_processes_and_half_vanished_ones_are_read(proc: Path) -> None:
    for pid in range(1000, 21_000):
        place = proc / str(pid)
        place.mkdir()
        if pid % 100 == 0:
            person(proc, pid, b"worker", b"/bin/worker\0")
    person(proc, 30_000, b"conf", b"/opt/conf\0")
    running = ProcessTable().look(proc)
    assert len(running) == 202
    assert [one.pid for one in find_program(running, Application(executables=("conf",))).main] == [30_000]


@pytest.fixture
def groups(proc: Path, tmp_path: Path) -> Path:
    """A slice with a limit of 512 MiB, and in it the program's own group without one."""
    top = tmp_path / "sys/fs/cgroup/user.slice"
    (top / "app.scope").mkdir(parents=True)
    person(proc, 50, b"conf", b"/opt/conf\0")
    (proc / "50" / "cgroup").write_text("0::/user.slice/app.scope\n")
    (proc / "vmstat").write_text("nr_free_pages 5\noom_kill 2\n")
    for place, limit in ((top, "536870912"), (top / "app.scope", "max")):
        (place / "memory.max").write_text(f"{limit}\n")
        for name in ("memory.events", "memory.events.local"):
            (place / name).write_text("low 0\noom 0\noom_kill 0\n")
    return top


def test_the_limit_that_was_hit_is_named(proc: Path, tmp_path: Path, groups: Path) -> None:
    before = oom_counters(50, proc, tmp_path / "sys")
    assert oom_evidence(before, proc) is None
    (proc / "vmstat").write_text("oom_kill 3\n")
    assert english(oom_evidence(before, proc)) == "the kernel killed a program for lack of memory at that time"
    (groups / "app.scope/memory.events").write_text("oom 0\noom_kill 1\n")
    assert oom_evidence(before, proc) == because("memory_ran_out")
    (groups / "memory.events.local").write_text("oom 1\noom_kill 0\n")
    assert "the memory limit of /user.slice (512 MiB)" in english(oom_evidence(before, proc))


def test_the_limit_of_a_group_that_went_with_its_program_is_named(proc: Path, tmp_path: Path, groups: Path) -> None:
    (groups / "app.scope/memory.max").write_text("50331648\n")
    before = oom_counters(50, proc, tmp_path / "sys")
    (proc / "vmstat").write_text("oom_kill 3\n")
    shutil.rmtree(groups / "app.scope")
    (groups / "memory.events").write_text("oom 1\noom_kill 1\n")
    assert "the memory limit of /user.slice/app.scope (48 MiB)" in english(oom_evidence(before, proc))


def test_the_kernels_log_has_the_last_word(proc: Path, tmp_path: Path, groups: Path) -> None:
    before = oom_counters(50, proc, tmp_path / "sys")
    (proc / "vmstat").write_text("oom_kill 3\n")
    kill = (
        "6,1,2,-;oom-kill:constraint={},nodemask=(null),cpuset=/,mems_allowed=0,{},task_memcg=/a,task=conf,pid={},uid=0"
    )
    log = tmp_path / "kmsg"
    log.write_text(kill.format("CONSTRAINT_MEMCG", "oom_memcg=/user.slice", 50))
    assert "/user.slice (512 MiB)" in english(oom_evidence(before, proc, 50, log))
    assert "at that time" in english(oom_evidence(before, proc, 51, log))
    log.write_text(kill.format("CONSTRAINT_NONE", "global_oom", 50))
    assert "the PC's memory ran out" in english(oom_evidence(before, proc, 50, log))


def test_a_core_dump_names_its_process(tmp_path: Path) -> None:
    (tmp_path / "core.conf.1000.0123456789abcdef.4711.1700000000000000.zst").touch()
    assert english(core_evidence(4711, tmp_path)).startswith("it crashed")
    assert core_evidence(1000, tmp_path) is None
    assert core_evidence(4711, tmp_path / "none") is None


def test_systemds_verdict_is_put_in_words() -> None:
    assert unit_result("LoadState=loaded\nResult=signal\nExecMainStatus=9\n") == because(
        "unit_result", result="signal", status="9"
    )
    assert unit_result("LoadState=loaded\nResult=success\nExecMainStatus=0\n") == because("unit_stopped")
    assert unit_result("LoadState=not-found\nResult=success\n") is None


def test_every_shipped_profile_has_a_source_and_whole_port_pairs() -> None:
    for name, one in shipped().items():
        assert one.executables, name
        assert one.source, name
        assert len(one.meeting_udp_ports) % 2 == 0, name


def test_a_room_changes_one_value_and_keeps_the_rest() -> None:
    profiles = watched(Settings(applications={"zoom": Application(expected="always")}))
    assert profiles["zoom"].expected == "always"
    assert profiles["zoom"].executables == shipped()["zoom"].executables


def test_what_is_installed_is_found(tmp_path: Path) -> None:
    place = tmp_path / "opt/wemeet/bin/wemeetapp"
    place.parent.mkdir(parents=True)
    place.touch()
    assert installed(shipped(), tmp_path) == ("wemeet",)


@pytest.fixture
def replaced(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    sleep = shutil.which("sleep")
    assert sleep is not None
    program = tmp_path / "rw-updated"
    shutil.copy(sleep, program)
    process = subprocess.Popen([str(program), "60"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    ("wanted", "finding"), [("", ""), ("5", "app_wrong_version"), ("252.", "app_wrong_version"), ("9.1-", "")]
)
async def test_a_version_that_the_room_does_not_want_is_named(
    proc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, finding: str
) -> None:
    """The package's version comes from dpkg's own database: a real dpkg-query reads this one."""
    database = tmp_path / "dpkg"
    (database / "info").mkdir(parents=True)
    (database / "status").write_text(
        "Package: conf\nStatus: install ok installed\nVersion: 9.1-4\n"
        "Architecture: all\nMaintainer: x\nDescription: x\n"
    )
    monkeypatch.setenv("DPKG_ADMINDIR", str(database))
    person(proc, 50, b"conf", b"/opt/conf\0")
    (proc / "50" / "exe").symlink_to("/opt/conf")
    settings, context = looking(proc, package="conf", version=wanted)
    one = next(one for one in await probe(settings, context) if one.check == "software.update")
    assert isinstance(one, Reading)
    assert one.finding == finding
    assert one.evidence == ({"version": "9.1-4", "wanted": wanted} if wanted else {})


async def test_a_program_whose_file_was_replaced_waits_for_its_restart(
    replaced: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    settings, _ = looking(Path("/proc"), executables=("rw-updated",))
    context = Context(now=time.time, monotonic=time.monotonic, state=tmp_path)
    await asyncio.sleep(0.1)

    async def finding() -> str:
        one = next(one for one in await probe(settings, context) if one.check == "software.update")
        assert isinstance(one, Reading | NothingToMeasure)
        return one.finding if isinstance(one, Reading) else "nothing"

    assert await finding() == ""
    new = tmp_path / "new"
    shutil.copy(tmp_path / "rw-updated", new)
    os.replace(new, tmp_path / "rw-updated")  # noqa: PTH105
    assert await finding() == "app_update_pending"
