"""Tells a dead-man's switch outside that this room is watched, only while it truly is. Does not follow redirects.

The switch (healthchecks, Uptime Kuma, Cronitor, Better Stack ...) alarms when the beats stop: no power, no network,
a hung monitor.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aiohttp

from monitor.settings import Heartbeat

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
"""The services themselves ask for ten seconds; a slower answer is a failed beat and the next one comes soon."""


LONGEST_ANSWER = 2048
"""Bytes of an answer that are looked at: the switches' own have fifty."""


@dataclass(slots=True)
class HeartbeatFigures:
    """sent, failed: since the start. last: Unix time of the last beat that was accepted, 0 before the first."""

    sent: int = 0
    failed: int = 0
    last: float = 0.0
    problem: str = ""


class Heartbeats:
    """One beat for each configured switch. healthy: "" while the room is watched, else why not."""

    def __init__(self, switches: Callable[[], Mapping[str, Heartbeat]], healthy: Callable[[], str]) -> None:
        self._switches, self._healthy = switches, healthy
        self.figures: dict[str, HeartbeatFigures] = {}
        self._held = ""

    async def loop(self) -> None:
        """Until cancelled; each switch at its own pace."""
        due: dict[str, float] = {}
        while True:
            now = time.monotonic()
            switches = dict(self._switches())
            for name in [name for name in self.figures if name not in switches]:
                del self.figures[name]
            late = [name for name in switches if due.get(name, 0.0) <= now]
            why = self._healthy()
            if why != self._held and switches:
                if why:
                    log.error("the heartbeat is held back: %s", why)
                else:
                    log.info("the heartbeat goes on")
            self._held = why
            if not why:
                await asyncio.gather(*(self.beat(name, switches[name]) for name in late))
            for name in late:
                due[name] = now + switches[name].interval
            nearest = min((due[name] for name in switches if name in due), default=now + 60.0)
            await asyncio.sleep(min(60.0, max(0.5, nearest - time.monotonic())))

    async def beat(self, name: str, switch: Heartbeat) -> bool:
        """One beat; False when it was not accepted."""
        return await self._send(name, switch, "", "")

    async def fail(self, text: str) -> None:
        """Say at once that something is wrong, where the switch knows how."""
        await asyncio.gather(
            *(self._send(name, one, one.on_failure, text) for name, one in self._switches().items() if one.on_failure)
        )

    async def shut_down(self, text: str) -> None:
        """Announce an orderly end, where the switch knows how: no alarm for a computer that was switched off."""
        await asyncio.gather(
            *(self._send(name, one, one.on_shutdown, text) for name, one in self._switches().items() if one.on_shutdown)
        )

    async def _send(self, name: str, switch: Heartbeat, convention: str, text: str) -> bool:
        figures = self.figures.setdefault(name, HeartbeatFigures())
        try:
            url = _address(switch.url.reveal(), convention)
            headers = {key: value.reveal() for key, value in switch.headers.items()}
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
                session.request(
                    switch.method, url, data=text or None if switch.method == "POST" else None, allow_redirects=False
                ) as answer,
            ):
                problem = "" if answer.status < 300 else f"the switch answers {answer.status}"
                problem = problem or _denied(await answer.content.read(LONGEST_ANSWER))
        except LookupError as error:
            problem = str(error)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            problem = f"no answer ({type(error).__name__})"
        if problem:
            figures.failed += 1
            if problem != figures.problem:
                log.warning("heartbeat %s: %s; tried again at the next beat", name, problem)
        else:
            figures.sent += 1
            figures.last = time.time()
        figures.problem = problem
        return not problem


def _denied(body: bytes) -> str:
    """Why an answer of success is no acceptance: a switch that says so itself, or a page that is none of its own."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:500].lower().startswith((b"<!doctype html", b"<html")):
        return "the switch answers with a web page: a login page in the way?"
    try:
        said = json.loads(start) if start.startswith(b"{") else None
    except (ValueError, RecursionError):
        return ""
    if isinstance(said, dict) and (said.get("ok") is False or said.get("success") is False or said.get("error")):
        return "the switch answers that it did not take it"
    return ""


def _address(url: str, convention: str) -> str:
    """The beat's own address, one with a path added before its query ("/fail"), or another one altogether."""
    if not convention or "://" in convention:
        return convention or url
    if convention.startswith("?"):
        return url.partition("?")[0] + convention
    path, mark, query = url.partition("?")
    return path.rstrip("/") + "/" + convention.lstrip("/") + mark + query
