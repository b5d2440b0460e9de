"""Starts the children that are asked for at the same time with one interpreter and one numpy between them.

A look at the camera and one at the microphone cost 0.2 CPU-s each, half of it for starting: a fork server that lives as
long as its children pays for that once. Refuses to wait for a child, to judge its answer, and to serve a second time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SERVE = "import probes.isolated, probes.fork_server as server; server.serve()"
"""Its command line is its children's too, and has in it by what the meeting's signs know a capture of ours."""


class Forked:
    """A child of the fork server's, as isolate.py knows asyncio's processes. Its argument it has from its birth."""

    stdin = None

    def __init__(self) -> None:
        self.pid = 0
        self.returncode: int | None = None
        self.stdout = asyncio.StreamReader()
        self.stderr = asyncio.StreamReader()
        self._transports: list[asyncio.BaseTransport] = []
        self._ended = asyncio.Event()

    async def attach(self, out: int, err: int) -> None:
        """Read from the pipes' ends, which are this object's from here on."""
        loop = asyncio.get_running_loop()
        for reader, descriptor in ((self.stdout, out), (self.stderr, err)):
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await loop.connect_read_pipe(lambda protocol=protocol: protocol, os.fdopen(descriptor, "rb"))  # type: ignore[misc]
            self._transports.append(transport)

    def close(self) -> None:
        """Nothing more is read."""
        for transport in self._transports:
            transport.close()

    def end(self, code: int) -> None:
        """The server says that it has ended, or is gone itself."""
        if self.returncode is None:
            self.returncode = code
        self._ended.set()

    async def wait(self) -> int:
        """Its exit code, once the server has told it; -N by signal N."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode


@dataclass(eq=False)
class Job:
    """What one caller wants to have run. started: the child, or None where the server could not start it and the caller
    has to do it by itself."""

    key: str
    function: str
    limits: str
    argument: Mapping[str, Any]
    environment: Mapping[str, str]
    started: asyncio.Future[Forked | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def answer(self, child: Forked | None) -> None:
        """Answer the caller, if it still waits; a child that nobody waits for any more is killed."""
        if not self.started.done():
            self.started.set_result(child)
        elif child is not None:
            os.kill(child.pid, signal.SIGKILL)
            child.close()


async def start_together(python: str, jobs: list[Job], environment: Mapping[str, str], seconds: float) -> None:
    """Start a server for the jobs and listen to it until it ends. seconds: it has for starting them all."""
    children, given, inherited = [Forked() for _ in jobs], [], []
    for job, child in zip(jobs, children, strict=True):
        (out, job_out), (err, job_err) = os.pipe(), os.pipe()
        inherited += [job_out, job_err]
        await child.attach(out, err)
        given.append(
            {"function": job.function, "limits": job.limits, "argument": job.argument, "out": job_out, "err": job_err,
             "environment": dict(job.environment)}
        )  # fmt: skip
    server = None
    try:
        pipe = asyncio.subprocess.PIPE
        server = await asyncio.create_subprocess_exec(
            python, "-c", SERVE, stdin=pipe, stdout=pipe, pass_fds=inherited, start_new_session=True, env=environment
        )  # fmt: skip
        for descriptor in inherited:
            os.close(descriptor)
        inherited.clear()
        assert server.stdin is not None
        server.stdin.write(json.dumps(given).encode())
        server.stdin.close()
        with contextlib.suppress(TimeoutError):
            await _listen(server, jobs, children, seconds)
    finally:
        for descriptor in inherited:
            os.close(descriptor)
        if server is not None and server.returncode is None:
            os.kill(server.pid, signal.SIGKILL)  # its children go with it
            await server.wait()
        for job, child in zip(jobs, children, strict=True):
            child.end(-signal.SIGKILL)
            if not child.pid:
                job.answer(None)
                child.close()


async def _listen(server: asyncio.subprocess.Process, jobs: list[Job], children: list[Forked], seconds: float) -> None:
    assert server.stdout is not None
    async with asyncio.timeout(seconds) as limit:
        while line := await server.stdout.readline():
            number, what, value = line.split()
            child = children[int(number)]
            if what == b"pid":
                child.pid = int(value)
                jobs[int(number)].answer(child)
                if all(one.pid for one in children):
                    limit.reschedule(None)
            else:
                child.end(int(value))
    await server.wait()
