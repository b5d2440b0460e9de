"""Datagrams with the moment at which the kernel took them, so that a busy event loop is no jitter."""

from __future__ import annotations

import asyncio
import socket
import struct
import time

_SO_TIMESTAMPNS = 35
"""asm-generic/socket.h: the kernel's receive time in nanoseconds beside each datagram."""


def ask(made: socket.socket) -> None:
    """Have the kernel note the moment. Raises OSError."""
    made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def receive(made: socket.socket, most: int) -> tuple[bytes, float]:
    """(data, Unix seconds of its arrival). Raises BlockingIOError where nothing waits, OSError."""
    data, ancillary, _, _ = made.recvmsg(most, socket.CMSG_SPACE(16))
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) == 16:
            seconds, nanoseconds = struct.unpack("=qq", value)
            return data, seconds + nanoseconds * 1e-9
    return data, time.time()


async def take(made: socket.socket, most: int) -> tuple[bytes, float]:
    """As ``receive``, once something has come. Raises OSError.

    The event loop gets the socket's number: of a socket that it does not watch yet it makes a text each time.
    """
    loop = asyncio.get_running_loop()
    while True:
        try:
            return receive(made, most)
        except BlockingIOError:
            readable: asyncio.Future[None] = loop.create_future()
            loop.add_reader(made.fileno(), _wake, readable)
            try:
                await readable
            finally:
                loop.remove_reader(made.fileno())


def _wake(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)
