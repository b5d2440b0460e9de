"""What the software probe costs: CPU seconds an hour at this machine's processes and at 343, and exit → callback.

Runs about three minutes; needs nothing. `--help` says the same. On a machine where others start much, run it as
`unshare --pid --fork --mount-proc python -m bench.process`: it then sees its own processes alone.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from probes.reading import Context, NothingToMeasure
from probes.software import Application, Settings, probe
from probes.software.processes_linux import YOUNG_SECONDS, ProcessTable
from probes.software.program_events_linux import ProcessWatch

WANTED = 343
"""Processes of the reference room PC (facts measured on Debian 12 with a desktop)."""

PROBE_SECONDS = 15.0
MINUTE = 62.0
"""Twenty looks and one full one, as in every minute."""
NAME = "rw-bench-conf"


def say(case: str, metric: str, value: float, unit: str, peer: str = "") -> None:
    line = {"bench": "process", "case": case, "metric": metric, "value": round(value, 6), "unit": unit}
    print(json.dumps({**line, "peer": peer} if peer else line), flush=True)


def cpu_of(work: object, times: int) -> float:
    """Median CPU seconds of one call."""
    assert callable(work)
    spent = []
    for _ in range(times):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return statistics.median(spent)


def _heard(gone: asyncio.Event, application: str, what: str) -> None:
    if what == "exit":
        gone.set()


async def exits(program: Path, times: int) -> list[float]:
    """Seconds from the kill to the callback."""
    took: list[float] = []
    for _ in range(times):
        process = subprocess.Popen([str(program), "600"])
        await asyncio.sleep(0.05)
        heard = asyncio.Event()
        watch = ProcessWatch(functools.partial(_heard, heard))
        watch.start({"bench": (NAME,)})
        began = time.perf_counter()
        process.kill()
        await heard.wait()
        took.append(time.perf_counter() - began)
        process.wait()
        watch.close()
    return took


def bench(times: int) -> None:
    sleep = shutil.which("sleep")
    assert sleep is not None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / NAME
        shutil.copy(sleep, program)
        others = [subprocess.Popen([sleep, "600"]) for _ in range(max(0, WANTED - len(psutil.pids())))]
        others.append(subprocess.Popen([str(program), "600"]))
        try:
            time.sleep(YOUNG_SECONDS + 2)  # as on a room PC, where hardly a process is younger
            measure(times)
            for in_meeting in (True, False):
                asyncio.run(an_hour(in_meeting=in_meeting))
        finally:
            for one in others:
                one.kill()
                one.wait()
        took = asyncio.run(exits(program, times))
        say("exit to callback", "latency_median", statistics.median(took), "seconds")


async def an_hour(*, in_meeting: bool) -> None:
    """A minute of the probe and its watch as the daemon runs them, hang looks included; measured, times sixty."""
    settings = Settings(applications={"bench": Application(executables=(NAME,))})
    memory: dict[str, object] = {}
    watch = ProcessWatch(lambda application, what: None)
    watch.start({"bench": (NAME,)})
    await probe(settings, Context(now=time.time, monotonic=time.monotonic, wake="start", memory=memory))  # imports once
    given = given_out()
    before, begun, due, wake = time.process_time(), time.monotonic(), 0.0, "confirm"
    while time.monotonic() - begun < MINUTE:
        context = Context(now=time.time, monotonic=time.monotonic, in_meeting=in_meeting, wake=wake, memory=memory)
        outcomes = await probe(settings, context)
        again = [one.look_again for one in outcomes if not isinstance(one, NothingToMeasure) and one.look_again]
        due, wake = min(again, default=PROBE_SECONDS), "confirm"
        await asyncio.sleep(due)
    spent, took = time.process_time() - before, time.monotonic() - begun
    watch.close()
    case = f"{len(psutil.pids())} processes, {'in a' if in_meeting else 'no'} meeting"
    say(case, "measured_cpu_per_hour", spent * 3600 / took, "seconds")
    say(case, "processes_and_threads_started", (given_out() - given) / took, "per second")


def given_out() -> int:
    """The pid or thread id given out last: each new one costs the watch a look, so a busy machine costs more."""
    return int(Path("/proc/loadavg").read_text().rpartition(" ")[2])


def measure(times: int) -> None:
    count = f"{len(psutil.pids())} processes"
    context = Context(now=time.time, monotonic=time.monotonic)
    settings = Settings(applications={"bench": Application(executables=(NAME,))})
    table, loop = ProcessTable(), asyncio.new_event_loop()
    names = cpu_of(lambda: {name for name in os.listdir("/proc") if name.isdigit()}, times)  # noqa: PTH208
    table.look(Path("/proc"))
    own = cpu_of(lambda: table.look(Path("/proc")), times)
    peer = cpu_of(lambda: [one.info for one in psutil.process_iter(["name", "cmdline", "status"])], times)
    loop.run_until_complete(probe(settings, context))
    whole = cpu_of(lambda: loop.run_until_complete(probe(settings, context)), times)
    loop.close()
    say(count, "listdir_cpu", names, "seconds")
    say(count, "sweep_cpu", own, "seconds")
    say(count, "sweep_cpu", peer, "seconds", "psutil.process_iter")
    say(count, "probe_cpu", whole, "seconds")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="measurements of each kind (default 50)")
    bench(parser.parse_args().times)
