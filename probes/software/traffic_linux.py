"""Which local ports carry a call's pace of packets now: counted for a second, each socket by itself.

The kernel counts datagrams for the whole machine only, and a tunnel's traffic is nobody's call. The headers of at most
a few thousand packets are looked at, and only their ports and lengths are used. Needs CAP_NET_RAW.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from dataclasses import dataclass

ALL_KINDS = 3
"""ETH_P_ALL: packets that leave are shown to nobody else."""

IPV4, IPV6, TCP, UDP = 0x0800, 0x86DD, 6, 17
OUTGOING, HOST = 4, 0
HEADER_BYTES = 54
"""IPv6's 40 and what is read of TCP's 20: no more of a packet is taken."""

SAMPLE_SECONDS = 1.0
PAUSE_SECONDS = 0.05
MOST_PACKETS = 4000
"""A gigabit brings 80,000 a second; so many cost 15 ms, and a call's share of them is still seen."""

DATAGRAMS = 5.0
"""A second each way: voice sends 50, a muted line with its reports and the video of others still tens."""

SEGMENTS_IN, SEGMENTS_OUT = 5.0, 2.0
"""With content, a second, of a call that fell back to TCP. A page or a file comes in with few requests."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Local ports at a call's pace."""

    udp: frozenset[int] = frozenset()
    tcp: frozenset[int] = frozenset()


async def count_traffic(seconds: float = SAMPLE_SECONDS) -> Traffic | None:
    """None where packets may not be counted."""
    try:
        tap = socket.socket(
            socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.htons(ALL_KINDS)
        )
    except OSError:
        return None
    counted: dict[tuple[int, int], list[int]] = {}
    with tap:
        begun, left = time.monotonic(), MOST_PACKETS
        while (lasted := time.monotonic() - begun) < seconds:
            await asyncio.sleep(PAUSE_SECONDS)
            left -= _drain(tap, min(left, 400), counted)
    udp = {
        port for (kind, port), (came, went) in counted.items() if kind == UDP and min(came, went) >= DATAGRAMS * lasted
    }
    tcp = {
        port
        for (kind, port), (came, went) in counted.items()
        if kind == TCP and came >= SEGMENTS_IN * lasted and went >= SEGMENTS_OUT * lasted
    }
    return Traffic(frozenset(udp), frozenset(tcp))


def _drain(tap: socket.socket, most: int, counted: dict[tuple[int, int], list[int]]) -> int:
    """counted: (protocol, local port) → packets that came, packets that went."""
    for number in range(most):
        try:
            packet, (_, kind, direction, *_) = tap.recvfrom(HEADER_BYTES)
        except OSError:
            return number
        if direction not in (OUTGOING, HOST):
            continue
        with contextlib.suppress(IndexError):
            found = ports(packet, kind)
            if found is not None:
                protocol, source, target = found
                of = counted.setdefault((protocol, source if direction == OUTGOING else target), [0, 0])
                of[direction == OUTGOING] += 1
    return most


def ports(packet: bytes, kind: int) -> tuple[int, int, int] | None:
    """(protocol, source port, target port) of a datagram, or of a segment with content; None for everything else.

    Raises IndexError for a packet that ends too early.
    """
    if kind == IPV4:
        start, protocol, size = (packet[0] & 0x0F) * 4, packet[9], int.from_bytes(packet[2:4])
        if int.from_bytes(packet[6:8]) & 0x1FFF:
            return None  # a later fragment bears no ports
    elif kind == IPV6:
        start, protocol, size = 40, packet[6], 40 + int.from_bytes(packet[4:6])
    else:
        return None
    if protocol == TCP:
        if size - start - (packet[start + 12] >> 4) * 4 <= 0:
            return None
    elif protocol != UDP:
        return None
    if len(packet) < start + 4:
        raise IndexError
    return protocol, int.from_bytes(packet[start : start + 2]), int.from_bytes(packet[start + 2 : start + 4])
