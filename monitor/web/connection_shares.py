"""Who is let in from the network: shares by peer, places kept for scrapers, and who only waits gives way.

A connection costs a file that the alarm's own way out may need, and nobody may take them all.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from monitor.pages.live_updates import BECOME_STREAM

MOST_CONNECTIONS = 64
"""Open at once from the network: a few scrapers and browsers (systemd gives a service 1,024 files). Event streams of
open pages are apart: each room bounds them by itself."""

KEPT = 16
"""Places that are kept for this machine and for the scrapers that ``web.scrapers`` names: each uses one or two."""

SHARE = 16
"""The most connections of one peer: a browser opens six to a host."""

STREAM_SHARE = 24
"""Event streams of one peer, a page each: nobody takes those of all phones. This machine's own have no share, for a
proxy on it speaks for everybody."""

AT_ONCE = 512
"""At the very most, for a moment: half of the files that systemd gives."""

GRACE_SECONDS = 2.0
"""For a request to come, from a busy machine too. Who has waited longer gives way where there are too many."""

STUCK_SECONDS = 10.0
"""A request is answered in milliseconds. One that is still being answered waits for a client that does not read."""

FIRST_SECONDS = 60.0
"""For the first whole request of a connection: a phone at the edge of its network takes some seconds."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class _Open:
    """One connection. since: when it last began or ended a request, of a monotonic clock. stream: it waits for news of
    an open page, and takes no place of others. asked: it has sent a whole request."""

    transport: asyncio.Transport
    peer: str
    kept: bool
    busy: bool = False
    stream: bool = False
    asked: bool = False
    since: float = field(default_factory=time.monotonic)


class Admission:
    """Makes the protocols of a listening server."""

    def __init__(self, server: Callable[[], asyncio.BaseProtocol], scrapers: Callable[[], Sequence[str]]) -> None:
        """scrapers: addresses and networks that have kept places beside this machine's own."""
        self._server, self._scrapers = server, scrapers
        self._open: dict[asyncio.BaseTransport, _Open] = {}
        self._trimming: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.TimerHandle | None = None

    def __call__(self) -> asyncio.Protocol:
        return _Door(self)

    def connected(self, transport: asyncio.Transport) -> None:
        """Hand a new connection to the server. Soon afterwards those that only wait are ended where they are too many;
        at once would also end the one whose request is on its way."""
        self._forget_closed()
        if len(self._open) >= AT_ONCE and not self._end(self._placed, 1, 0.0):
            transport.abort()
            return
        self._open[transport] = _Open(transport, *self._who(transport))
        protocol = self._server()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(FIRST_SECONDS / 2, self._sweep)
        if self._trimming is None and self._crowded():
            self._trimming = asyncio.get_running_loop().call_later(GRACE_SECONDS, self.trim)

    def _sweep(self) -> None:
        """End each connection whose first request has not come in all that time."""
        self._sweeping = None
        self._forget_closed()
        for one in self._open.values():
            if not one.asked and time.monotonic() - one.since > FIRST_SECONDS:
                one.transport.abort()
        if self._open:
            self._sweeping = asyncio.get_running_loop().call_later(FIRST_SECONDS / 2, self._sweep)

    def trim(self) -> None:
        """End those that wait too long where there are too many."""
        self._trimming = None
        self._forget_closed()
        for peer, count in Counter(one.peer for one in self._placed).items():
            self._end([one for one in self._placed if one.peer == peer], count - SHARE, GRACE_SECONDS)
        crowd = [one for one in self._placed if not one.kept]
        self._end(crowd, len(crowd) - (MOST_CONNECTIONS - KEPT), GRACE_SECONDS)
        self._end(self._placed, len(self._placed) - MOST_CONNECTIONS, GRACE_SECONDS)
        if self._crowded():
            self._trimming = asyncio.get_running_loop().call_later(GRACE_SECONDS / 4, self.trim)

    @property
    def _placed(self) -> list[_Open]:
        """Those that share the places."""
        return [one for one in self._open.values() if not one.stream]

    def _crowded(self) -> bool:
        everybody = self._placed
        most = max(Counter(one.peer for one in everybody).values(), default=0)
        crowd = sum(not one.kept for one in everybody)
        return most > SHARE or crowd > MOST_CONNECTIONS - KEPT or len(everybody) > MOST_CONNECTIONS

    def _end(self, rivals: Iterable[_Open], too_many: int, grace: float) -> int:
        """End so many of them, or as many as have waited for more than ``grace`` seconds: the oldest of the peer with
        the most connections first. Those that have a request in hand are left alone."""
        if too_many <= 0:
            return 0
        now, rank, ranked = time.monotonic(), Counter[str](), []
        for one in sorted(rivals, key=lambda one: -one.since):
            rank[one.peer] += 1
            ranked.append((rank[one.peer], now - one.since, one))
        waiting = [entry for entry in ranked if entry[1] > (STUCK_SECONDS if entry[2].busy else grace)]
        waiting.sort(key=lambda entry: entry[:2], reverse=True)
        for _, _, one in waiting[:too_many]:
            one.transport.abort()
            del self._open[one.transport]
        return min(len(waiting), too_many)

    def _forget_closed(self) -> None:
        self._open = {key: one for key, one in self._open.items() if not key.is_closing()}

    def _who(self, transport: asyncio.Transport) -> tuple[str, bool]:
        """Which peer, and whether places are kept for it. A host with IPv6 has a whole /64 of addresses."""
        address: Address = ipaddress.ip_address(transport.get_extra_info("peername")[0].partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        kept = address.is_loopback or any(address in one for one in _networks(tuple(self._scrapers())))
        return str(ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address), kept

    @web.middleware
    async def mark(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Know which connections have a request in hand."""
        one = self._open.get(request.transport) if request.transport is not None else None
        if one is None:
            return await handler(request)
        one.busy, one.asked, one.since = True, True, time.monotonic()
        request[BECOME_STREAM] = lambda: self._become_stream(one)
        try:
            return await handler(request)
        finally:
            one.busy, one.stream, one.since = False, False, time.monotonic()

    def _become_stream(self, one: _Open) -> bool:
        self._forget_closed()
        streams = sum(other.stream and other.peer == one.peer for other in self._open.values())
        one.stream = one.kept or streams < STREAM_SHARE
        return one.stream


class _Door(asyncio.Protocol):
    """Stands for a connection until it is known whose it is."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._admission.connected(transport)


@functools.lru_cache(maxsize=4)
def _networks(written: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(one, strict=False) for one in written)
