"""By which names the pages may be asked for: another site that lets its name lead here reads and sends nothing."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

from aiohttp import web

from monitor.pages.frame import PageFrame
from monitor.pages.rendering import choose_language

UNDER_ANY = ("/metrics", "/healthz", "/readyz", "/api/v1/", "/static/")
"""Asked by programs, by whatever name they know; what they give says nothing of people, or needs a token."""
MISDIRECTED = 421


def own_name(host: str, own: Collection[str]) -> bool:
    """Whether a Host header names this machine. Addresses and names without a dot lead nowhere else: nobody outside the
    building can let such a name lead here. own: names with dots that are this machine's."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:  # a bracket that nothing closes
        return False
    if "." not in name and ":" not in name:
        return bool(name)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.endswith((".local", ".localhost")) or name in own
    return True


class OwnNames:
    """hosts: names that the configuration adds to this machine's own and to that of the public address."""

    def __init__(self, frame: PageFrame, hosts: Callable[[], Collection[str]]) -> None:
        self._frame, self._hosts = frame, hosts

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        public = urlsplit(self._frame.public_url()).hostname or ""
        own = {socket.gethostname().lower(), public, *(one.lower() for one in self._hosts())}
        named = request.headers.get("Host")  # no browser leaves it out; aiohttp would look the machine's name up for it
        if named is None or request.path.startswith(UNDER_ANY) or own_name(named, own):
            return await handler(request)
        words = choose_language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
        head, sentence = (words.text(f"pages.problem.wrong_host{part}") for part in ("", "_sentence"))
        return self._frame.problem(request, words, MISDIRECTED, head, sentence)
