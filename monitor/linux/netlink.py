"""Kernel events of links, addresses and routes, as (kind, interface) calls on the event loop. Linux only.

Owns the AF_NETLINK listener.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import struct
from collections.abc import Callable

from probes.linux import rtnetlink

log = logging.getLogger(__name__)

Heard = Callable[[str, str], None]
"""(kind, interface): kind is "link-up", "link-down", "link-gone", "address", "route" or "overrun"."""

GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
"""RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE of linux/rtnetlink.h."""

MOST_A_TURN = 64
"""Datagrams read in one turn of the loop: a route storm must not starve the rest of the daemon."""

_ROUTE_MAIN_TABLES = (0, 253, 254)
"""unspecified, default, main: the local table changes with every address and says nothing new."""


class NetlinkListener:
    """Listens from ``start`` to ``close``. Renewals (same address again) and unchanged links are not reported."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._socket: socket.socket | None = None
        self._names: dict[int, str] = {}
        self._carrier: dict[int, bool] = {}
        self._addresses: set[tuple[int, str]] = set()

    def start(self) -> None:
        """Begin to listen on the running event loop. Raises OSError where the kernel has no rtnetlink."""
        listening = socket.socket(
            socket.AF_NETLINK,
            socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC,
            socket.NETLINK_ROUTE,
        )
        listening.bind((0, GROUPS))
        self._socket = listening
        self._learn()
        asyncio.get_running_loop().add_reader(listening, self._read)

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _learn(self) -> None:
        links = rtnetlink.interfaces()
        self._names = {link.index: link.name for link in links}
        self._carrier = {link.index: link.carrier for link in links}
        self._addresses = {(one.index, str(one.address)) for one in rtnetlink.addresses()}

    def _read(self) -> None:
        assert self._socket is not None
        for _ in range(MOST_A_TURN):
            try:
                data = self._socket.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    log.warning("rtnetlink: %s", error)
                    return
                self._learn()  # the kernel dropped events: look at everything anew
                self._heard("overrun", "")
                continue
            for kind, payload in rtnetlink.messages(data):
                self._take(kind, payload)

    def _take(self, kind: int, payload: bytes) -> None:
        if kind in (rtnetlink.RTM_NEWLINK, rtnetlink.RTM_DELLINK):
            self._take_link(kind, payload)
        elif kind in (rtnetlink.RTM_NEWADDR, rtnetlink.RTM_DELADDR):
            self._take_address(kind, payload)
        elif kind in (rtnetlink.RTM_NEWROUTE, rtnetlink.RTM_DELROUTE):
            route = rtnetlink.parse_route(payload)
            if route is not None and payload[4] in _ROUTE_MAIN_TABLES and _is_default(payload):
                self._heard("route", self._names.get(route.index, ""))

    def _take_link(self, kind: int, payload: bytes) -> None:
        link = rtnetlink.parse_interface(payload)
        if link is None or (payload and payload[0] != socket.AF_UNSPEC):
            return  # bridge ports report themselves a second time
        if kind == rtnetlink.RTM_DELLINK:
            self._names.pop(link.index, None)
            self._carrier.pop(link.index, None)
            self._addresses = {one for one in self._addresses if one[0] != link.index}
            self._heard("link-gone", link.name)
            return
        before = self._carrier.get(link.index)
        self._names[link.index], self._carrier[link.index] = link.name, link.carrier
        if before is not link.carrier:
            self._heard("link-up" if link.carrier else "link-down", link.name)

    def _take_address(self, kind: int, payload: bytes) -> None:
        address = rtnetlink.parse_address(payload)
        if address is None:
            return
        key = (address.index, str(address.address))
        known = key in self._addresses
        if kind == rtnetlink.RTM_NEWADDR:
            self._addresses.add(key)
            if known and not address.duplicate:
                return  # a renewed lease or a lifetime update
        else:
            self._addresses.discard(key)
        self._heard("address", self._names.get(address.index, ""))


def _is_default(payload: bytes) -> bool:
    """Routes to everywhere (destination length 0) decide the way out; on-link and host routes come and go."""
    _, length = struct.unpack_from("=BB", payload)
    return bool(length == 0)
