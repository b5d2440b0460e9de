"""Tells open pages that something changed. Costs nothing while no page is open, and little while nothing happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from aiohttp import web

from monitor.pages.screen_notice import asks_for_feedback

MOST_STREAMS = 200
"""Open at once: a floor of phones after a power cut. One costs a socket and a few KiB."""

BECOME_STREAM: web.RequestKey[Callable[[], bool]] = web.RequestKey("become_stream")
"""Under this key of a request the server says how its connection becomes a stream: () → bool, False where its peer has
too many already."""

KEEP_ALIVE = 25.0
"""Seconds between comments in a stream: proxies close what is silent for a minute."""


def fingerprint(status: Mapping[str, Any]) -> Hashable:
    """What makes a page worth a new look. Readings alone do not: they change with every run."""
    checks = tuple((one["check"], one["target"], one["state"]) for one in status["checks"])
    incidents = tuple(
        (
            *(one["number"], one["phase"], one["severity"], one["taken_by"], one["confirmed_by"], len(one["faults"])),
            tuple(remedy["state"] for remedy in one.get("remedies", ())),
            (one.get("backup") or {}).get("state"),
        )
        for one in status["incidents"]
    )
    asked = asks_for_feedback(status) > 0
    return (checks, incidents, status["meeting"]["running"], asked, status["nobody_reachable"], status["mode"])


class News:
    """The streams of one room. ``look`` is called after everything that may have changed it."""

    def __init__(self, status: Callable[[], Mapping[str, Any]]) -> None:
        self._status = status
        self._last: Hashable = None
        self._changed = asyncio.Event()
        self.streams = 0

    def look(self) -> None:
        if self.streams == 0:
            return
        seen = fingerprint(self._status())
        if seen != self._last:
            self._last = seen
            self._changed.set()
            self._changed = asyncio.Event()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events until the reader goes. 503 where too many are open: the page then reloads by itself."""
        if self.streams >= MOST_STREAMS or not request.get(BECOME_STREAM, lambda: True)():
            return web.Response(status=503, headers={"Retry-After": "30"})
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        await answer.prepare(request)
        if self.streams == 0:
            self._last = fingerprint(self._status())
        self.streams += 1
        try:
            await answer.write(b"retry: 5000\n\n")
            while True:
                waiting = self._changed
                try:
                    await asyncio.wait_for(waiting.wait(), KEEP_ALIVE)
                    await answer.write(b"event: news\ndata: 1\n\n")
                except TimeoutError:
                    await answer.write(b": here\n\n")
                if request.transport is None or request.transport.is_closing():
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.streams -= 1
        with contextlib.suppress(ConnectionError):
            await answer.write_eof()
        return answer
