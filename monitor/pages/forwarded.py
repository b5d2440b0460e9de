"""Whose request a proxy hands on: limits, lock-outs and the record count by the reader's own address."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from monitor.pages.participant_report import inside

HEADER = "X-Forwarded-For"
MOST_HOPS = 10
"""Addresses of one request that are looked at: an organisation has one or two proxies in a row."""


def asking(peer: str, said: Sequence[str], proxies: Sequence[str]) -> str:
    """The address of who asks. peer: of the connection. said: what the header lists, the nearest last; whoever asks may
    have written its beginning, so that only what a known proxy added counts. "" where it is no address."""
    found = peer
    for one in reversed(said[-MOST_HOPS:]):
        if not inside(found, proxies):
            break
        found = one
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return ""


class ForwardedFor:
    """proxies: addresses and networks whose word counts; asked anew each time, because a reload replaces them."""

    def __init__(self, proxies: Callable[[], Sequence[str]]) -> None:
        self._proxies = proxies

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        proxies = self._proxies()
        if proxies and HEADER in request.headers and inside(request.remote or "", proxies):
            said = [one.strip() for line in request.headers.getall(HEADER) for one in line.split(",")]
            request = request.clone(remote=asking(request.remote or "", said, proxies))
        return await handler(request)
