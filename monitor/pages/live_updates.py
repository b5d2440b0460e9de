"""Tells open pages that something changed. Costs nothing while no page is open, and little while nothing happens."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
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
"""Seconds between signs of life in a stream: proxies close what is silent for a minute, and an open page takes it for
dead then."""


def fingerprint(status: Mapping[str, Any]) -> Hashable:
    """What makes a page worth a new look. Readings alone do not: they change with every run."""
    checks = tuple((one["check"], one["target"], one["state"]) for one in status["checks"])
    incidents = tuple(
        (
            *(one["number"], one["phase"], one["severity"], one["taken_by"], one["confirmed_by"], len(one["faults"])),
            tuple((person["name"], person["state"]) for person in one.get("told", ())),
            tuple(remedy["state"] for remedy in one.get("remedies", ())),
            (one.get("backup") or {}).get("state"),
        )
        for one in status["incidents"]
    )
    asked = asks_for_feedback(status) > 0
    return (checks, incidents, status["meeting"]["running"], asked, status["nobody_reachable"], status["mode"])


def mark_of(status: Mapping[str, Any]) -> str:
    """What a page carries to its stream, so that it hears at once of what happened between the two."""
    return _mark(fingerprint(status))


def _mark(seen: Hashable) -> str:
    return f"{zlib.crc32(repr(seen).encode()):08x}"


def _event(kind: str, mark: str) -> bytes:
    """The browser sends the mark of the last one when it comes back."""
    return f"event: {kind}\nid: {mark}\ndata: 1\n\n".encode()


class News:
    """The streams of one room. ``look`` is called after everything that may have changed it."""

    def __init__(self, status: Callable[[], Mapping[str, Any]]) -> None:
        self._status = status
        self._last: Hashable = None
        self._changed = asyncio.Event()
        self._ended = 0
        self._open: list[web.Request] = []

    @property
    def streams(self) -> int:
        """Of readers who are still there, as far as the network says."""
        return sum(not _gone(one) for one in self._open)

    def look(self) -> None:
        if not self._open:
            return
        seen = fingerprint(self._status())
        if seen != self._last:
            self._last = seen
            self._wake()

    def end(self) -> None:
        """Let all go: the server stops, and would wait for each until its next sign of life."""
        self._ended += 1
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events until the reader goes. 503 where too many are open: the page then reloads by itself."""
        if self.streams >= MOST_STREAMS or not request.get(BECOME_STREAM, lambda: True)():
            return web.Response(status=503, headers={"Retry-After": "30"})
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        try:
            await answer.prepare(request)
        except ConnectionError:  # gone before it began
            return answer
        self._open.append(request)
        self.look()
        waiting, now, ended = self._changed, _mark(self._last), self._ended
        seen = request.headers.get("Last-Event-ID", "") or request.query.get("seen", "")
        try:
            await answer.write(b"retry: 5000\n" + _event("news" if seen and seen != now else "here", now))
            while True:
                kind = "news"
                try:
                    async with asyncio.timeout(KEEP_ALIVE):
                        await waiting.wait()
                except TimeoutError:
                    kind = "here"
                waiting = self._changed  # before it is written: what happens meanwhile is news again
                await answer.write(_event(kind, _mark(self._last)))
                if _gone(request) or ended != self._ended:
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._open.remove(request)
        with contextlib.suppress(ConnectionError):
            await answer.write_eof()
        return answer


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
