"""Run a blocking piece of work in a child process with a deadline and limits; only small JSON numbers come back.

The parent never waits for a child that the kernel will not let go: it is abandoned, counted, and its key
(the device) is refused until it has gone. Refuses results over 4 KiB, so that no picture or sound can cross.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from probes.child.ending import kill
from probes.child.shared_start import Forked, Job, alive, start_together

MAX_RESULT_BYTES = 4096
"""No frame of 40×40 pixels and no 50 ms of sound fits in it: what crosses can only be numbers."""

START_SECONDS = 30.0
"""Importing a capture's libraries takes 0.3 s, from a cold disk on a loaded machine fifty times that. No device is open
yet, so being slow here is the machine's fault and never the device's: the deadline begins afterwards."""

START = "from probes.child.isolated import child; child()"
"""Not ``-m``: the modules that look for a module to run cost 4 ms of CPU."""

CHILD_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 28),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 28),
}
"""One thread. And what numpy frees stays with the process: glibc would give each array back to the kernel, which has to
fill the next one's pages with zeros, a quarter of a judge's CPU."""

GATHER_SECONDS = 0.3
"""Two looks that are due at the same time ask within this: before it, one reads /proc and the other asks the sound
server."""

KILL_GRACE_SECONDS = 1.0
"""A process that SIGKILL has not ended in this time sits in the kernel (a hung driver) and is abandoned."""


class IsolationError(Exception):
    """The child gave no usable answer. kind: "start", "deadline", "abandoned", "crashed", "refused", "oversize"."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class Isolation:
    """Starts children, remembers the abandoned ones. One for a daemon; keys are devices or probe names."""

    python: str = sys.executable
    abandoned: dict[str, int] = field(default_factory=dict)
    running: dict[str, asyncio.subprocess.Process | Forked] = field(default_factory=dict)
    asked: dict[str, Job] = field(default_factory=dict)
    gathered: list[Job] = field(default_factory=list)
    servers: set[asyncio.Task[None]] = field(default_factory=set)
    started_total: int = 0
    abandoned_total: int = 0

    def blocked(self, key: str) -> bool:
        """True while an abandoned child still sits on the key's device."""
        pid = self.abandoned.get(key)
        if pid is None:
            return False
        if not alive(pid):
            del self.abandoned[key]
            return False
        return True

    def stuck(self) -> dict[str, int]:
        """Key → process id of each abandoned child that the kernel still has not let go."""
        return {key: pid for key, pid in list(self.abandoned.items()) if self.blocked(key)}

    def kill(self, key: str, grace: float = 0.0) -> None:
        """End the key's child (somebody wants the device), this very one, if it has not gone by itself in ``grace``
        seconds; one that was not started yet never will be."""
        process = self.running.get(key)
        if process is None:
            if key in self.asked:
                self.asked[key].refuse()
            return
        if grace > 0.0:
            asyncio.get_running_loop().call_later(grace, kill, process)
        else:
            kill(process)

    async def close(self) -> None:
        """For the daemon's end, once its callers were cancelled: no server is left that a closing loop would cut off
        while it starts. One that a hung child keeps is not waited for."""
        if self.servers:
            _, late = await asyncio.wait(self.servers, timeout=KILL_GRACE_SECONDS)
            for server in late:
                server.cancel()
            if late:
                await asyncio.wait(late)

    async def run(
        self,
        function: str,
        argument: Mapping[str, Any],
        *,
        key: str,
        deadline: float,
        cpu_seconds: int = 10,
        memory_bytes: int = 1 << 30,
        environment: Mapping[str, str] | None = None,
        command_prefix: tuple[str, ...] = (),
        shares_start: bool = False,
    ) -> dict[str, Any]:
        """Call ``package.module:function(argument)`` in a child and return its dict.

        deadline: wall seconds for the call itself, once the module is imported (for which START_SECONDS are given);
        cpu_seconds, for the call too, and memory_bytes are kernel limits in the child. A module may have
        ``prepare()`` for what takes time and touches no device. shares_start: it needs numpy, and waits GATHER_SECONDS
        for others that do, to start with them. Raises IsolationError. Cancelling kills the child.
        """
        if self.blocked(key):
            raise IsolationError("abandoned", f"a hung child (pid {self.abandoned[key]}) still holds {key}")
        if key in self.asked:
            raise IsolationError("refused", f"a child for {key} is still running")
        job = Job(key, function, f"{cpu_seconds},{memory_bytes}", argument, environment or {})
        self.asked[key] = job  # starting a child takes time too, and a device bears only one
        try:
            process: asyncio.subprocess.Process | Forked | None = await self._gather(job) if shares_start else None
            if process is None and not job.unwanted:
                process = await self._start(job, command_prefix)
            if process is None:
                raise _unwanted(job)
            return await self._run(process, job, deadline)
        finally:
            del self.asked[key]

    async def _gather(self, job: Job) -> Forked | None:
        """The job's child, started together with those of others; None where it is the only one, or unwanted."""
        self.gathered.append(job)
        if len(self.gathered) == 1:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._start_gathered)
        try:
            return await job.started
        except asyncio.CancelledError:
            job.refuse()  # its child may have come at the same moment
            raise

    def _start_gathered(self) -> None:
        jobs = [job for job in self.gathered if not job.started.done()]
        self.gathered.clear()
        if len(jobs) == 1:
            jobs[0].answer(None)
        elif jobs:
            environment = {**os.environ, **CHILD_ENVIRONMENT}
            server = asyncio.create_task(start_together(self.python, jobs, environment, START_SECONDS))
            self.servers.add(server)
            server.add_done_callback(self.servers.discard)

    async def _start(self, job: Job, command_prefix: tuple[str, ...]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command_prefix,
            self.python,
            "-c",
            START,
            job.function,
            job.limits,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, **CHILD_ENVIRONMENT, **job.environment},
        )

    async def _run(self, process: asyncio.subprocess.Process | Forked, job: Job, deadline: float) -> dict[str, Any]:
        key = job.key
        self.started_total += 1
        self.running[key] = process
        begun = False
        try:
            if job.unwanted:
                raise _unwanted(job)
            async with asyncio.timeout(START_SECONDS):
                await _begin(process, json.dumps(job.argument).encode())
            begun = True
            async with asyncio.timeout(deadline):
                out, err = await _rest(process)
        except TimeoutError:
            await self._end(key, process)
            if not begun:
                raise IsolationError("start", f"the machine is slow: not begun after {START_SECONDS:g} s") from None
            raise IsolationError("deadline", f"no answer within {deadline:g} s") from None
        except BaseException:
            await asyncio.shield(self._end(key, process))
            raise
        finally:
            self.running.pop(key, None)
            if isinstance(process, Forked):
                process.close()
        return _result(process.returncode, out, err)

    async def _end(self, key: str, process: asyncio.subprocess.Process | Forked) -> None:
        kill(process)  # a forked one may not have its own group yet
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        try:
            await asyncio.wait_for(process.wait(), KILL_GRACE_SECONDS)
        except TimeoutError:
            self.abandoned[key] = process.pid
            self.abandoned_total += 1


