"""Servers of the lab: the join page (good, expired, endless headers) and plain http pages, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
from pathlib import Path


def page(text: str, status: str = "200 OK", extra: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n{extra}\r\n{text}".encode()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: bytes) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(content)
        await writer.drain()
        writer.close()


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: and more\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)


class SlowDns(asyncio.DatagramProtocol):
    """Answers every A question correctly, 0.7 s late."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        asyncio.get_running_loop().call_later(0.7, self.answer, data, addr)

    def answer(self, data: bytes, addr: object) -> None:
        import dns.message
        import dns.rcode
        import dns.rrset

        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        name = query.question[0].name
        if name.to_text().endswith(".test.") and query.question[0].rdtype == 1:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "10.78.0.2"))
        elif not name.to_text().endswith(".test."):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)  # type: ignore[attr-defined]


async def main() -> None:
    role, folder = sys.argv[1], Path(sys.argv[2])

    def tls(name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name}.pem")
        return context

    if role == "portal":
        login = page("", "302 Found", "Location: http://login.hotel.test/?mac=00:11:22\r\n")
        await asyncio.start_server(lambda r, w: answer(r, w, login), "0.0.0.0", 8080)
    elif role == "slowdns":
        await asyncio.get_running_loop().create_datagram_endpoint(SlowDns, local_addr=("10.77.0.1", 53))
    else:
        join, plain = page("<h1>join</h1>"), page("as expected")
        await asyncio.start_server(lambda r, w: answer(r, w, join), "0.0.0.0", 443, ssl=tls("meet.test"))
        await asyncio.start_server(lambda r, w: answer(r, w, join), "0.0.0.0", 444, ssl=tls("expired.test"))
        await asyncio.start_server(endless, "0.0.0.0", 445, ssl=tls("meet.test"))
        await asyncio.start_server(lambda r, w: answer(r, w, plain), "0.0.0.0", 80)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
