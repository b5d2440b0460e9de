"""STUN binding requests of RFC 8489 over UDP and TCP: is the media path open, and by which transport."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import ssl
import struct
import time

from probes.linux.rtnetlink import IpAddress

COOKIE = 0x2112A442
MOST_BYTES = 2048


def binding_request(transaction: bytes) -> bytes:
    """transaction: 12 random bytes."""
    return struct.pack("!HHI", 0x0001, 0, COOKIE) + transaction


def read_binding(data: bytes, transaction: bytes) -> IpAddress | None:
    """Our own address as the server saw it; None for anything but a success answer to this transaction."""
    if len(data) < 20 or len(data) > MOST_BYTES:
        return None
    kind, length, cookie = struct.unpack_from("!HHI", data)
    if kind != 0x0101 or cookie != COOKIE or data[8:20] != transaction or 20 + length > len(data):
        return None
    at, end = 20, 20 + length
    while at + 4 <= end:
        attribute, size = struct.unpack_from("!HH", data, at)
        value = data[at + 4 : at + 4 + size]
        if at + 4 + size > end:
            return None
        if attribute in (0x0020, 0x0001) and size in (8, 20):
            packed = value[4:]
            if attribute == 0x0020:
                packed = bytes(a ^ b for a, b in zip(packed, data[4:20], strict=False))
            return ipaddress.ip_address(packed)
        at += 4 + ((size + 3) & ~3)
    return None


async def ask_udp(host: str, port: int, timeout: float) -> float | None:
    """Round-trip time in seconds; None for silence. Sent three times. Raises OSError where the name fails."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, _, _, _, address = found[0]
    transaction = os.urandom(12)
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as made:
        made.connect(address)
        for _ in range(3):
            started = time.perf_counter()
            try:
                await loop.sock_sendall(made, binding_request(transaction))
                async with asyncio.timeout(timeout / 3):
                    while read_binding(await loop.sock_recv(made, MOST_BYTES + 1), transaction) is None:
                        pass
                return time.perf_counter() - started
            except (TimeoutError, ConnectionRefusedError):
                continue
    return None


async def ask_tcp(host: str, port: int, timeout: float, tls: ssl.SSLContext | None = None) -> float | None:
    """Seconds from connecting to the answer, over TLS where a context is given; None where there is none."""
    transaction = os.urandom(12)
    started = time.perf_counter()
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(host, port, ssl=tls)
            try:
                writer.write(binding_request(transaction))
                head = await reader.readexactly(20)
                length = struct.unpack_from("!H", head, 2)[0]
                if length > MOST_BYTES:
                    return None
                data = head + await reader.readexactly(length)
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        return None
    return time.perf_counter() - started if read_binding(data, transaction) is not None else None
