"""The packets of `roomwatch echo`: a keyed request, an answer of the same size.

A packet without the key, or an old one, gets no answer.

Request and answer: magic, kind, session, sequence, Unix second, padding, then 16 bytes of HMAC-SHA256 over the rest.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import struct
from collections import OrderedDict
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


def read_request(data: bytes, key: bytes, now: float) -> EchoPacket | None:
    """A request of somebody with the key, made within the last seconds; None for anything else."""
    packet = read(data, key)
    if packet is None or packet.kind != REQUEST or abs(now - packet.second) > MOST_AGE_SECONDS:
        return None
    return packet


def answer(packet: EchoPacket, key: bytes) -> bytes:
    """What the responder sends back: exactly as long as the request."""
    return build(EchoPacket(ANSWER, packet.session, packet.sequence, packet.second), key)


MOST_SEQUENCE = 1024
"""A stream has at most 750 packets (15 s); a session's answered ones fit into 128 bytes."""
MOST_SESSIONS = 4096
"""Sessions remembered; the longest silent one is forgotten first, so that memory stays bounded."""


class ReplayGuard:
    """Which requests were answered already: a recorded one, sent again from anywhere, is answered to nobody."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[int, tuple[str, int]] = OrderedDict()

    def fresh(self, packet: EchoPacket, address: str) -> bool:
        """True once for each sequence of a session, and only for the address that began the session."""
        if packet.sequence >= MOST_SEQUENCE:
            return False
        owner, answered = self._sessions.pop(packet.session, (address, 0))
        bit = 1 << packet.sequence
        fresh = owner == address and not answered & bit
        self._sessions[packet.session] = (owner, answered | bit if fresh else answered)
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return fresh


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


def burst_ratio(arrived: set[int], sent: int) -> float:
    """BurstR of ITU-T G.107: mean length of the gaps over the mean that random loss of this ratio has; at least 1."""
    lost = sent - len(arrived)
    gaps = sum(1 for one in range(sent) if one not in arrived and (one == 0 or one - 1 in arrived))
    return max(1.0, lost / gaps * (1 - lost / sent)) if gaps and lost < sent else 1.0
