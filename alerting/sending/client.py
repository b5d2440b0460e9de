"""The daemon's light side of the sending child: starts it warm, feeds it lines, ends it when idle or hung.

Does not raise for a message's sake: whatever happens to the child is a temporary result.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from alerting.child.last_words import LastWords
from alerting.child.process_end import kill
from alerting.configuration import Secret, SecretUnreadable
from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.folders import python_path
from alerting.model.reason import Reason, because
from alerting.plan.gateway import Gateway
from alerting.sending.limits import ANSWER_SECONDS, IDLE_SECONDS, LINE_LIMIT

log = logging.getLogger(__name__)

START = "from alerting.sending.child import main; main()"
"""Not ``-m``: the modules that look for a module to run cost time before the first message."""

ENDED_BY_HAND = frozenset({0, -signal.SIGKILL, -signal.SIGTERM})
"""How a child ends that is no longer wanted: by its pipe, by us, or with its whole group. No word about it where it had
nothing in hand."""


class ChildSender:
    """Implements Outbound. One child at a time; started by the first suspicion or message."""

    def __init__(
        self,
        *,
        python: str = sys.executable,
        idle_seconds: float = IDLE_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        rate_folder: Path | None = None,
        gateways: Mapping[str, Gateway] | None = None,
    ) -> None:
        """gateways: by the name that a channel ``gateway://NAME/RECIPIENT`` uses.

        rate_folder: where all senders of this machine count what each bot sent; the temporary folder when None.
        """
        self._python = python
        self._idle_seconds = idle_seconds
        self._answer_seconds = answer_seconds
        self._rate_folder = rate_folder
        self._gateways = gateways or {}
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[str, asyncio.Future[SendResult]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = asyncio.Lock()
        self._ready = asyncio.Event()
        self._heard = 0.0
        self.restarts = 0
        """Children that hung or died with work in hand, since the start: worth a metric."""

    def use_gateways(self, gateways: Mapping[str, Gateway]) -> None:
        """Take the gateways of another plan, from the next message on."""
        self._gateways = gateways

    @property
    def pid(self) -> int | None:
        """The living child's process id, for the footprint's bookkeeping."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def warm(self) -> None:
        """Start the child ahead of need and return at once; it takes most of a second to load Apprise."""
        self._work_begins()
        with contextlib.suppress(OSError):
            await self._living()

    async def send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        """Results in the order of the rows. Rows for one address keep their order on the wire."""
        return await asyncio.gather(*(self._send_one(row) for row in rows))

    async def close(self) -> None:
        """End the child; what was in its hands comes back as temporary."""
        process = self._process
        self._kill()
        if process is not None:
            await process.wait()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _living(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                self._heard = time.monotonic()
                self._ready.clear()
                self._process = await asyncio.create_subprocess_exec(
                    self._python,
                    "-P",
                    "-c",
                    START,
                    str(os.getpid()),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    limit=LINE_LIMIT,
                    env=self._environment(),
                )
                for work in (self._read(self._process), self._watch(self._process)):
                    task = asyncio.create_task(work)
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
            return self._process

    def _work_begins(self) -> None:
        """The child may be silent from now on again, unless it owes answers: new work must not excuse a hung one."""
        if not self._waiting:
            self._heard = time.monotonic()

    def _environment(self) -> dict[str, str]:
        counts = {} if self._rate_folder is None else {"ROOMWATCH_RATE_FOLDER": str(self._rate_folder)}
        return {**os.environ, "PYTHONPATH": python_path(), **counts}

    async def _send_one(self, row: OutgoingMessage) -> SendResult:
        known = self._waiting.get(row.key)
        if known is not None:
            return await asyncio.shield(known)
        try:
            url = row.url.reveal() if isinstance(row.url, Secret) else row.url
            gateway = self._gateways.get(_gateway_name(url))
            line = _line(row, url, gateway.reveal() if gateway is not None else None)
        except SecretUnreadable as error:
            detail = because("secret_unreadable", place=error.place)
            return SendResult(key=row.key, outcome=Outcome.PERMANENT, detail=detail)
        self._work_begins()
        future: asyncio.Future[SendResult] = asyncio.get_running_loop().create_future()
        self._waiting[row.key] = future
        written = False
        try:
            process = await self._living()
            assert process.stdin is not None
            written = True
            process.stdin.write(line)
            await process.stdin.drain()
        except OSError as error:
            self._waiting.pop(row.key, None)
            reason = error.strerror or type(error).__name__
            return SendResult(
                key=row.key,
                outcome=Outcome.TEMPORARY,
                detail=because("sender_unreachable", detail=reason),
                perhaps_arrived=written,
            )
        try:
            return await future
        finally:
            # Who gave up waiting leaves nothing behind: the next try would wait for an answer that nobody gives.
            if self._waiting.get(row.key) is future:
                del self._waiting[row.key]

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        words = LastWords(process.stderr)
        try:
            await self._answers(process.stdout)
            code = await process.wait()
            why = await words.said()
        finally:
            words.close()
        if self._waiting:
            self.restarts += 1
        if self._waiting or code not in ENDED_BY_HAND:
            log.warning("the sender ended with %s%s, %d messages are tried again", code, why, len(self._waiting))
        for key, future in tuple(self._waiting.items()):
            del self._waiting[key]
            if not future.done():
                ended = because("sender_ended")
                future.set_result(SendResult(key=key, outcome=Outcome.TEMPORARY, detail=ended, perhaps_arrived=True))

    async def _answers(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            self._heard = time.monotonic()
            answer: dict[str, Any] = json.loads(line)
            if answer.get("ready"):
                self._ready.set()
                continue
            future = self._waiting.pop(str(answer["key"]), None)
            if future is not None and not future.done():
                future.set_result(
                    SendResult(
                        key=answer["key"],
                        outcome=Outcome(answer["outcome"]),
                        detail=msgspec.convert(answer["detail"], Reason),
                        retry_after=answer["retry_after"],
                        perhaps_arrived=answer["perhaps_arrived"],
                    )
                )

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """End the child when it hangs over work, or when there was none for long."""
        while process.returncode is None:
            silent = time.monotonic() - self._heard
            limit = self._answer_seconds if self._waiting else self._idle_seconds
            if silent >= limit:
                if self._waiting:
                    log.error("the sender said nothing for %.0f s and is replaced", silent)
                self._kill()
                return
            await asyncio.sleep(max(0.05, min(limit - silent, self._answer_seconds)))

    def _kill(self) -> None:
        if self._process is not None:
            kill(self._process)


def _gateway_name(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return rest.partition("/")[0] if scheme == "gateway" else ""


def _line(row: OutgoingMessage, url: str, gateway: dict[str, Any] | None) -> bytes:
    message = {
        "key": row.key,
        "url": url,
        "title": row.title,
        "body": row.body,
        "short": row.short,
        "attachments": list(row.attachments),
        "type": row.type,
        "gateway": gateway,
    }
    return json.dumps(message).encode() + b"\n"
