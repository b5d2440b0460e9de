"""Children that share their start: one fork server, and still each of them costs only itself."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from probes.child.isolate import Isolation, IsolationError
from probes.child.shared_start import SERVE, Forked, Job
from probes.software.meeting_signs import OUR_CHILD
from tests.test_isolate import HOLD

HERE = "tests.test_shared_start"


def who(argument: dict[str, Any]) -> dict[str, Any]:
    print("library noise on standard output")
    others = [one for one in Path("/proc/self/fd").iterdir() if int(one.name) > 2]
    return {
        "pid": os.getpid(), "parent": os.getppid(), "group": os.getpgid(0), "numpy": "numpy" in sys.modules,
        "said": os.environ.get("ROOM"), "argument": argument, "descriptors": len(others),
        "command": Path("/proc/self/cmdline").read_text(),
    }  # fmt: skip


def sleep_for_ever(argument: dict[str, Any]) -> dict[str, Any]:
    Path(argument["note"]).write_text(f"{os.getpid()} {os.getppid()}")
    time.sleep(600)
    return {}


def crash(argument: dict[str, Any]) -> dict[str, Any]:
    raise ValueError("the driver said no")


def shared(isolation: Isolation, function: str, key: str, **more: Any) -> asyncio.Task[dict[str, Any]]:
    argument = more.pop("argument", {})
    more.setdefault("deadline", 30)
    return asyncio.create_task(
        isolation.run(f"{HERE}:{function}", argument, key=key, shares_start=True, **more), name=key
    )


async def note(path: Path) -> list[int]:
    """Process id and parent's of a child that sleeps."""
    while not (path.exists() and path.read_text()):
        await asyncio.sleep(0.02)
    return [int(part) for part in path.read_text().split()]


async def ended(isolation: Isolation) -> None:
    async with asyncio.timeout(30):
        while isolation.servers:
            await asyncio.sleep(0.02)


async def test_children_that_are_asked_for_together_have_one_parent_and_their_own_everything() -> None:
    isolation = Isolation()
    one = shared(isolation, "who", "a", argument={"n": 1}, environment={"ROOM": "red"})
    other = shared(isolation, "who", "b", argument={"n": 2})
    first, second = await one, await other
    assert first["parent"] == second["parent"] != os.getpid()
    assert first["pid"] != second["pid"]
    assert (first["group"], second["group"]) == (first["pid"], second["pid"])
    assert first["numpy"]
    assert second["numpy"]
    assert (first["said"], second["said"]) == ("red", os.environ.get("ROOM"))
    assert (first["argument"], second["argument"]) == ({"n": 1}, {"n": 2})
    assert OUR_CHILD in first["command"], "another daemon or command would take it for a meeting"
    assert first["descriptors"] == second["descriptors"] == 2, "a sibling's pipe, or the server's, is open in it"
    assert isolation.started_total == 2
    await ended(isolation)
    assert not Path(f"/proc/{first['parent']}").exists()
    assert isolation.running == isolation.asked == {}


async def test_one_alone_is_our_own_child() -> None:
    result = await shared(Isolation(), "who", "a")
    assert result["parent"] == os.getpid()
    assert not result["numpy"]


async def test_who_is_killed_or_too_slow_costs_only_itself(tmp_path: Path) -> None:
    isolation = Isolation()
    killed = shared(isolation, "sleep_for_ever", "a", argument={"note": str(tmp_path / "a")})
    slow = shared(isolation, "sleep_for_ever", "b", argument={"note": str(tmp_path / "b")}, deadline=1.0)
    crashed = shared(isolation, "crash", "c")
    fine = shared(isolation, "who", "d")
    await note(tmp_path / "a")
    isolation.kill("a")
    with pytest.raises(IsolationError, match="ended by signal 9"):
        await killed
    with pytest.raises(IsolationError, match="no answer within 1 s"):
        await slow
    with pytest.raises(IsolationError, match="exit code 1: ValueError: the driver said no"):
        await crashed
    assert (await fine)["numpy"]
    await ended(isolation)
    for name in "ab":
        assert not Path(f"/proc/{(await note(tmp_path / name))[0]}").exists()
    assert isolation.abandoned_total == 0


async def test_a_device_that_somebody_wants_before_the_start_is_not_opened() -> None:
    isolation = Isolation()
    wanted, fine = shared(isolation, "who", "a"), shared(isolation, "who", "b")
    while len(isolation.gathered) < 2:
        await asyncio.sleep(0)
    isolation.kill("a")
    with pytest.raises(IsolationError, match="somebody wants a"):
        await wanted
    assert (await fine)["parent"] == os.getpid()
    assert isolation.servers == set()


