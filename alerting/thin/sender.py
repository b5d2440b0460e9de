"""The daemon's side of the sending child: starts it warm, feeds it lines, ends it when idle or hung."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections.abc import Sequence

from alerting.thin.outbound import Outcome, OutgoingMessage, SendResult

log = logging.getLogger(__name__)

ANSWER_SECONDS = 25.0
"""The child's own limit is 15 s a message; one that says nothing for longer hangs and is replaced."""

IDLE_SECONDS = 300.0
"""A warm child holds about 45 MiB: kept while an incident is fresh, let go in a quiet room."""


class ChildSender:
    """Implements Outbound. Every failure of the child is a temporary result, never an exception."""

    def __init__(self, *, python: str = sys.executable, idle_seconds: float = IDLE_SECONDS) -> None:
        self._python = python
        self._idle_seconds = idle_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[str, asyncio.Future[SendResult]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._idler: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._used = 0.0

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def warm(self) -> None:
        """Start the child ahead of need."""
        self._used = time.monotonic()
        async with self._starting:
            if self.pid is not None:
                return
            self._process = await asyncio.create_subprocess_exec(
                self._python,
                "-m",
                "alerting.thin.sender_child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            self._reader = asyncio.create_task(self._read(self._process))
            if self._idler is None or self._idler.done():
                self._idler = asyncio.create_task(self._let_go_when_idle())

    async def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        return await asyncio.gather(*(self._send_one(message) for message in messages))

    async def _send_one(self, message: OutgoingMessage) -> SendResult:
        try:
            await self.warm()
        except OSError as error:
            return SendResult(key=message.key, outcome=Outcome.TEMPORARY, detail=f"no sender: {error.strerror}")
        process = self._process
        assert process is not None
        assert process.stdin is not None
        future: asyncio.Future[SendResult] = asyncio.get_running_loop().create_future()
        self._waiting[message.key] = future
        line = json.dumps({"key": message.key, "url": message.url, "title": message.title, "body": message.body})
        try:
            process.stdin.write(line.encode() + b"\n")
            await process.stdin.drain()
            return await asyncio.wait_for(future, ANSWER_SECONDS)
        except TimeoutError:
            self._kill()
            return SendResult(key=message.key, outcome=Outcome.TEMPORARY, detail="the sender gave no answer in time")
        except OSError:
            return SendResult(key=message.key, outcome=Outcome.TEMPORARY, detail="the sender ended")
        finally:
            self._waiting.pop(message.key, None)
            self._used = time.monotonic()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            try:
                answer = json.loads(line)
            except ValueError:
                continue
            future = self._waiting.get(str(answer.get("key")))
            if future is not None and not future.done():
                future.set_result(
                    SendResult(key=answer["key"], outcome=Outcome(answer["outcome"]), detail=answer["detail"])
                )
        await process.wait()
        if process is self._process:
            for key, future in list(self._waiting.items()):
                if not future.done():
                    detail = f"the sender ended with {process.returncode}"
                    future.set_result(SendResult(key=key, outcome=Outcome.TEMPORARY, detail=detail))

    async def _let_go_when_idle(self) -> None:
        while self.pid is not None:
            left = self._used + self._idle_seconds - time.monotonic()
            if left <= 0 and not self._waiting:
                self._kill()
                return
            await asyncio.sleep(max(1.0, left))

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        self._kill()
        tasks = [task for task in (self._reader, self._idler) if task is not None]
        if self._process is not None:
            await self._process.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
