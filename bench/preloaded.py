"""A design that the product does not have: captures forked by multiprocessing's fork server, which has imported their
libraries and lives as long as the daemon. bench/starts.py puts it in the place of probes/child/isolate.py.

Only what a healthy room needs: no device is yielded while a child starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, NoReturn

from probes.child.isolated import call, die_with_parent

MAX_RESULT_BYTES = 4096
START = "from probes.child.isolated import child; child()"
PRELOADED = ["probes.camera.judge_frames", "probes.microphone.judge_samples"]
"""Not sounddevice: it looks for devices when it is imported, in the session that the environment names."""

CHILD_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 28),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 28),
}

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(PRELOADED)


class IsolationError(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def work(function: str, limits: str, argument: str, environment: dict[str, str], answer: Connection) -> NoReturn:
    """The forked process."""
    os.setsid()
    die_with_parent()
    os.environ.update(environment)
    call(function, limits, json.loads(argument), answer.fileno())


@dataclass
class Isolation:
    running: dict[str, ForkServerProcess] = field(default_factory=dict)
    abandoned: dict[str, int] = field(default_factory=dict)
    started_total: int = 0
    abandoned_total: int = 0

    def blocked(self, key: str) -> bool:
        return key in self.abandoned

    def stuck(self) -> dict[str, int]:
        return dict(self.abandoned)

    def kill(self, key: str, grace: float = 0.0) -> None:
        if key in self.running:
            self.running[key].kill()

    async def run(
        self, function: str, argument: Mapping[str, Any], *, key: str, deadline: float, cpu_seconds: int = 10,
        memory_bytes: int = 1 << 30, environment: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """As probes/child/isolate.py, for a child that answers."""
        ours, its = _forking.Pipe(duplex=False)
        wanted = (function, f"{cpu_seconds},{memory_bytes}", json.dumps(argument), dict(environment or {}), its)
        process = _forking.Process(target=work, args=wanted)
        os.environ.update(CHILD_ENVIRONMENT)
        main = sys.modules["__main__"]  # else each child imports the daemon's own main module
        main.__spec__ = None
        main.__dict__.pop("__file__", None)
        try:
            await asyncio.to_thread(process.start)  # it waits for the server's imports
            self.started_total += 1
            self.running[key] = process
            its.close()
            async with asyncio.timeout(30.0 + deadline):
                out = await _read(ours)
            await asyncio.to_thread(process.join)
        finally:
            self.running.pop(key, None)
            if process.pid is not None and process.exitcode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            ours.close()
        if process.exitcode:
            raise IsolationError("crashed", f"exit code {process.exitcode}")
        result: dict[str, Any] = json.loads(out)
        return result


async def _read(connection: Connection) -> bytes:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    pipe = os.fdopen(os.dup(connection.fileno()), "rb")
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    try:
        return await reader.read(MAX_RESULT_BYTES + 1) + await reader.read()
    finally:
        transport.close()
