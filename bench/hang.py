"""No false hang: record the signs of a busy healthy browser for hours, and replay them through the judge.

`record --hours 2 --out FILE` runs a real Chromium in a call with itself under Xvfb (needs both; a quarter of a
processor) and writes its signs, numbers only, one JSON line a second. `watch` lets the shipped probe look at that
browser meanwhile. `replay FILE --hours 24` judges the record in passes: the first as it was looked at every 3 s, each
further one from another starting point, with jitter, lost looks, slower answers and another processor's speed, drawn
from the pass's number. `find` hangs real programs in every way under the real daemon and times the fault (5 minutes).
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.hang_find import find_hangs
from bench.hang_replay import Perturbation, looks_of, picked, verdicts
from bench.hang_signs import one_look, ping
from bench.hang_watch import watch
from bench.room import line
from probes.software.responding import LOOK_SECONDS

PAGE = Path(__file__).with_name("hang_page.html")
RECORD_SECONDS = 1.0
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--enable-logging",
    "--password-store=basic",
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def page() -> Iterator[str]:
    """The call page over HTTP on the loopback: a browser gives its camera to nothing less."""
    handler = functools.partial(_Quiet, directory=str(PAGE.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{PAGE.name}"
    server.shutdown()


@contextmanager
def display() -> Iterator[str]:
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as said:
        number = said.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.kill()
        server.wait()


@contextmanager
def browser(url: str, screen: str, folder: Path) -> Iterator[int]:
    chromium = shutil.which("chromium")
    assert chromium, "install chromium and xvfb"
    process = subprocess.Popen(
        [chromium, *SWITCHES, f"--user-data-dir={folder}", f"--app={url}"],
        env={**os.environ, "DISPLAY": screen},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def record(hours: float, out: Path) -> None:
    with tempfile.TemporaryDirectory() as name, page() as url, display() as screen:
        folder = Path(name) / "profile"
        with browser(url, screen, folder) as pid:
            print(json.dumps({"bench": "hang", "pid": pid, "display": screen, "folder": str(folder)}), flush=True)
            await _write(pid, screen, folder, time.monotonic() + hours * 3600, out)


async def _write(pid: int, screen: str, folder: Path, until: float, out: Path) -> None:
    asking: asyncio.Task[dict[str, Any]] | None = None
    with out.open("a", encoding="utf-8") as file:
        while time.monotonic() < until:
            begun = time.monotonic()
            look = one_look(pid, folder)
            if not look["processes"]:
                print(json.dumps({"bench": "hang", "error": "the browser has ended"}), flush=True)
                return
            if asking is not None and asking.done():
                look["ping"], asking = asking.result(), None
            if asking is None:
                asking = asyncio.create_task(ping(frozenset({pid}), screen))
            file.write(json.dumps(look, separators=(",", ":")) + "\n")
            file.flush()
            await asyncio.sleep(max(0.0, begun + RECORD_SECONDS - time.monotonic()))


def replay(file: Path, hours: float, every: float) -> None:
    """Passes over the record, each with its own perturbation, until so many hours of looks have been judged."""
    looks = looks_of(file)
    recorded = looks[-1].at - looks[0].at
    line("hang", "record", "recorded", recorded / 3600, "h", looks=len(looks))
    judged, passes, seconds = {"": 0, "app_hung": 0, "app_slow": 0}, 0, 0.0
    signs: dict[str, int] = {}
    while seconds < hours * 3600:
        change = Perturbation() if passes == 0 else Perturbation.drawn(passes)
        for look, finding, said in verdicts(picked(looks, every, change, passes)):
            judged[finding] += 1
            for one in said:
                signs[one] = signs.get(one, 0) + 1
            if finding:
                print(json.dumps({"pass": passes, "at": look.at, "finding": finding, "signs": said}), flush=True)
        passes, seconds = passes + 1, seconds + recorded
    line("hang", "replay", "replayed", seconds / 3600, "h", passes=passes, looks=sum(judged.values()))
    line("hang", "replay", "false_hangs", judged["app_hung"], "looks")
    line("hang", "replay", "false_slow", judged["app_slow"], "looks", looks_with_a_sign=sum(signs.values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    recording = parts.add_parser("record", help="run the browser and write its signs")
    recording.add_argument("--hours", type=float, default=2.0)
    recording.add_argument("--out", type=Path, required=True)
    replaying = parts.add_parser("replay", help="judge a record again, perturbed, for as many hours as asked")
    replaying.add_argument("file", type=Path)
    replaying.add_argument("--hours", type=float, default=24.0)
    replaying.add_argument("--every", type=float, default=LOOK_SECONDS, help="seconds between looks (default: shipped)")
    beside = parts.add_parser("watch", help="the shipped probe, live, beside a browser that `record` runs")
    beside.add_argument("--profile", required=True, help="the folder that `record` printed")
    beside.add_argument("--hours", type=float, default=2.0)
    beside.add_argument("--out", type=Path, required=True)
    finding = parts.add_parser("find", help="hang real programs under the real daemon and time the fault")
    finding.add_argument("--trials", type=int, default=3)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the browser and its display end too
    if given.part == "record":
        asyncio.run(record(given.hours, given.out))
    elif given.part == "replay":
        replay(given.file, given.hours, given.every)
    elif given.part == "find":
        asyncio.run(find_hangs(given.trials))
    else:
        found = asyncio.run(watch(given.profile, time.monotonic() + given.hours * 3600, given.out))
        for name, count in found.items():
            line("hang", "watch", name, count, "looks")


if __name__ == "__main__":
    main()