async def test_a_device_that_somebody_wants_while_the_server_starts_is_left_alone(tmp_path: Path) -> None:
    isolation = Isolation()
    wanted = shared(isolation, "sleep_for_ever", "a", argument={"note": str(tmp_path / "a")})
    fine = shared(isolation, "who", "b")
    while not isolation.servers:
        await asyncio.sleep(0.01)
    assert "a" not in isolation.running
    isolation.kill("a")
    with pytest.raises(IsolationError, match="somebody wants a"):
        await wanted
    assert (await fine)["numpy"]
    await ended(isolation)
    assert not (tmp_path / "a").exists()


async def test_a_child_finds_nobody_to_begin_for_where_its_kill_comes_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolation = Isolation()
    wanted = shared(isolation, "sleep_for_ever", "a", argument={"note": str(tmp_path / "a")})
    fine = shared(isolation, "who", "b")
    while not isolation.servers:
        await asyncio.sleep(0.01)
    with monkeypatch.context() as late:
        late.setattr("probes.child.shared_start.kill", lambda process: None)
        isolation.kill("a")
        assert (await fine)["numpy"]
        await ended(isolation)
    with pytest.raises(IsolationError, match="somebody wants a"):
        await wanted
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("how", ["killed", "cancelled"])
async def test_who_is_stopped_as_its_child_is_handed_over_leaves_none(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolation, before, answer = Isolation(), descriptors(), Job.answer
    stopped = shared(isolation, "sleep_for_ever", "a", argument={"note": str(tmp_path / "a")})
    fine = shared(isolation, "who", "b")

    def answer_and_stop(job: Job, child: Forked | None) -> None:
        answer(job, child)
        if child is not None and job.key == "a":
            if how == "killed":
                isolation.kill("a")
            else:
                stopped.cancel()

    monkeypatch.setattr(Job, "answer", answer_and_stop)
    with pytest.raises((IsolationError, asyncio.CancelledError)):
        await stopped
    assert (await fine)["numpy"]
    await ended(isolation)
    assert not (tmp_path / "a").exists()
    assert descriptors() == before


async def test_a_device_that_somebody_wants_while_its_own_child_starts_is_left_alone(tmp_path: Path) -> None:
    isolation = Isolation()
    asked = {"note": str(tmp_path / "a")}
    wanted = asyncio.create_task(isolation.run(f"{HERE}:sleep_for_ever", asked, key="a", deadline=30))
    await asyncio.sleep(0)
    assert (list(isolation.asked), isolation.running) == (["a"], {})
    isolation.kill("a")
    with pytest.raises(IsolationError, match="somebody wants a"):
        await wanted
    assert not (tmp_path / "a").exists()


async def test_a_cancelled_run_leaves_nothing_behind(tmp_path: Path) -> None:
    isolation = Isolation()
    early, late = (
        shared(isolation, "sleep_for_ever", key, argument={"note": str(tmp_path / key)}) for key in ("a", "b")
    )
    fine = shared(isolation, "who", "c")
    while not isolation.servers:
        await asyncio.sleep(0.01)
    early.cancel()
    pid, _ = await note(tmp_path / "b")
    late.cancel()
    await asyncio.gather(early, late, return_exceptions=True)
    assert (await fine)["numpy"]
    await ended(isolation)
    assert not Path(f"/proc/{pid}").exists()


async def test_the_servers_death_is_the_end_of_its_children_and_no_more(tmp_path: Path) -> None:
    isolation = Isolation()
    runs = [shared(isolation, "sleep_for_ever", key, argument={"note": str(tmp_path / key)}) for key in ("a", "b")]
    pids = [(await note(tmp_path / key))[0] for key in ("a", "b")]
    assert all(isinstance(child, Forked) for child in isolation.running.values())
    os.kill((await note(tmp_path / "a"))[1], signal.SIGKILL)
    for run in runs:
        with pytest.raises(IsolationError, match="ended by signal 9"):
            await run
    async with asyncio.timeout(30):
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            await asyncio.sleep(0.02)
    assert (await shared(isolation, "who", "a"))["parent"] == os.getpid()


async def test_a_child_that_the_kernel_holds_is_abandoned_though_its_server_is_gone(tmp_path: Path) -> None:
    isolation, path = Isolation(), tmp_path / "a"
    held = asyncio.create_task(
        isolation.run(
            "tests.test_isolate:hang_in_the_kernel", {"note": str(path)}, key="a", deadline=5.0, shares_start=True
        )
    )
    other = shared(isolation, "sleep_for_ever", "b", argument={"note": str(tmp_path / "b")})
    _, server = await note(tmp_path / "b")
    (pid,) = await note(path)
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, str(pid), stdout=pipe)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        os.kill(server, signal.SIGKILL)
        with pytest.raises(IsolationError, match="ended by signal 9"):
            await other
        with pytest.raises(IsolationError, match="no answer within 5 s"):
            await held
        assert isolation.stuck() == {"a": pid}
    finally:
        holder.kill()
        await holder.wait()
    await ended(isolation)
    assert isolation.stuck() == {}


