"""The packets of `roomwatch echo`: a keyed request, an answer of the same size. Refuses everything unkeyed or old.

Request and answer: magic, kind, session, sequence, Unix second, padding, then 16 bytes of HMAC-SHA256 over the rest.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import struct
from dataclasses import dataclass

MAGIC = b"RWE1"
REQUEST, ANSWER = 1, 2
_HEAD = struct.Struct("!4sBxxxIIQ")
_TAG = 16
SIZE = 160
"""Bytes of each packet: with IPv4 and UDP headers 188, at 50 a second 75 kbit/s, as G.711 with 20 ms would be."""
MOST_AGE_SECONDS = 30
"""A recorded request is useless after it; clocks of room and responder may differ by as much."""


@dataclass(frozen=True, slots=True)
class EchoPacket:
    kind: int
    session: int
    sequence: int
    second: int


def build(packet: EchoPacket, key: bytes) -> bytes:
    head = _HEAD.pack(MAGIC, packet.kind, packet.session, packet.sequence, packet.second)
    body = head + bytes(SIZE - _TAG - len(head))
    return body + hmac.new(key, body, hashlib.sha256).digest()[:_TAG]


def read(data: bytes, key: bytes) -> EchoPacket | None:
    """The packet, or None for a wrong size, magic or key."""
    if len(data) != SIZE or data[:4] != MAGIC:
        return None
    if not hmac.compare_digest(hmac.new(key, data[:-_TAG], hashlib.sha256).digest()[:_TAG], data[-_TAG:]):
        return None
    _, kind, session, sequence, second = _HEAD.unpack_from(data)
    return EchoPacket(kind, session, sequence, second)


def answer(data: bytes, key: bytes, now: float) -> bytes | None:
    """What the responder sends back, never longer than the request; None for silence."""
    packet = read(data, key)
    if packet is None or packet.kind != REQUEST or abs(now - packet.second) > MOST_AGE_SECONDS:
        return None
    return build(EchoPacket(ANSWER, packet.session, packet.sequence, packet.second), key)


def rfc3550_jitter(transits: list[float]) -> float:
    """Interarrival jitter of RFC 3550, section 6.4.1, in the unit of the transits (in order of arrival)."""
    jitter = 0.0
    for before, after in itertools.pairwise(transits):
        jitter += (abs(after - before) - jitter) / 16
    return jitter


def longest_gap(arrived: set[int], sent: int) -> int:
    """The most packets lost in a row."""
    worst = run = 0
    for sequence in range(sent):
        run = 0 if sequence in arrived else run + 1
        worst = max(worst, run)
    return worst
