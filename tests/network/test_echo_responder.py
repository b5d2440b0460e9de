"""`roomwatch echo` on a real socket: silent to everybody without the key, never answers twice, never answers more."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.commands.echo import ADDRESS_BURST, ADDRESS_PACE, MOST_KNOWN, STREAM_BURST, Responder, TokenBuckets
from probes.network import echo_protocol as wire

KEY = b"0123456789abcdef0123456789abcdef"


def request(session: int, sequence: int, second: float | None = None, key: bytes = KEY) -> bytes:
    now = int(time.time() if second is None else second)
    return wire.build(wire.EchoPacket(wire.REQUEST, session, sequence, now), key)


class Client:
    """A socket of its own; counts bytes both ways."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind((address, 0))
        self.socket.connect(("127.0.0.1", port))
        self.sent = self.received = 0

    def send(self, data: bytes) -> None:
        self.sent += len(data)
        self.socket.send(data)

    async def answer(self, seconds: float = 10.0) -> bytes:
        data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.socket, 4096), seconds)
        self.received += len(data)
        return data

    async def expect_only(self, good: bytes) -> None:
        """The answer to ``good`` is the first to come: everything sent before it was met with silence."""
        self.send(good)
        asked, got = wire.read(good, KEY), wire.read(await self.answer(), KEY)
        assert asked is not None
        assert got == wire.EchoPacket(wire.ANSWER, asked.session, asked.sequence, asked.second)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Responder(KEY), local_addr=("127.0.0.1", 0))
    yield transport.get_extra_info("sockname")[1]
    transport.close()


async def test_hostile_clients_get_nothing_and_the_honest_one_is_served(port: int) -> None:
    client = Client(port)
    now = time.time()
    first = request(1, 0)
    await client.expect_only(first)
    for hostile in (
        b"",
        b"RWE1",
        bytes(wire.SIZE),
        bytes(65000),
        request(2, 0, key=b"x" * 32),
        request(2, 1, second=now - wire.MOST_AGE_SECONDS - 2),
        request(2, 2, second=now + wire.MOST_AGE_SECONDS + 2),
        request(2, wire.MOST_SEQUENCE),
        request(2, 3) + b"\0",
        request(2, 4)[:-1],
        wire.answer(wire.EchoPacket(wire.REQUEST, 2, 5, int(now)), KEY),
        first,  # recorded and sent again
    ):
        client.send(hostile)
    await client.expect_only(request(1, 1))
    assert client.received < client.sent
    client.socket.close()


async def test_a_recorded_request_sent_from_elsewhere_is_answered_to_nobody(port: int) -> None:
    """Who forges the sender's address with a recorded request would make the responder send to his victim."""
    room, thief = Client(port), Client(port, "127.0.0.2")
    recorded = request(7, 0)
    await room.expect_only(recorded)
    thief.send(recorded)
    thief.send(request(7, 1))  # even an unused one of that session belongs to the address that began it
    await thief.expect_only(request(8, 0))
    await room.expect_only(request(7, 2))
    for one in (room, thief):
        one.socket.close()


@given(st.binary(max_size=400))
def test_nothing_unkeyed_is_a_request(data: bytes) -> None:
    assert wire.read_request(data, KEY, time.time()) is None


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, wire.SIZE - 1), st.integers(1, 255))
def test_a_changed_bit_makes_it_somebody_else_s(session: int, sequence: int, place: int, change: int) -> None:
    data = bytearray(request(session, sequence, 1000))
    assert wire.read_request(bytes(data), KEY, 1000) is not None
    data[place] ^= change
    assert wire.read_request(bytes(data), KEY, 1000) is None


def test_an_answer_is_as_long_as_its_request() -> None:
    packet = wire.EchoPacket(wire.REQUEST, 7, 3, 1000)
    assert len(wire.answer(packet, KEY)) == len(wire.build(packet, KEY)) == wire.SIZE


def test_no_session_and_no_address_gets_more_than_its_pace() -> None:
    responder = Responder(KEY)
    one = sum(responder.allows(wire.EchoPacket(1, 5, n, 0), "192.0.2.1", 0.0) for n in range(1000))
    assert one == STREAM_BURST
    many = sum(responder.allows(wire.EchoPacket(1, n, 0, 0), "192.0.2.2", 0.0) for n in range(20000))
    assert many == ADDRESS_BURST
    assert ADDRESS_PACE * wire.SIZE * 8 < 5e6  # bits a second that one address can ever draw


def test_memory_of_clients_stays_bounded() -> None:
    pace, guard = TokenBuckets(1, 1), wire.ReplayGuard()
    for number in range(3 * MOST_KNOWN):
        pace.allows(number, 0.0)
        guard.fresh(wire.EchoPacket(1, number, wire.MOST_SEQUENCE - 1, 0), "192.0.2.1")
    assert len(pace) <= MOST_KNOWN
    assert len(guard._sessions) <= wire.MOST_SESSIONS


def test_random_loss_is_no_burst_and_lost_runs_are() -> None:
    every_fifth = {one for one in range(100) if one % 5}
    assert wire.burst_ratio(every_fifth, 100) == 1.0
    one_gap = {one for one in range(100) if not 40 <= one < 60}
    assert wire.burst_ratio(one_gap, 100) == pytest.approx(16.0)
    assert wire.burst_ratio(set(range(100)), 100) == 1.0
    assert wire.burst_ratio(set(), 100) == 1.0
    assert wire.longest_gap(one_gap, 100) == 20
