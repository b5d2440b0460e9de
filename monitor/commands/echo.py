"""`roomwatch echo`: the responder that rooms measure loss and jitter against. Only who has the key gets an answer."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Any

import click

from alerting.messages.why_not_measured import say_code
from alerting.words import load_words
from probes.guard import reason_of
from probes.network import echo_protocol as wire
from probes.network.stream import read_key

STREAM_PACE, STREAM_BURST = 60.0, 120.0
"""Packets a second of one session, and at once. A stream is 50 a second; what it sends above this is dropped."""
ADDRESS_PACE, ADDRESS_BURST = 3000.0, 6000.0
"""The same of one address: a site's rooms share one behind address translation; sixty may measure at a time."""
MOST_KNOWN = 4096
"""Sessions and addresses whose pace is remembered; the longest silent is forgotten first: memory stays bounded."""


class TokenBuckets:
    """A token bucket for each key, the least recently used forgotten."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def allows(self, key: object, now: float) -> bool:
        left, at = self._left.pop(key, (self._at_once, now))
        left = min(self._at_once, left + (now - at) * self._a_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_KNOWN:
            self._left.popitem(last=False)
        return allowed


class Responder(asyncio.DatagramProtocol):
    """Answers keyed, fresh requests in the same size, each once, at a bounded pace; everything else is silence."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._seen = wire.ReplayGuard()
        self._sessions = TokenBuckets(STREAM_PACE, STREAM_BURST)
        self._addresses = TokenBuckets(ADDRESS_PACE, ADDRESS_BURST)
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        packet = wire.read_request(data, self._key, time.time())
        if packet is not None and self.allows(packet, addr[0], time.monotonic()):
            self._transport.sendto(wire.answer(packet, self._key), addr)

    def allows(self, packet: wire.EchoPacket, address: str, now: float) -> bool:
        """now: seconds that never run back. Asked once for each keyed request."""
        return (
            self._seen.fresh(packet, address)
            and self._sessions.allows(packet.session, now)
            and self._addresses.allows(address, now)
        )


@click.command()
@click.option("--listen", default="0.0.0.0", show_default=True, help="Address to listen on; :: for both IPs.")
@click.option("--port", default=9721, show_default=True, type=click.IntRange(1, 65535), help="UDP port.")
@click.option("--key-file", required=True, type=click.Path(dir_okay=False), help="File with the shared key.")
def echo(listen: str, port: int, key_file: str) -> None:
    """Answer the rooms' probe streams (UDP). Run it once, on a server behind the network that meetings use.

    Make a key with `openssl rand -hex 32` and give the same file to the rooms (probes.network.echo_key_file).
    """
    try:
        key = read_key(key_file)
        asyncio.run(_serve(listen, port, key))
    except UnicodeError:
        raise click.ClickException(f"{listen} is no address to listen on.") from None
    except ValueError as error:
        raise click.ClickException(say_code(reason_of(error), load_words("en"), "why")) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None


async def _serve(listen: str, port: int, key: bytes) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Responder(key), local_addr=(listen, port))
    click.echo("ready")
    await asyncio.Event().wait()
