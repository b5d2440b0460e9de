"""Starts the children that are asked for at the same time with one interpreter and one numpy between them.

A look at the camera and one at the microphone cost 0.2 CPU-s each, half of it for starting: a fork server that lives as
long as its children pays for that once. Refuses to wait for a child, to judge its answer, and to serve a second time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probes.child.ending import kill

log = logging.getLogger(__name__)

SERVE = "import probes.child.isolated, probes.child.fork_server as server; server.serve()"
"""Its command line is its children's too, and has in it by what the meeting's signs know a capture of ours."""


LEFT_SECONDS = 1.0
"""SIGKILL has ended the children of a server that is gone in this time, or they sit in the kernel."""


def alive(pid: int) -> bool:
    """False for a zombie too: it holds nothing any more."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in (b"X", b"Z")


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

    async def attach(self, reader: asyncio.StreamReader, descriptor: int) -> None:
        """Let the reader read from a pipe's end, which is this object's from here on."""
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(descriptor, "rb"))
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
    child: Forked | None = None
    unwanted: bool = False

    def answer(self, child: Forked | None) -> None:
        """Answer the caller, if it still waits; a child that nobody waits for any more is killed."""
        if not self.started.done():
            self.started.set_result(child)
        elif child is not None:
            kill(child)

    def refuse(self) -> None:
        """Nobody wants it any more. A child says that it begins before it opens anything; from now on its pipe has no
        reader, so that it fails in that, even where SIGKILL would come too late or its process id is not known yet."""
        self.unwanted = True
        if self.child is not None:
            if self.child.pid:
                kill(self.child)
            self.child.close()
        if not self.started.done():
            self.started.set_result(None)


async def start_together(python: str, jobs: list[Job], environment: Mapping[str, str], seconds: float) -> None:
    """Start a server for the jobs and listen to it until it ends. seconds: it has for starting them all.

    Raises nothing but cancellation: each caller that is left without a child starts one, or hears why it cannot.
    """
    children: list[Forked] = []
    inherited: list[int] = []
    server = None
    try:
        given = [await _prepared(job, children, inherited) for job in jobs]
        pipe = asyncio.subprocess.PIPE
        server = await asyncio.create_subprocess_exec(
            python, "-c", SERVE, stdin=pipe, stdout=pipe, pass_fds=inherited, start_new_session=True, env=environment
        )  # fmt: skip
        _close(inherited)
        assert server.stdin is not None
        server.stdin.write(json.dumps(given).encode())
        server.stdin.close()
        await _listen(server, jobs, children, seconds)
    except Exception as error:
        log.warning("captures are started one by one: %s: %s", type(error).__name__, error)
    finally:
        _close(inherited)
        if server is not None and server.returncode is None:
            kill(server)  # its children go with it
            await server.wait()
        for child in children:
            if not child.pid:
                child.end(-signal.SIGKILL)
                child.close()
        for job in jobs:
            job.answer(None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEFT_SECONDS):
                await _all_gone(children, 0.02)
    await _all_gone(children, LEFT_SECONDS)


async def _all_gone(children: list[Forked], pause: float) -> None:
    """Where the server was killed nobody tells of its children's ends; a hung driver may hold one of them up.
    pause: seconds between two looks."""
    while left := [child for child in children if child.returncode is None]:
        for child in left:
            if not alive(child.pid):
                child.end(-signal.SIGKILL)
        await asyncio.sleep(pause)


async def _prepared(job: Job, children: list[Forked], inherited: list[int]) -> dict[str, Any]:
    """The job as the server is told of it. Adds its child and the ends of pipes that the server inherits."""
    child = Forked()
    children.append(child)
    job.child = child
    ends = []
    for reader in (child.stdout, child.stderr):
        ours, its = os.pipe()
        inherited.append(its)
        ends.append(its)
        await child.attach(reader, ours)
    if job.unwanted:
        child.close()
    return {"function": job.function, "limits": job.limits, "argument": job.argument, "out": ends[0], "err": ends[1],
            "environment": dict(job.environment)}  # fmt: skip


def _close(descriptors: list[int]) -> None:
    while descriptors:
        os.close(descriptors.pop())


async def _listen(server: asyncio.subprocess.Process, jobs: list[Job], children: list[Forked], seconds: float) -> None:
    assert server.stdout is not None
    begun: set[int] = set()
    async with asyncio.timeout(seconds) as limit:
        while line := await server.stdout.readline():
            text, what, value = line.split()
            number = int(text)
            child = children[number]
            if what == b"pid":
                child.pid = int(value)
                jobs[number].answer(child if child.pid else None)
                begun.add(number)
                if len(begun) == len(jobs):
                    limit.reschedule(None)
            else:
                child.end(int(value))
    await server.wait()
