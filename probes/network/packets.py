"""ICMP echo and ARP packets, built once and read strictly. Only answers to our own packets count."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

ECHO_DATA = b"roomwatch" + bytes(23)
"""32 bytes of data, as small as a voice packet's header and payload may get; no clock or host name leaks in it."""


def checksum(data: bytes) -> int:
    """The Internet checksum of RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class EchoRequest:
    """One ICMP or ICMPv6 echo request; ``numbered`` sets only the sequence and mends the checksum."""

    def __init__(self, identifier: int, version: int = 4) -> None:
        self._kind = 8 if version == 4 else 128
        self._identifier = identifier
        self._body = ECHO_DATA
        # The sum over everything but the sequence never changes: keep it, so that a packet costs two additions.
        bare = struct.pack("!BBHHH", self._kind, 0, 0, identifier, 0) + ECHO_DATA
        self._sum = 0xFFFF - checksum(bare)

    def numbered(self, sequence: int) -> bytes:
        """The packet with that sequence (0 to 65535). The kernel fills in ICMPv6 checksums by itself."""
        total = self._sum + sequence
        total = (total & 0xFFFF) + (total >> 16)
        return struct.pack("!BBHHH", self._kind, 0, ~total & 0xFFFF, self._identifier, sequence) + self._body


def read_echo(packet: bytes, version: int, raw_header: bool) -> tuple[int, int] | None:
    """(identifier, sequence) of an echo reply; None for anything else.

    raw_header: True where the IPv4 header stands before it (raw sockets; datagram and IPv6 sockets strip it).
    """
    if raw_header:
        if len(packet) < 20 or packet[0] >> 4 != 4:
            return None
        packet = packet[(packet[0] & 0x0F) * 4 :]
    if len(packet) < 8 or packet[0] != (0 if version == 4 else 129) or packet[1] != 0:
        return None
    identifier, sequence = struct.unpack_from("!HH", packet, 4)
    return identifier, sequence


@dataclass(frozen=True, slots=True)
class ArpAnswer:
    """Who says that it has an address."""

    address: IPv4Address
    hardware: bytes


_ARP = struct.Struct("!HHBBH6s4s6s4s")
BROADCAST = b"\xff" * 6
ARP_TYPE = 0x0806


def arp_request(hardware: bytes, sender: IPv4Address | None, wanted: IPv4Address, to: bytes = BROADCAST) -> bytes:
    """An Ethernet frame asking who has ``wanted``. sender None makes it a probe of RFC 5227 (address 0.0.0.0)."""
    source = sender.packed if sender is not None else bytes(4)
    body = _ARP.pack(1, 0x0800, 6, 4, 1, hardware, source, bytes(6), wanted.packed)
    return to + hardware + struct.pack("!H", ARP_TYPE) + body


def read_arp(frame: bytes) -> ArpAnswer | None:
    """The sender of an ARP reply or announcement in an Ethernet frame; None for anything else."""
    if len(frame) < 14 + _ARP.size or struct.unpack_from("!H", frame, 12)[0] != ARP_TYPE:
        return None
    kind, protocol, hlen, plen, operation, hardware, address, _, _ = _ARP.unpack_from(frame, 14)
    if (kind, protocol, hlen, plen) != (1, 0x0800, 6, 4) or operation not in (1, 2) or address == bytes(4):
        return None
    return ArpAnswer(IPv4Address(address), hardware)