def _unwanted(job: Job) -> IsolationError:
    return IsolationError("refused", f"somebody wants {job.key}")


async def _begin(process: asyncio.subprocess.Process | Forked, argument: bytes) -> None:
    """Hand over the argument, unless it was born with it, and wait for the child's first byte, or for its end."""
    assert process.stdout is not None
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(argument)
            await process.stdin.drain()
        process.stdin.close()
    await process.stdout.read(1)


async def _rest(process: asyncio.subprocess.Process | Forked) -> tuple[bytes, bytes]:
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = await asyncio.gather(_bounded(process.stdout, MAX_RESULT_BYTES + 1), _bounded(process.stderr, 65536))
    await process.wait()
    return out, err


async def _bounded(stream: asyncio.StreamReader, most: int) -> bytes:
    kept = b""
    while chunk := await stream.read(4096):
        kept = (kept + chunk)[:most]
    return kept


def _result(code: int | None, out: bytes, err: bytes) -> dict[str, Any]:
    last = err.decode(errors="replace").strip().splitlines()[-1:] or [""]
    if len(out) > MAX_RESULT_BYTES:
        raise IsolationError("oversize", f"the answer is over {MAX_RESULT_BYTES} bytes")
    if code != 0:
        cause = f"ended by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        cause = "used up its CPU time" if code == -signal.SIGXCPU else cause
        raise IsolationError("crashed", f"{cause}: {last[0][:200]}" if last[0] else cause)
    try:
        result = json.loads(out)
    except ValueError:
        raise IsolationError("crashed", "the answer is not JSON") from None
    if not isinstance(result, dict):
        raise IsolationError("crashed", "the answer is not an object")
    return result
