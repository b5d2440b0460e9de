"""The daemon stands still for a while (SIGSTOP), and goes on."""

from __future__ import annotations

import asyncio
import collections
import os
import signal
import sys
import tempfile
from pathlib import Path

from bench.attacks.attack import Figure, Figures, Size
from bench.damage import SETTINGS
from bench.room import Receiver, Room

SETTLE_SECONDS = 8.0
"""After it goes on, for what came twice."""


async def standstill(size: Size) -> Figures:
    receiver = Receiver()
    await receiver.start()
    with tempfile.TemporaryDirectory(prefix="rw-standstill-") as name:
        room = Room(Path(name), receiver.port, SETTINGS)
        room.start_program()
        await room.start()
        try:
            await asyncio.sleep(2)
            assert room.daemon is not None
            os.kill(room.daemon.pid, signal.SIGSTOP)
            await asyncio.sleep(1)
            room.kill_program()
            await asyncio.sleep(size.number)
            os.kill(room.daemon.pid, signal.SIGCONT)
            begun = asyncio.get_running_loop().time()
            came: collections.Counter[str] = collections.Counter()
            alarmed = 60.0
            while asyncio.get_running_loop().time() < begun + SETTLE_SECONDS:
                await asyncio.sleep(0.1)
                while not receiver.messages.empty():
                    at, title = receiver.messages.get_nowait()
                    came[title] += 1
                    alarmed = min(alarmed, at - begun) if "not running" in title else alarmed
            findings = await _audit(room.folder)
        finally:
            room.stop()
            await receiver.close()
        log = (room.folder / "log").read_text(errors="replace")
    return {
        "stood still": Figure(size.number / 60, "min"),
        "alarm after it goes on": Figure(alarmed, "s"),
        "findings of the audit": Figure(findings),
        "messages that came twice": Figure(sum(many - 1 for many in came.values())),
        "tracebacks": Figure(log.count("Traceback")),
    }


async def _audit(folder: Path) -> int:
    """What `roomwatch audit` holds against it; it prints a line for each."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor.cli", "audit", "--config", str(folder), "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    if process.returncode not in (0, 1):
        raise RuntimeError(err.decode()[-1000:])
    return out.count(b'"code"')