def python_that(serves: str, folder: Path) -> str:
    """An interpreter that does this instead of serving."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\ncase "$2" in *fork_server*) {serves};; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return str(python)


def descriptors() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.mark.parametrize("serves", ["exit 3", "echo noise; exec sleep 600", "echo 7 pid 1; exec sleep 600"])
async def test_where_no_server_serves_each_child_is_started_by_itself(tmp_path: Path, serves: str) -> None:
    isolation = Isolation(python=python_that(serves, tmp_path))
    before = descriptors()
    runs = [shared(isolation, "who", "a"), shared(isolation, "who", "b", argument={"much": "x" * 1_000_000})]
    assert (await runs[0])["parent"] == os.getpid()
    with pytest.raises(IsolationError, match="over 4096 bytes"):
        await runs[1]
    await ended(isolation)
    assert descriptors() == before


async def test_where_no_process_starts_each_caller_hears_of_it() -> None:
    isolation = Isolation(python="/nonexistent/python")
    runs = [shared(isolation, "who", key) for key in ("a", "b")]
    for one in await asyncio.gather(*runs, return_exceptions=True):
        assert isinstance(one, FileNotFoundError)
    await ended(isolation)
    assert isolation.asked == {}


@pytest.mark.parametrize("pipe", [1, 2, 3, 4])
async def test_where_no_pipe_is_left_for_the_server_nobody_waits_for_it(
    pipe: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real = [0], os.pipe

    def few_pipes() -> tuple[int, int]:
        made[0] += 1
        if made[0] == pipe:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return real()

    isolation, before = Isolation(), descriptors()
    monkeypatch.setattr(os, "pipe", few_pipes)
    runs = [shared(isolation, "who", key) for key in ("a", "b")]
    assert {(await run)["parent"] for run in runs} == {os.getpid()}
    await ended(isolation)
    assert descriptors() == before


def test_a_server_that_cannot_see_children_end_has_none(tmp_path: Path) -> None:
    forbid = "import os\ndef refuse(pid, flags=0):\n    raise OSError(38, 'ENOSYS')\nos.pidfd_open = refuse\n"
    done = subprocess.run([sys.executable, "-c", forbid + SERVE], input=b"[", capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


async def test_a_child_for_which_there_is_no_room_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    full = (
        "import os\nreal, n = os.fork, []\ndef fork():\n    n.append(1)\n    if len(n) == 2:\n"
        "        raise BlockingIOError(11, 'EAGAIN')\n    return real()\nos.fork = fork\n"
    )
    monkeypatch.setattr("probes.child.shared_start.SERVE", full + SERVE)
    isolation = Isolation()
    first, second, third = [await run for run in [shared(isolation, "who", key) for key in "abc"]]
    assert first["parent"] == third["parent"] != os.getpid() == second["parent"]
    await ended(isolation)


async def test_nothing_is_left_of_captures_when_the_daemon_ends_in_the_middle(tmp_path: Path) -> None:
    isolation = Isolation()
    runs = [shared(isolation, "sleep_for_ever", key, argument={"note": str(tmp_path / key)}) for key in ("a", "b")]
    pids = [(await note(tmp_path / key))[0] for key in ("a", "b")]
    for run in runs:
        run.cancel()
    await asyncio.gather(*runs, return_exceptions=True)
    await isolation.close()
    assert isolation.servers == set()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    starting = [shared(isolation, "who", key) for key in ("a", "b")]
    while not isolation.servers:
        await asyncio.sleep(0.01)
    for run in starting:
        run.cancel()
    await asyncio.gather(*starting, return_exceptions=True)
    await isolation.close()
    assert isolation.servers == set()
