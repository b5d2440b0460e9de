"""STUN binding requests of RFC 8489 over UDP and TCP: is the media path open, by which transport, and how good is it.

Any answer to our transaction proves the way, an error too: a relay that wants a login has got our packet.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from probes.network import connect_race as eyeballs
from probes.network import exchange, stamped

COOKIE = 0x2112A442
MOST_BYTES = 2048
MOST_ADDRESSES = 4
"""Addresses of a relay's name that are asked: two of each family."""
TRIES = 3
"""Tries of the first request: at 20 % loss one round in 125 would still look silent."""
TOGETHER = 3
"""Requests that leave at once: waking for each of them would cost more than sending it."""
LATE_SECONDS = 1.0
"""A voice packet later than this is lost to any listener."""


def binding_request(transaction: bytes) -> bytes:
    """transaction: 12 random bytes."""
    return struct.pack("!HHI", 0x0001, 0, COOKIE) + transaction


def answers(data: bytes, transaction: bytes) -> bool:
    """True for any answer to this transaction: success or error, of today's STUN or of RFC 3489's."""
    if not 20 <= len(data) <= MOST_BYTES:
        return False
    kind, _ = struct.unpack_from("!HH", data)
    return kind & 0xC110 in (0x0100, 0x0110) and data[8:20] == transaction


@dataclass(slots=True)
class Burst:
    """What came back of ``sent`` requests. times: number of the request → seconds. address: who answered.

    order: numbers as they arrived. closed: the other machine said that nobody listens there.
    """

    sent: int = 0
    times: dict[int, float] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    address: str = ""
    closed: bool = False


async def bindings(addresses: Sequence[str], port: int, *, wait: float, count: int = 1, pace: float = 0.05) -> Burst:
    """``count`` requests to the first of these addresses that answers. wait: seconds for that first answer.

    The first request goes to every address and is repeated twice, as ICE does: it decides whether UDP passes at all and
    is not counted as lost.
    """
    flows = [flow for address in addresses[:MOST_ADDRESSES] if (flow := _opened(address, port)) is not None]
    found = Burst()
    if not flows:
        return found
    try:
        flow = await _first(flows, wait)
        found.closed = flow is None and all(one.closed for one in flows)
        if flow is None:
            return found
        found.address = flow.address
        for number in range(1, count):
            if number % TOGETHER == 1:
                await asyncio.sleep(TOGETHER * pace)
            flow.send(number)
        if count > 1:
            await flow.settle(count, LATE_SECONDS)
        found.sent, found.times, found.order = count, flow.times, flow.order
    finally:
        for one in flows:
            one.close()
    return found


async def _first(flows: list[_Flow], wait: float) -> _Flow | None:
    """The flow that answers first; None where none does within the time."""
    for _ in range(TRIES):
        for flow in flows:
            flow.send(0)
        woken = [asyncio.ensure_future(flow.heard.wait()) for flow in flows]
        try:
            await asyncio.wait(woken, timeout=wait / TRIES, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in woken:
                one.cancel()
        if (found := next((flow for flow in flows if flow.times), None)) is not None:
            return found
        if all(flow.closed for flow in flows):
            return None
    return None


def _opened(address: str, port: int) -> _Flow | None:
    """None where this machine has no way to the address: another one may do."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        stamped.ask(made)
        made.connect((address, port))
        return _Flow(made, address)
    except OSError:
        made.close()
        return None


class _Flow:
    """Requests and answers on one socket. closed: a port-unreachable came back."""

    def __init__(self, made: socket.socket, address: str) -> None:
        self._socket, self.address = made, address
        self._numbers: dict[bytes, tuple[int, float]] = {}
        self.times: dict[int, float] = {}
        self.order: list[int] = []
        self.closed = False
        self.heard = asyncio.Event()
        asyncio.get_running_loop().add_reader(made.fileno(), self._take)

    def send(self, number: int) -> None:
        transaction = os.urandom(12)
        self._numbers[transaction] = number, time.time()
        with contextlib.suppress(OSError):  # no route at this moment, or the answer to the last one: counts as lost
            self._socket.send(binding_request(transaction))

    async def settle(self, count: int, wait: float) -> None:
        """Until every answer is there, or the last is overdue."""
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while len(self.times) < count and (left := until - loop.time()) > 0:
            self.heard.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self.heard.wait()

    def _take(self) -> None:
        for _ in range(64):
            try:
                data, moment = stamped.receive(self._socket, MOST_BYTES + 1)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                self.closed = True
                self.heard.set()
                continue
            except OSError:
                return
            sent = self._numbers.get(data[8:20])
            if sent is None or not answers(data, data[8:20]) or sent[0] in self.times:
                continue
            self.times[sent[0]] = max(0.0, moment - sent[1])
            self.order.append(sent[0])
            self.heard.set()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()


async def ask_tcp(
    addresses: Sequence[str], port: int, wait: float, tls: tuple[ssl.SSLContext, str] | None = None
) -> bool | None:
    """True where an answer comes over TCP, over TLS where a context and a name are given; False where a connection
    stands and nothing comes; None where none stands."""
    transaction = os.urandom(12)
    stands = False
    try:
        async with asyncio.timeout(wait):
            way = await eyeballs.connect(addresses, port, wait)
            stands = True
            stream = await exchange.over(way)
            try:
                if tls is not None:
                    await stream.secure(*tls)
                stream.writer.write(binding_request(transaction))
                head = await stream.reader.readexactly(20)
                return answers(head, transaction)
            finally:
                stream.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False if stands else None
