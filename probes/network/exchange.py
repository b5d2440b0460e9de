"""One HTTP/1.1 request over a connection that stands: by TLS where a context is given, through a proxy by CONNECT.

h11 reads and writes HTTP; each look pays for its own connection and TLS, which is what it measures.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import h11

from probes.network.connect_race import OpenConnection
from probes.why import because

MOST_BODY = 65536
"""Enough of a page to look for a word in it; the rest is not fetched."""
MOST_HEAD = 32768
"""Bytes of a status line and headers; browsers stop at several times that, and no sound server sends so many."""


class NoHttp(OSError):
    """What came back is no HTTP, or nothing came back; the text says which."""


@dataclass(slots=True)
class Page:
    """An answer. headers: by lower-case name, the last of equal ones. seconds: until its first byte."""

    status: int
    version: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0


class Stream:
    """Reader and writer of one connection; ``close`` ends it at once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def close(self) -> None:
        self.writer.transport.abort()

    @property
    def tls(self) -> ssl.SSLObject | None:
        found = self.writer.get_extra_info("ssl_object")
        return found if isinstance(found, ssl.SSLObject) else None

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """TLS over what stands, for the server of this name. Raises ssl.SSLError, OSError."""
        await self.writer.start_tls(context, server_hostname=name)


async def over(way: OpenConnection) -> Stream:
    """The stream of a connection; it takes the socket over."""
    reader, writer = await asyncio.open_connection(sock=way.socket, limit=MOST_BODY)
    return Stream(reader, writer)


async def request(
    stream: Stream,
    host: str,
    target: str,
    *,
    method: str = "GET",
    more: Mapping[str, str] | None = None,
    body: bool,
    most: int = MOST_BODY,
) -> Page:
    """One request and its answer. host: for the Host header. body: read it, ``most`` bytes. Raises NoHttp, OSError.

    After a CONNECT that was granted the stream is the tunnel.
    """
    wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)
    headers = {"Host": host, "User-Agent": "roomwatch", "Accept": "*/*", **(more or {})}
    if method != "CONNECT":
        headers["Connection"] = "close"
    try:
        sent = wire.send(h11.Request(method=method, target=target, headers=list(headers.items())))
        sent = (sent or b"") + (wire.send(h11.EndOfMessage()) or b"")
    except h11.LocalProtocolError as error:
        raise NoHttp(because("address_unusable", detail=str(error))) from None
    begun = time.perf_counter()
    stream.writer.write(sent)
    await stream.writer.drain()
    try:
        page = await _head(wire, stream, begun)
        if body and method != "CONNECT":
            page.body = await _body(wire, stream, most)
    except h11.RemoteProtocolError as error:
        raise NoHttp(because("no_http", detail=str(error)[:160])) from None
    return page


async def _next(wire: h11.Connection, stream: Stream) -> Any:
    while (event := wire.next_event()) is h11.NEED_DATA:
        wire.receive_data(await stream.reader.read(16384))
    return event


async def _head(wire: h11.Connection, stream: Stream, begun: float) -> Page:
    for _ in range(8):  # informational answers come before the real one
        event = await _next(wire, stream)
        if isinstance(event, h11.Response):
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
            version = f"HTTP/{event.http_version.decode('ascii')}"
            return Page(event.status_code, version, headers, seconds=time.perf_counter() - begun)
        if isinstance(event, h11.ConnectionClosed):
            raise NoHttp(because("closes_silently"))
    raise NoHttp(because("only_informational"))


async def _body(wire: h11.Connection, stream: Stream, most: int) -> bytes:
    body = b""
    while len(body) < most:
        event = await _next(wire, stream)
        if not isinstance(event, h11.Data):
            break
        body += bytes(event.data)
    return body


def login(proxy: str) -> dict[str, str]:
    """The header with the user and password of a proxy's URL, where it has them."""
    parts = urllib.parse.urlsplit(proxy)
    if not parts.username:
        return {}
    pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
