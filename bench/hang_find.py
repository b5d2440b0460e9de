"""How soon the real daemon, as shipped, says that a real program hangs: stopped, spinning, deadlocked, a page."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.room import Receiver, Room, line
from tests.software.screen import browser, display, page, window

TRIALS = 3
QUIET = "".join(f"[schedule.{name}]\nenabled = false\n" for name in ("network", "camera", "microphone", "speaker"))
MOST_SECONDS = 120.0
"""Not found until then counts as so long, and says so."""

USUAL_SECONDS = 25.0
"""Until the probe knows what is usual."""


async def find_hangs(trials: int = TRIALS) -> None:
    took: dict[str, list[float]] = {}
    for _ in range(trials):
        for name, seconds in (await _trial()).items():
            took.setdefault(name, []).append(seconds)
    for name, seconds_of in took.items():
        line("hang", name, "time_to_fault_median", statistics.median(seconds_of), "s", trials=trials)
        line("hang", name, "time_to_fault_max", max(seconds_of), "s", trials=trials)


async def _trial() -> dict[str, float]:
    receiver = Receiver()
    await receiver.start()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        screen = stack.enter_context(display())
        healthy, _ = stack.enter_context(page())
        victim, spin_page = stack.enter_context(page())
        stopped = stack.enter_context(browser(screen, folder / "stopped", healthy))
        stack.enter_context(browser(screen, folder / "page", victim, 1))
        _, spin = stack.enter_context(window(screen, folder / "spinning"))
        _, wait = stack.enter_context(window(screen, folder / "deadlocked"))
        programs = {"stopped": "chromium", "page": "chromium", "spinning": "python3", "deadlocked": "python3"}
        settings = QUIET + "[probes.software]\nuse_known = false\n"
        for name, executable in programs.items():
            command = f"--user-data-dir={folder}/{name}" if executable == "chromium" else f"{folder}/{name}"
            settings += f'[probes.software.applications.{name}]\nexecutables = ["{executable}"]\n'
            settings += f'command = "{command}"\n'
        room = Room(folder, receiver.port, settings)
        await room.start()
        try:
            await asyncio.sleep(USUAL_SECONDS)
            acts: dict[str, Callable[[], object]] = {
                "stopped": lambda: os.kill(stopped.pid, signal.SIGSTOP),
                "page": spin_page.set,
                "spinning": lambda: spin.write_text("spin"),
                "deadlocked": lambda: wait.write_text("deadlock"),
            }
            took = {}
            for name, act in acts.items():
                took[name] = await _one(room, name, act)
                line("hang", name, "time_to_fault", took[name], "s")
            return took
        finally:
            room.stop()
            await receiver.close()


async def _one(room: Room, name: str, act: Callable[[], object]) -> float:
    """Seconds from the hang to the fault in the status."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    act()
    rows: list[dict[str, object]] = []
    while loop.time() - begun < MOST_SECONDS:
        body = (await room.ask("/api/status")).partition(b"\r\n\r\n")[2]
        status = json.loads(body) if body else {"faults": [], "checks": []}
        if any(one["target"] == name and one["code"] in ("app_hung", "app_stopped") for one in status["faults"]):
            return loop.time() - begun
        rows = [one for one in status["checks"] if one["target"] == name] or rows
        await asyncio.sleep(0.1)
    print(json.dumps({"bench": "hang", "case": name, "error": "not found", "checks": rows}), flush=True)
    return MOST_SECONDS
