"""New processes are found by the kernel's counter of pids, each once, and threads are none."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from probes.software.starts_linux import MOST_NUMBERS, Starts

THREADS = f"""
import threading, time
for _ in range({MOST_NUMBERS + 20}):
    one = threading.Thread(target=time.sleep, args=(0,))
    one.start()
    one.join()
print("done", flush=True)
time.sleep(60)
"""


def until_seen(starts: Starts, pid: int) -> list[int]:
    seen: list[int] = []
    deadline = time.monotonic() + 30
    while pid not in seen:
        assert time.monotonic() < deadline
        seen += starts.fresh()
    return seen


def test_a_process_is_fresh_once_and_a_thread_never() -> None:
    starts = Starts()
    assert 1 in starts.fresh()
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    process = subprocess.Popen(["sleep", "60"])
    try:
        seen = until_seen(starts, process.pid)
        assert thread.native_id not in seen
        assert seen.count(process.pid) == 1
        assert process.pid not in starts.fresh()
    finally:
        stop.set()
        thread.join()
        process.kill()
        process.wait()


def test_many_numbers_at_once_are_listed() -> None:
    starts = Starts()
    starts.fresh()
    process = subprocess.Popen([sys.executable, "-c", THREADS], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.pid in starts.fresh()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("counted", [True, False], ids=["counter", "no counter"])
def test_numbers_that_begin_anew_are_found(tmp_path: Path, counted: bool) -> None:
    """At pid_max the kernel begins again from below; where it does not show its counter, /proc is compared."""

    def now(*pids: int) -> None:
        for pid in pids:
            (tmp_path / str(pid)).mkdir()
        if counted:
            (tmp_path / "loadavg").write_text(f"0.1 0.1 0.1 1/300 {pids[-1]}\n")

    starts = Starts(tmp_path)
    now(1, 400, 4_194_300)
    assert starts.fresh() == [1, 400, 4_194_300]
    assert starts.fresh() == []
    now(4_194_302, 390)
    assert set(starts.fresh()) >= {390, 4_194_302}
    assert 400 not in starts.fresh()
    now(391, 392)
    assert starts.fresh() == [391, 392]


def test_a_proc_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        Starts(tmp_path / "none").fresh()
