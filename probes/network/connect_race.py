"""One TCP connection as programs make it: all addresses of both families, a quarter of a second apart (RFC 8305)."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from probes.why import Why, all_of, because

ATTEMPT_SECONDS = 0.25
"""The connection attempt delay that RFC 8305, section 5, recommends."""


@dataclass(slots=True)
class OpenConnection:
    """A connection: the socket is the caller's to close. seconds: from the first attempt. tried: address → why not."""

    socket: socket.socket
    address: str
    seconds: float
    tried: dict[str, Why] = field(default_factory=dict)


SILENT = because("no_dns_answer")


class Unreachable(OSError):
    """No address took a connection. tried: address → why not. refused: somebody answered, with a refusal."""

    def __init__(self, tried: dict[str, Why], refused: bool) -> None:
        said = tuple(dict.fromkeys(one for one in tried.values() if one != SILENT))
        why = because("no_connection", why=all_of(said)) if said else because("no_connection_answer")
        super().__init__(why if tried else because("no_address_to_ask"))
        self.tried, self.refused = tried, refused


def interleaved(addresses: Sequence[str]) -> list[str]:
    """The system's order, the families in turn, so that a dead family costs a quarter of a second and no more."""
    first = [one for one in addresses if (":" in one) is (":" in addresses[0])]
    other = [one for one in addresses if one not in first]
    return [one for pair in itertools.zip_longest(first, other) for one in pair if one is not None]


async def connect(
    addresses: Sequence[str], port: int, wait: float, *, segment: int = 0, device: str = ""
) -> OpenConnection:
    """The first connection that stands within ``wait`` seconds.

    segment: the largest TCP segment to agree on; 0 leaves it to the system. device: leave by this interface.
    Raises Unreachable.
    """
    begun = time.perf_counter()
    ahead = interleaved(addresses) if addresses else []
    tried: dict[str, Why] = {}
    running: dict[asyncio.Task[socket.socket], str] = {}
    refused = False
    try:
        while ahead or running:
            left = wait - (time.perf_counter() - begun)
            if left <= 0:
                break
            if ahead:
                address = ahead.pop(0)
                running[asyncio.create_task(_one(address, port, segment, device))] = address
            pause = min(left, ATTEMPT_SECONDS) if ahead else left
            done, _ = await asyncio.wait(running, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                address = running.pop(task)
                error = task.exception()
                if error is None:
                    return OpenConnection(task.result(), address, time.perf_counter() - begun, tried)
                refused = refused or isinstance(error, ConnectionRefusedError)
                number = getattr(error, "errno", None)
                tried[address] = because("system_error", detail=os.strerror(number) if number else str(error))
    finally:
        await _drop(running)
    tried.update(dict.fromkeys([*running.values(), *ahead], SILENT))
    raise Unreachable(tried, refused)


async def _one(address: str, port: int, segment: int, device: str) -> socket.socket:
    host, _, zone = address.partition("%")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        if device:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        if segment:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        to = (host, port, 0, socket.if_nametoindex(zone)) if zone else (host, port)
        await asyncio.get_running_loop().sock_connect(made, to)
    except BaseException:
        made.close()
        raise
    return made


async def _drop(running: dict[asyncio.Task[socket.socket], str]) -> None:
    """End the attempts that lost the race; one that connected in this very moment is closed."""
    for task in running:
        task.cancel()
    for found in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(found, socket.socket):
            found.close()
