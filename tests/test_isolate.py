"""A child that hangs, crashes or says too much costs only itself."""

import asyncio
import ctypes
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from probes.child.isolate import Isolation, IsolationError
from probes.software.meeting_signs import OUR_CHILD


def double(argument: dict[str, Any]) -> dict[str, Any]:
    print("library noise on standard output")
    return {"twice": argument["n"] * 2, "pid": os.getpid()}


def sleep_for_ever(argument: dict[str, Any]) -> dict[str, Any]:
    time.sleep(600)
    return {}


def hang_in_the_kernel(argument: dict[str, Any]) -> dict[str, Any]:
    """Let the tracer in and say who we are; it then holds us as a hung driver would, beyond SIGKILL."""
    ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1 & 2**64 - 1), 0, 0, 0)  # PR_SET_PTRACER, anybody
    Path(argument["note"]).write_text(str(os.getpid()))
    time.sleep(600)
    return {}


def say_and_sleep(argument: dict[str, Any]) -> dict[str, Any]:
    Path(argument["note"]).write_text(str(os.getpid()))
    time.sleep(600)
    return {}


def look_around(argument: dict[str, Any]) -> dict[str, Any]:
    others = [one for one in Path("/proc/self/fd").iterdir() if int(one.name) > 2 and one.exists()]
    memory, _ = resource.getrlimit(resource.RLIMIT_AS)
    core, _ = resource.getrlimit(resource.RLIMIT_CORE)
    return {"group": os.getpgid(0) == os.getpid(), "descriptors": len(others), "memory": memory, "core": core,
            "command": Path("/proc/self/cmdline").read_text()}  # fmt: skip


def crash(argument: dict[str, Any]) -> dict[str, Any]:
    raise ValueError("the driver said no")


def talk_too_much(argument: dict[str, Any]) -> dict[str, Any]:
    return {"picture": "x" * 5000}


def spin(argument: dict[str, Any]) -> dict[str, Any]:
    while True:
        pass


HERE = "tests.test_isolate"


async def test_a_result_comes_back_though_the_library_prints() -> None:
    result = await Isolation().run(f"{HERE}:double", {"n": 21}, key="a", deadline=20)
    assert result["twice"] == 42
    assert result["pid"] != os.getpid()


def end_oneself(argument: dict[str, Any]) -> dict[str, Any]:
    os.kill(os.getpid(), argument["signal"])
    time.sleep(600)
    return {}


@pytest.mark.parametrize(("number", "broke"), [(9, False), (15, False), (11, True)])
async def test_a_child_that_somebody_ended_did_not_break(number: int, broke: bool) -> None:
    with pytest.raises(IsolationError) as caught:
        await Isolation().run(f"{HERE}:end_oneself", {"signal": number}, key="a", deadline=30.0)
    assert caught.value.broke == broke


async def test_a_child_over_its_deadline_is_killed() -> None:
    isolation = Isolation()
    with pytest.raises(IsolationError) as caught:
        await isolation.run(f"{HERE}:sleep_for_ever", {}, key="a", deadline=1.0)
    assert caught.value.kind == "deadline"
    assert isolation.running == {}
    assert not isolation.blocked("a")


HOLD = """
import ctypes, sys, time
library = ctypes.CDLL(None, use_errno=True)
library.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
SEIZE, TRACE_EXIT = 0x4206, 0x40
if library.ptrace(SEIZE, int(sys.argv[1]), None, TRACE_EXIT):
    raise OSError(ctypes.get_errno(), "ptrace")
print("held", flush=True)
time.sleep(600)
"""
"""Stops a process on its way out, after SIGKILL has reached it: as dead to its parent as one in a hung driver."""


async def test_a_child_that_the_kernel_holds_is_abandoned_and_its_device_left_alone(tmp_path: Path) -> None:
    isolation, note = Isolation(), tmp_path / "pid"
    asked = {"note": str(note)}
    run = asyncio.create_task(isolation.run(f"{HERE}:hang_in_the_kernel", asked, key="a", deadline=8.0))
    while not (note.exists() and note.read_text()):
        await asyncio.sleep(0.05)
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, note.read_text(), stdout=pipe)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        with pytest.raises(IsolationError) as caught:
            await run
        assert caught.value.kind == "deadline"
        assert isolation.stuck() == {"a": int(note.read_text())}
        assert isolation.abandoned_total == 1
        with pytest.raises(IsolationError) as caught:
            await isolation.run(f"{HERE}:double", {"n": 1}, key="a", deadline=20)
        assert caught.value.kind == "abandoned"
        assert await isolation.run(f"{HERE}:double", {"n": 1}, key="b", deadline=20)
    finally:
        holder.kill()
        await holder.wait()
    while isolation.stuck():
        await asyncio.sleep(0.05)
    assert (await isolation.run(f"{HERE}:double", {"n": 2}, key="a", deadline=20))["twice"] == 4


