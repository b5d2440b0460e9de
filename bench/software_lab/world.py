"""Processes of one situation, what of /proc shows them alone, and the probe that looks at them in quicker time."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from alerting.model.catalogue import KINDS
from monitor.pipeline.check_state import CheckState, StateRules
from probes.judge_reading import Judgement, Status, judge
from probes.reading import CannotMeasure, Context, NothingToMeasure, Reading
from probes.software import Application, Settings, probe, thresholds
from probes.software.profiles import shipped

SPEED = 8.0
"""The probe's clock against the wall's: half a minute of patience takes four seconds."""

RULES = StateRules(fail_after=1, recover_after=1, patience=lambda code: KINDS[code].patience)
SLEEP = shutil.which("sleep") or "sleep"
PYTHON = str(Path(sys.executable).resolve())
HOME = {"PYTHONHOME": sys.base_prefix}


class World:
    """folder: everything that the situation writes. Ends all that it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.proc = folder / "proc"
        self.proc.mkdir()
        for name in ("net", "uptime", "loadavg", "vmstat", "stat", "sys"):
            (self.proc / name).symlink_to(f"/proc/{name}")
        self.started: list[subprocess.Popen[bytes]] = []
        self.applications: dict[str, Application] = {}
        self.begun = time.monotonic()
        self.told: dict[str, str] = {}
        self._states: dict[tuple[str, str], CheckState] = {}
        self.context = Context(
            now=time.time,
            monotonic=lambda: (time.monotonic() - self.begun) * SPEED + 100_000,
            in_meeting=False,
            proc=self.proc,
            state=folder / "no-state",
        )

    def watch(self, name: str, **changes: Any) -> None:
        """A shipped profile with changes, or one of the room's own."""
        known = shipped().get(name, Application(executables=(name,)))
        changes = {"expected": "always", "start_within": 0.0, "helpers": (), **changes}
        self.applications[name] = msgspec.structs.replace(known, **changes)

    def meeting(self, running: bool | None, *, over: bool = False) -> None:
        self.context = replace(self.context, in_meeting=running, call_over=over)

    def copy(self, place: str, original: str = SLEEP) -> str:
        """A program under a name of its own."""
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy(Path(original).resolve(), target)
        return str(target)

    def script(self, place: str, text: str) -> str:
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"#!/bin/sh\n{text}\n")
        target.chmod(0o755)
        return str(target)

    def start(self, *command: str, wait: float = 0.3, **more: Any) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, **more,
        )  # fmt: skip
        self.started.append(process)
        time.sleep(wait)
        return process

    def python(self, place: str, code: str, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
        """A compiled program under this name that does what the code says."""
        environment = {**HOME, **more.pop("environment", {})}
        return self.start(self.copy(place, PYTHON), "-c", code, *arguments, env=environment, **more)

    def end(self, process: subprocess.Popen[bytes], number: int) -> None:
        process.send_signal(number)
        process.wait(30)

    def child(self, parent: subprocess.Popen[bytes], name: str) -> int:
        """The pid of a living process below it whose command line's first argument ends so."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for pid in self._pids():
                with contextlib.suppress(OSError):
                    first = Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0]
                    if os.getsid(pid) == parent.pid != pid and first.decode(errors="replace").endswith(name):
                        return pid
            time.sleep(0.05)
        raise OSError(f"{name} has not started")

    def _pids(self) -> list[int]:
        sessions = {one.pid for one in self.started}
        found = []
        for name in os.listdir("/proc"):  # noqa: PTH208
            if name.isdecimal():
                with contextlib.suppress(OSError):
                    if os.getsid(int(name)) in sessions:
                        found.append(int(name))
        return found

    def refresh(self) -> None:
        """What of /proc this situation's looks may see."""
        wanted = {"1", *map(str, self._pids())}
        for link in self.proc.glob("[0-9]*"):
            if link.name not in wanted:
                link.unlink()
        for name in wanted:
            with contextlib.suppress(FileExistsError):
                (self.proc / name).symlink_to(f"/proc/{name}")

    async def look(self) -> None:
        """One look; what it opens is told."""
        self.refresh()
        settings = Settings(applications=self.applications, use_known=False, ask_windows=False)
        limits = thresholds(settings)
        for outcome in await probe(settings, self.context):
            key = (outcome.check, outcome.target)
            if isinstance(outcome, NothingToMeasure):
                self._states.pop(key, None)
                continue
            state = self._states.setdefault(key, CheckState())
            if isinstance(outcome, CannotMeasure):
                judgement = Judgement(status=Status.UNKNOWN, reason=outcome.reason)
            else:
                mine = tuple(one for one in limits if one.value in outcome.values)
                judgement = judge(outcome, mine, state.last if state.fault else None)
            patience = RULES
            if self.context.in_meeting:
                patience = replace(RULES, patience=lambda _: 0.0)
            changed = state.accept(judgement, self.context.monotonic(), patience)
            if changed is not None and changed.opened:
                evidence = outcome.evidence if isinstance(outcome, Reading) else {}
                self.told[changed.opened] = str(evidence.get("cause", ""))

    def close(self) -> None:
        for pid in self._pids():
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        for process in self.started:
            with contextlib.suppress(OSError):
                process.kill()
            process.wait(30)
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
