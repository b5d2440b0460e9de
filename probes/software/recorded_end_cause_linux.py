"""Why a program ended, as far as something recorded it: kernel OOM killer, core dump, systemd's result, exit status.

Without evidence the cause is "unknown", and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from probes.child.process_end import kill
from probes.software.exit_status_linux import End
from probes.software.out_of_memory_linux import OomCounters, oom_evidence
from probes.why import Why, because

UNKNOWN = because("ended_cause_unknown")
STOPPED = because("unit_stopped")
CORES = Path("/var/lib/systemd/coredump")
SYSTEMCTL_SECONDS = 2.0


def core_evidence(pid: int, cores: Path = CORES) -> Why | None:
    """systemd-coredump's files are named core.COMM.UID.BOOT.PID.MICROSECONDS and a suffix."""
    with contextlib.suppress(OSError):
        for file in cores.iterdir():
            parts = file.name.split(".")
            if parts[0] == "core" and pid and str(pid) in parts[4:-1]:
                return because("crashed", file=os.fsencode(file.name).decode(errors="replace"))
    return None


async def unit_evidence(unit: str) -> Why | None:
    """systemd's verdict on the unit; None without one, without systemd, or when it was stopped rightly."""
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
        return None
    try:
        async with asyncio.timeout(SYSTEMCTL_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        kill(process)
        await process.wait()
        return None
    return unit_result(out.decode(errors="replace"))


def unit_result(text: str) -> Why | None:
    """What ``systemctl show`` printed. Results: systemd.service(5), $SERVICE_RESULT."""
    facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if facts.get("LoadState") != "loaded" or not facts.get("Result"):
        return None
    if facts["Result"] == "success":
        return STOPPED
    return because("unit_result", result=facts["Result"], status=facts.get("ExecMainStatus", "?"))


async def cause(
    pid: int, unit: str, before: OomCounters | None, end: End | None, proc: Path, cores: Path = CORES
) -> Why:
    """The best evidence there is, the surest first. end: the kernel's record, where it keeps one."""
    killed = end is None or end.signal == signal.SIGKILL
    return (
        (oom_evidence(before, proc, pid) if before and killed else None)
        or core_evidence(pid, cores)
        or (await unit_evidence(unit) if unit else None)
        or (end.seen if end else UNKNOWN)
    )
