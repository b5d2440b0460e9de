"""`roomwatch echo`: the responder that rooms measure loss and jitter against. Refuses everybody without the key."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Any

import click

from probes.network import echo_protocol as wire
from probes.network.media import read_key

PACKETS_A_SECOND = 60.0
"""A stream is 50 a second; what one address sends above this is dropped."""
BURST = 120.0
MOST_CLIENTS = 4096
"""Addresses whose pace is remembered; the longest silent one is forgotten first, so memory stays bounded."""


class Responder(asyncio.DatagramProtocol):
    """Answers keyed requests, same size, at most so many a second an address."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._pace: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        answer = wire.answer(data, self._key, time.time())
        if answer is not None and self._allowed(addr[0]):
            self._transport.sendto(answer, addr)

    def _allowed(self, address: str) -> bool:
        now = time.monotonic()
        left, at = self._pace.pop(address, (BURST, now))
        left = min(BURST, left + (now - at) * PACKETS_A_SECOND)
        allowed = left >= 1
        self._pace[address] = (left - 1 if allowed else left, now)
        if len(self._pace) > MOST_CLIENTS:
            self._pace.popitem(last=False)
        return allowed


@click.command()
@click.option("--listen", default="0.0.0.0", show_default=True, help="Address to listen on.")
@click.option("--port", default=9721, show_default=True, type=click.IntRange(1, 65535), help="UDP port.")
@click.option("--key-file", required=True, type=click.Path(dir_okay=False), help="File with the shared key.")
def echo(listen: str, port: int, key_file: str) -> None:
    """Answer the rooms' probe streams (UDP). Run it once, on a server behind the network that meetings use.

    Make a key with `openssl rand -hex 32` and give the same file to the rooms (probes.network.echo_key_file).
    """
    try:
        key = read_key(key_file)
        asyncio.run(_serve(listen, port, key))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from None


async def _serve(listen: str, port: int, key: bytes) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Responder(key), local_addr=(listen, port))
    click.echo("ready")
    await asyncio.Event().wait()
