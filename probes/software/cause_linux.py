"""Why a program ended, as far as something recorded it: kernel OOM killer, core dump, systemd's result.

A pidfd gives no exit status of a process that is no child: without evidence the cause is "unknown", and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from probes.child.process_end import kill

UNKNOWN = "ended, cause unknown"
CORES = Path("/var/lib/systemd/coredump")
SYSTEMCTL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class OomCounters:
    """Kills by the kernel so far: on the whole machine, and in the program's own cgroup (its file, its count)."""

    machine: int
    cgroup_file: str
    cgroup: int


def oom_counters(pid: int, proc: Path, sys: Path) -> OomCounters:
    """Taken while the program lives, compared when it has ended."""
    file = _cgroup_file(pid, proc, sys)
    return OomCounters(_counter(proc / "vmstat"), file, _counter(Path(file)) if file else 0)


def oom_evidence(before: OomCounters, proc: Path) -> str:
    """ "" where no kill was counted since."""
    if before.cgroup_file and _counter(Path(before.cgroup_file)) > before.cgroup:
        return "killed by the kernel: its memory limit was reached"
    if _counter(proc / "vmstat") > before.machine:
        return "the kernel killed a program for lack of memory at that time"
    return ""


def _counter(file: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0


def _cgroup_file(pid: int, proc: Path, sys: Path) -> str:
    """memory.events of cgroup v2, else memory.oom_control of v1; "" where neither is there."""
    with contextlib.suppress(OSError):
        for line in (proc / str(pid) / "cgroup").read_text(errors="surrogateescape").splitlines():
            number, _, rest = line.partition(":")
            controllers, _, path = rest.partition(":")
            if "memory" in controllers.split(","):
                file = sys / "fs/cgroup/memory" / path.lstrip("/") / "memory.oom_control"
            elif number == "0":
                file = sys / "fs/cgroup" / path.lstrip("/") / "memory.events"
            else:
                continue
            if file.is_file():
                return str(file)
    return ""


def core_evidence(pid: int, cores: Path = CORES) -> str:
    """systemd-coredump's files are named core.COMM.UID.BOOT.PID.MICROSECONDS and a suffix."""
    with contextlib.suppress(OSError):
        for file in cores.iterdir():
            parts = file.name.split(".")
            if parts[0] == "core" and pid and str(pid) in parts[4:-1]:
                return f"crashed: core dump {os.fsencode(file.name).decode(errors='replace')}"
    return ""


async def unit_evidence(unit: str) -> str:
    """systemd's verdict on the unit; "" without one, without systemd, or when it was stopped rightly."""
    try:
        process = await asyncio.create_subprocess_exec(
            "systemctl",
            "show",
            "--property=LoadState,Result,ExecMainStatus",
            unit,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ""
    try:
        out, _ = await asyncio.wait_for(process.communicate(), SYSTEMCTL_SECONDS)
    except TimeoutError:
        kill(process)
        await process.wait()
        return ""
    return unit_result(out.decode(errors="replace"))


def unit_result(text: str) -> str:
    """What ``systemctl show`` printed, in one phrase. Results: systemd.service(5), $SERVICE_RESULT."""
    facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if facts.get("LoadState") != "loaded" or not facts.get("Result"):
        return ""
    if facts["Result"] == "success":
        return "its unit was stopped or ended by itself"
    return f"systemd: {facts['Result']}, status {facts.get('ExecMainStatus', '?')}"


async def cause(pid: int, unit: str, before: OomCounters | None, proc: Path, cores: Path = CORES) -> str:
    """The best evidence there is, the surest first."""
    return (
        (oom_evidence(before, proc) if before else "")
        or core_evidence(pid, cores)
        or (await unit_evidence(unit) if unit else "")
        or UNKNOWN
    )
