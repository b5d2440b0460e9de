"""Has the room's display show what the plan wants people in the room to see, and only while it wants it.

What is shown was decided and written down before, as a remedy or a backup; this only opens and closes the page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from alerting.model.reason import Reason
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.pages.screen_notice import screen_notice
from monitor.remedies.show_screen import show_screen
from monitor.remedies.whose_session import user_of
from monitor.settings import Configuration
from monitor.settings.model import Web

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
"""Until the display is asked again: its user may be logging in, and a notice of two minutes must still come in time."""

EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""What stands for all addresses → the one by which this machine reaches itself."""

Show = Callable[[str], Awaitable[RemedyOutcome]]
"""(address of the page, "" for closing it) → what came of it."""


class RoomScreen:
    """address: of the page, as this machine reaches it. show: the session part's verb. said: a reason in words."""

    def __init__(self, address: Callable[[], str], show: Show, said: Callable[[Reason], str]) -> None:
        self._address, self._show, self._said = address, show, said
        self._wanted = ""
        self._shown = False
        self._changed = asyncio.Event()

    def look(self, status: Mapping[str, Any]) -> None:
        """Called after everything that may have changed what is to be seen. status: the room's status document."""
        notice = screen_notice(status)
        shows = notice is not None and notice.kind.value in status["screen_shows"] and status["mode"] == "act"
        wanted = notice.kind.value if notice is not None and shows else ""
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    async def loop(self) -> None:
        """Until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if bool(self._wanted) != self._shown:
                await (self._open(self._wanted) if self._wanted else self._close())

    async def _open(self, why: str) -> None:
        outcome = await self._show(self._address())
        self._shown = outcome.ok
        if outcome.ok:
            log.info("the room's display shows its page (%s)", why)
            return
        log.warning("the room's display does not show its page (%s): %s", why, self._said(outcome.detail))
        asyncio.get_running_loop().call_later(RETRY_SECONDS, self._changed.set)

    async def _close(self) -> None:
        """Close the page. It is tried once: a page that cannot be closed ends by itself
        (monitor/user_session/screen.py)."""
        self._shown = False
        outcome = await self._show("")
        log.info("the room's display is free again: %s", "closed" if outcome.ok else self._said(outcome.detail))


def screen_address(web: Web, port: int) -> str:
    """How a browser on this machine reaches the screen's page. A certificate is of the public name."""
    if web.tls_certificate and web.public_url:
        return web.public_url.rstrip("/") + "/screen"
    host = EVERYWHERE.get(web.listen, web.listen)
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if web.tls_certificate else 'http'}://{host}:{port}/screen"


def room_screen(
    configuration: Callable[[], Configuration], port: Callable[[], int], said: Callable[[Reason], str]
) -> RoomScreen:
    """The screen of this machine. port: at which the pages are served."""

    async def show(link: str) -> RemedyOutcome:
        return await show_screen(link, user_of(configuration(), "screen", ""))

    return RoomScreen(lambda: screen_address(configuration().settings.web, port()), show, said)
