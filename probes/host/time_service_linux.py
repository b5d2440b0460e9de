"""What the time service says of the clock, where the kernel may not be asked: chrony, or systemd-timesyncd.

The daemon's unit refuses adjtimex(2) even to read (ProtectClock=). Neither way needs a right.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from probes.host.kernel_clock_linux import ClockState

CHRONY = "chrony"
"""Folder below /run that is there while chronyd runs."""
SYNCHRONISED = "systemd/timesync/synchronized"
"""File below /run that systemd-timesyncd touches at each synchronisation."""
STALE_SECONDS = 3 * 2048.0
"""timesyncd asks at least every 2048 s (PollIntervalMaxSec=): three without an answer, and the clock runs free."""
AHEAD_SECONDS = 2.0
"""A synchronisation that lies further ahead than this was before the clock was set back: it tells nothing of it."""
ASK_SECONDS = 2.0
"""chronyc answers from the same machine in milliseconds."""
CHRONYC = ("chronyc", "-n", "-c", "tracking")


async def ask_time_service(
    now: float, run: Path = Path("/run"), chronyc: tuple[str, ...] = CHRONYC
) -> ClockState | None:
    """None where no time service answers. now: Unix seconds."""
    if (run / CHRONY).is_dir():
        found = tracking(await _said_by(chronyc))
        if found is not None:
            return found
    try:
        at = (run / SYNCHRONISED).stat().st_mtime
    except OSError:
        return None
    return ClockState(-AHEAD_SECONDS < now - at < STALE_SECONDS, None, None, at)


def tracking(text: str) -> ClockState | None:
    """The line of ``chronyc -c tracking``: 14 fields, of which the fifth is what chrony still corrects."""
    fields = text.strip().split(",")
    try:
        offset, delay, dispersion = (float(fields[place]) for place in (4, 10, 11))
        leap = fields[13]
    except (IndexError, ValueError):
        return None
    return ClockState(leap != "Not synchronised", offset, delay / 2 + dispersion)


async def _said_by(command: tuple[str, ...]) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(ASK_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        return ""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return out.decode(errors="replace")
