"""Run a blocking piece of work in a child process with a deadline and limits; only small JSON numbers come back.

The parent never waits for a child that the kernel will not let go: it is abandoned, counted, and its key
(the device) is refused until it has gone. A result over 4 KiB is an error, so that no picture or sound can cross.
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
from pathlib import Path
from typing import Any

from probes.child.process_end import kill

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

KILL_GRACE_SECONDS = 1.0
"""A process that SIGKILL has not ended in this time sits in the kernel (a hung driver) and is abandoned."""


BY_ANOTHER = (-signal.SIGKILL, -signal.SIGTERM)
"""How a child ends that the kernel takes for its memory, or that a person ends."""


class IsolationError(Exception):
    """The child gave no usable answer. kind: "start", "deadline", "abandoned", "crashed", "killed", "refused",
    "oversize". broke: it is not the device nor anybody who ended it, but what our code met there."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.broke = kind in ("crashed", "oversize")


@dataclass
class Isolation:
    """Starts children, remembers the abandoned ones. One for a daemon; keys are devices or probe names."""

    python: str = sys.executable
    abandoned: dict[str, int] = field(default_factory=dict)
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    unwanted: set[str] = field(default_factory=set)
    started_total: int = 0
    abandoned_total: int = 0

    def blocked(self, key: str) -> bool:
        """True while an abandoned child still sits on the key's device."""
        pid = self.abandoned.get(key)
        if pid is None:
            return False
        if not _alive(pid):
            del self.abandoned[key]
            return False
        return True

    def stuck(self) -> dict[str, int]:
        """Key → process id of each abandoned child that the kernel still has not let go."""
        return {key: pid for key, pid in list(self.abandoned.items()) if self.blocked(key)}

    def kill(self, key: str, grace: float = 0.0) -> None:
        """End the key's child (somebody wants the device), this very one, if it has not gone by itself in ``grace``
        seconds; one that is being started ends before it begins."""
        process = self.running.get(key)
        if process is None:
            self.unwanted |= {key} & self.asked
        elif grace > 0.0:
            asyncio.get_running_loop().call_later(grace, kill, process)
        else:
            kill(process)

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
    ) -> dict[str, Any]:
        """Call ``package.module:function(argument)`` in a child and return its dict.

        deadline: wall seconds for the call itself, once the module is imported (for which START_SECONDS are given);
        cpu_seconds, for the call too, and memory_bytes are kernel limits in the child. A module may have
        ``prepare()`` for what takes time and touches no device. Raises IsolationError. Cancelling kills the child.
        """
        if self.blocked(key):
            raise IsolationError("abandoned", f"a hung child (pid {self.abandoned[key]}) still holds {key}")
        if key in self.asked:
            raise IsolationError("refused", f"a child for {key} is still running")
        self.asked.add(key)  # starting a child takes time too, and a device bears only one
        try:
            command = (*command_prefix, self.python, "-P", "-c", START, function, f"{cpu_seconds},{memory_bytes}")
            process = await _start(command, {**os.environ, **CHILD_ENVIRONMENT, **(environment or {})})
            self.started_total += 1
            self.running[key] = process
            return await self._run(process, json.dumps(argument).encode(), key, deadline)
        finally:
            self.running.pop(key, None)
            self.unwanted.discard(key)
            self.asked.discard(key)

    async def _run(
        self, process: asyncio.subprocess.Process, argument: bytes, key: str, deadline: float
    ) -> dict[str, Any]:
        begun = False
        try:
            if key in self.unwanted:
                raise IsolationError("refused", f"somebody wants {key}")
            async with asyncio.timeout(START_SECONDS):
                await _begin(process, argument)
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
        return _result(process.returncode, out, err)

    async def _end(self, key: str, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        try:
            async with asyncio.timeout(KILL_GRACE_SECONDS):
                await process.wait()
        except TimeoutError:
            self.abandoned[key] = process.pid
            self.abandoned_total += 1


def _alive(pid: int) -> bool:
    """False for a zombie too: it holds nothing any more."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in (b"X", b"Z")


async def _start(command: tuple[str, ...], environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, env=environment
        )
    except OSError as error:
        raise IsolationError("start", f"no process can be started: {error.strerror or error}") from None


async def _begin(process: asyncio.subprocess.Process, argument: bytes) -> None:
    """Hand over the argument and wait for the child's first byte, or for its end."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(argument)
        await process.stdin.drain()
    process.stdin.close()
    await process.stdout.read(1)


async def _rest(process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
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
        kind = "killed" if code in BY_ANOTHER else "crashed"
        raise IsolationError(kind, f"{cause}: {last[0][:200]}" if last[0] else cause)
    try:
        result = json.loads(out)
    except ValueError:
        raise IsolationError("crashed", "the answer is not JSON") from None
    if not isinstance(result, dict):
        raise IsolationError("crashed", "the answer is not an object")
    return result
