"""Listens for acknowledgements on ntfy topics: one HTTP stream of JSON lines, opened from here. Refuses old ones."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from alerting.inbound.answer import Answer, Senders
from alerting.inbound.parse import parse_text

log = logging.getLogger(__name__)

SILENCE_SECONDS = 120.0
"""An ntfy server sends a keepalive every 45 s by default: after two and a half of them the stream is dead."""

RECONNECT_SECONDS = (1.0, 5.0, 15.0, 60.0)


class NtfyListener:
    """One stream for all topics; reconnects by itself and asks for what it missed. token: bearer token, "" for none."""

    def __init__(self, server: str, senders: Senders, received: Callable[[Answer], None], *, token: str = "") -> None:
        self._address = f"{server.rstrip('/')}/{','.join(senders.topics)}/json"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._senders = senders
        self._received = received
        self._task: asyncio.Task[None] | None = None
        self._last_id = ""
        self.listening = asyncio.Event()
        self.problem = ""

    def hears(self, topic: str) -> bool:
        """True while an acknowledgement on that topic would arrive."""
        return self.listening.is_set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=SILENCE_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session:
            while True:
                try:
                    await self._listen(session)
                    failures = 0
                except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                    if self.listening.is_set() or not failures:
                        log.warning("the ntfy stream broke (%s) and is opened again", type(error).__name__)
                    failures += 1
                self.listening.clear()
                await asyncio.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])

    async def _listen(self, session: aiohttp.ClientSession) -> None:
        missed = {"since": self._last_id} if self._last_id else {}
        async with session.get(self._address, params=missed, raise_for_status=True, allow_redirects=False) as stream:
            async for line in stream.content:
                event: Any = json.loads(line)
                if isinstance(event, dict):
                    self._take(event)

    def _take(self, event: Mapping[str, Any]) -> None:
        if event.get("event") == "open":
            self.listening.set()
        if event.get("event") != "message":
            return
        self._last_id = str(event.get("id", ""))
        command = parse_text(str(event.get("message", "")))
        answer = None if command is None else self._senders.by_topic(str(event.get("topic", "")), command, "ntfy")
        if answer is not None:
            self._received(answer)
