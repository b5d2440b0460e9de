"""Whatever comes over the wire, no reader crashes, hangs or keeps more than its bound."""

from __future__ import annotations

import asyncio
import random
import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.linux import rtnetlink
from probes.network import dns_question, packets, stun, wifi_linux
from probes.network.scapy_child import dhcp, neighbour, path
from probes.why import because
from tests.network.test_neighbour import cdp, lldp

FEW = settings(max_examples=60, deadline=None)
"""scapy takes milliseconds a packet."""
RAW = st.binary(max_size=600)


def spoiled(data: bytes, seed: int) -> bytes:
    """A valid packet with a few bytes changed, cut short or grown: closer to real garbage than noise is."""
    dice = random.Random(seed)
    made = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        made[dice.randrange(len(made))] = dice.randrange(256)
    return bytes(made[: dice.randint(1, len(made))]) if dice.random() < 0.3 else bytes(made) + dice.randbytes(8)


def offer(transaction: int = 7) -> bytes:
    frame = bytearray(dhcp.discover(bytes(6), transaction))
    frame[36:38] = b"\x00\x44"  # to port 68, as answers go
    return bytes(frame).replace(b"\x35\x01\x01", b"\x35\x01\x02")


@FEW
@given(RAW, st.integers())
def test_lldp_and_cdp(data: bytes, seed: int) -> None:
    for frame in (lldp()[:14] + data, cdp()[:22] + data, spoiled(lldp(), seed), spoiled(cdp(), seed), data):
        found = neighbour.read({"frame": frame.hex()})
        assert len(str(found)) < 1000


@FEW
@given(RAW, st.integers())
def test_dhcp(data: bytes, seed: int) -> None:
    assert dhcp.read_offer(offer(), 7) is not None
    assert dhcp.read_offer(offer(), 8) is None
    for frame in (offer()[:50] + data, spoiled(offer(), seed), data):
        found = dhcp.read_offer(frame, 7)
        assert found is None or len(str(found)) < 1000


@FEW
@given(RAW, st.integers())
def test_answers_on_the_path(data: bytes, seed: int) -> None:
    quoted = path.build("192.0.2.9", 0, 3, 5, 77)
    error = struct.pack("!BBHI", 11, 0, 0, 0) + quoted[:28]
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(error), 1, 0, 64, 1, 0, b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02"
    )
    assert path.read_answer(head + error, "192.0.2.9", 0, 77) == (3, "10.0.0.1", False)
    assert path.read_answer(head + error, "192.0.2.9", 0, 78) is None
    for packet in (head + data, spoiled(head + error, seed), data):
        path.read_answer(packet, "192.0.2.9", 0, 77)
        path.read_echo(packet, 77)


@given(RAW, st.integers())
def test_stun(data: bytes, seed: int) -> None:
    transaction = b"abcdefghijkl"
    start = stun.binding_request(transaction)
    for packet in (data, b"\x01\x01" + len(data).to_bytes(2) + start[4:] + data, spoiled(start + data, seed)):
        stun.answers(packet, transaction)


@given(RAW)
def test_kernel_messages_and_echoes(data: bytes) -> None:
    list(rtnetlink.messages(data))
    rtnetlink.parse_route(data)
    rtnetlink.parse_address(data)
    rtnetlink.parse_interface(data)
    wifi_linux.parse(data, data)
    packets.read_arp(data)
    for version in (4, 6):
        packets.read_echo(data, version, raw_header=version == 4)


class Liar(asyncio.DatagramProtocol):
    """A resolver that answers each question with garbage, many times over."""

    def __init__(self, garbage: bytes) -> None:
        self.garbage = garbage

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        for cut in range(40):
            self.transport.sendto(data[: cut % 12] + self.garbage, addr)  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(4))
async def test_a_resolver_that_answers_garbage_is_called_so_within_bounds(seed: int) -> None:
    loop = asyncio.get_running_loop()
    garbage = random.Random(seed).randbytes(400)
    transport, _ = await loop.create_datagram_endpoint(lambda: Liar(garbage), local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    tracemalloc.start()
    answer = await asyncio.wait_for(dns_question.ask("127.0.0.1", "meet.example", timeout=1.0, port=port), 30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    transport.close()
    assert not answer.code
    assert answer.why == because("dns_garbage")
    assert peak < 8 << 20  # the first question imports dnspython
