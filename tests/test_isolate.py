"""A child that hangs, crashes or says too much costs only itself."""

import asyncio
import ctypes
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from probes.child.isolate import Isolation, IsolationError


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