async def test_a_crash_names_its_last_line() -> None:
    with pytest.raises(IsolationError, match="the driver said no"):
        await Isolation().run(f"{HERE}:crash", {}, key="a", deadline=20)


async def test_an_answer_as_large_as_a_picture_is_refused() -> None:
    with pytest.raises(IsolationError) as caught:
        await Isolation().run(f"{HERE}:talk_too_much", {}, key="a", deadline=20)
    assert caught.value.kind == "oversize"


async def test_a_child_that_is_slow_to_start_is_not_its_devices_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.child.isolate.START_SECONDS", 0.0)
    with pytest.raises(IsolationError) as caught:
        await Isolation().run(f"{HERE}:double", {"n": 1}, key="a", deadline=20)
    assert caught.value.kind == "start"


async def test_the_deadline_begins_when_the_libraries_are_there(tmp_path: Path) -> None:
    """The import takes longer than the deadline allows for the call."""
    (tmp_path / "slow_to_import.py").write_text(
        "import time\ndef prepare():\n    time.sleep(2)\ndef call(argument):\n    return {'n': 1}\n"
    )
    path = {"PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}
    assert await Isolation().run("slow_to_import:call", {}, key="a", deadline=1.5, environment=path) == {"n": 1}


async def test_a_child_that_burns_its_cpu_says_so() -> None:
    with pytest.raises(IsolationError, match="CPU time"):
        await Isolation().run(f"{HERE}:spin", {}, key="a", deadline=60, cpu_seconds=1)


async def test_a_device_bears_one_child_also_while_that_one_starts() -> None:
    isolation = Isolation()
    runs = [isolation.run(f"{HERE}:double", {"n": 1}, key="a", deadline=20) for _ in range(3)]
    done = await asyncio.gather(*runs, return_exceptions=True)
    assert [one.kind for one in done if isinstance(one, IsolationError)] == ["refused", "refused"]
    assert isolation.started_total == 1
    assert (await isolation.run(f"{HERE}:double", {"n": 2}, key="a", deadline=20))["twice"] == 4


async def noted(path: Path) -> int:
    """Process id of a child that says so and sleeps."""
    async with asyncio.timeout(30):
        while not (path.exists() and path.read_text()):
            await asyncio.sleep(0.02)
    return int(path.read_text())


async def test_a_child_has_its_limits_its_own_group_and_nothing_of_its_siblings(tmp_path: Path) -> None:
    isolation, note = Isolation(), tmp_path / "a"
    sibling = asyncio.create_task(isolation.run(f"{HERE}:say_and_sleep", {"note": str(note)}, key="a", deadline=60))
    await noted(note)
    seen = await isolation.run(f"{HERE}:look_around", {}, key="b", deadline=20, memory_bytes=3 << 28)
    assert (seen["group"], seen["descriptors"], seen["memory"], seen["core"]) == (True, 1, 3 << 28, 0)
    assert OUR_CHILD in seen["command"], "another daemon or command would take it for a meeting"
    sibling.cancel()
    await asyncio.gather(sibling, return_exceptions=True)


async def test_a_device_that_somebody_wants_while_its_child_starts_is_left_alone(tmp_path: Path) -> None:
    isolation, note = Isolation(), tmp_path / "a"
    wanted = asyncio.create_task(isolation.run(f"{HERE}:say_and_sleep", {"note": str(note)}, key="a", deadline=30))
    await asyncio.sleep(0)
    assert (isolation.asked, isolation.running) == ({"a"}, {})
    isolation.kill("a")
    with pytest.raises(IsolationError, match="somebody wants a"):
        await wanted
    assert not note.exists()
    assert isolation.asked == isolation.unwanted == set()
    assert await isolation.run(f"{HERE}:double", {"n": 1}, key="a", deadline=20), "the wish was for that child only"
    isolation.kill("a")
    assert isolation.unwanted == set()


@pytest.mark.parametrize("moments", [0, 1, 5, 50])
async def test_a_cancelled_run_leaves_nothing_behind(moments: int, tmp_path: Path) -> None:
    isolation, note, before = Isolation(), tmp_path / "a", sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    others = set(children.read_text().split())  # a sound server that another test's fixture keeps
    run = asyncio.create_task(isolation.run(f"{HERE}:say_and_sleep", {"note": str(note)}, key="a", deadline=30))
    for _ in range(moments):
        await asyncio.sleep(0)
    if moments == 50:
        await noted(note)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await asyncio.sleep(0.05)
    assert isolation.running == {}
    assert isolation.asked == set()
    assert set(children.read_text().split()) <= others
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


async def test_where_no_process_starts_the_caller_hears_of_it_and_the_device_is_free() -> None:
    isolation = Isolation(python="/nonexistent/python")
    with pytest.raises(IsolationError, match="no process can be started: No such file"):
        await isolation.run(f"{HERE}:double", {"n": 1}, key="a", deadline=20)
    assert isolation.asked == set()
