"""Everything beyond the room's router in one process: names, pages, certificates, relays, proxy and login page.

Reads one JSON object a line from standard input: a change of its behaviour. Says "ready" once at the start and "done"
for each change.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import functools
import json
import ssl
import struct
import sys
import time
from pathlib import Path
from typing import Any, cast

TARGETS = ("192.0.2.1", "192.0.2.2")
SERVICE, SERVICE_OTHER, SERVICE6 = "192.0.2.10", "192.0.2.11", "2001:db8:2::10"
PAGE, RELAY, BLOCK = "192.0.2.20", "192.0.2.30", "192.0.2.40"
RESOLVER, RESOLVER_OTHER, PROXY = "192.0.2.53", "192.0.2.54", "192.0.2.60"
ADDRESSES = (*TARGETS, SERVICE, SERVICE_OTHER, PAGE, RELAY, BLOCK, RESOLVER, RESOLVER_OTHER, PROXY)
NAMES = {
    "meet.lab.example": [SERVICE],
    "page.lab.example": [PAGE],
    "relay.lab.example": [RELAY],
    "proxy.lab.example": [PROXY],
    "login.hotel.example": [BLOCK],
    "block.firm.example": [BLOCK],
}
CHANGES: dict[str, Any] = {
    # names: name → addresses, over NAMES; [] is NOERROR without an address.
    "names": {},
    # per resolver: delay in seconds, code, silent, cut (answers do not fit into UDP), no_aaaa, invents (an address),
    # refuses_others (names that it does not know).
    "dns": {},
    "page": "as expected",
    "page_status": "200 OK",
    "page_head": "",
    "service": "answers",  # "503 ...", "other", "stalls", "slow", "a while", "resets"
    "certificate": "good",
    "certificate_block": "block",
    "plain": "",  # what port 80 of the service shows: "" redirects to https
    "date_offset": 0.0,
    "relay": "answers",  # "401", "silent", "first 5", "jitter", "late"
    "proxy": "works",  # "silent", "403", "407"
    "pac": "",  # the script at /proxy.pac
}


def page(text: str, status: str = "200 OK", head: str = "") -> bytes:
    date = email.utils.formatdate(time.time() + CHANGES["date_offset"], usegmt=True)
    lines = f"HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Length: {len(text.encode())}\r\nConnection: close\r\n{head}"
    return f"{lines}\r\n{text}".encode()


async def _request(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")


def _host(request: str) -> str:
    lines = [line for line in request.split("\r\n") if line.lower().startswith("host:")]
    return lines[0].split(":", 1)[1].strip().split(":")[0] if lines else ""


async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        request = await _request(reader)
        host, here = _host(request), writer.get_extra_info("sockname")[0]
        if request.startswith("GET /proxy.pac "):
            answer = page(CHANGES["pac"]) if CHANGES["pac"] else page("", "404 Not Found")
        elif here == BLOCK:
            answer = page("<h1>This site is blocked by the firm's policy</h1>")
        elif host == "meet.lab.example":
            text = CHANGES["plain"]
            head = "Location: https://meet.lab.example/\r\n"
            answer = page(text) if text else page("", "301 Moved Permanently", head)
        else:
            answer = page(CHANGES["page"], CHANGES["page_status"], CHANGES["page_head"])
        writer.write(answer)
        await writer.drain()
    writer.close()


async def login(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The room's router sends guests here."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        await _request(reader)
        writer.write(page("", "302 Found", "Location: http://login.hotel.example/welcome?mac=00:11:22\r\n"))
        await writer.drain()
    writer.close()


async def service(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError):
        await _request(reader)
        kind = CHANGES["service"]
        await asyncio.sleep({"stalls": 60.0, "slow": 3.8, "a while": 2.0}.get(kind, 0.0))
        text = "another page" if kind == "other" else "<h1>join the meeting</h1>" + "x" * 20000
        writer.write(page(text, kind if kind[0].isdigit() else "200 OK"))
        await writer.drain()
    writer.close()


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As a firewall does that dislikes the name in the first packet of TLS."""
    with contextlib.suppress(OSError):
        await reader.read(16)
    writer.transport.abort()


async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
        if CHANGES["proxy"] == "silent":
            await asyncio.sleep(60)
        first = (await _request(reader)).split("\r\n")[0].split()
        if first[0] != "CONNECT":
            writer.write(page("", "400 Bad Request"))
        elif CHANGES["proxy"] != "works":
            writer.write(page("", f"{CHANGES['proxy']} No"))
        else:
            host, _, port = first[1].rpartition(":")
            far, out = await asyncio.open_connection(
                CHANGES["names"].get(host, NAMES.get(host, [SERVICE]))[0], int(port)
            )
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_copy(reader, out), _copy(far, writer))
        await writer.drain()
    writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()


def answer(data: bytes, resolver: str, udp: bool) -> tuple[float, bytes | None]:
    """(seconds to wait, the answer or None for silence)."""
    import dns.flags
    import dns.message
    import dns.rcode
    import dns.rdatatype
    import dns.rrset

    query = dns.message.from_wire(data)
    made = dns.message.make_response(query, recursion_available=True)
    rules = {**CHANGES["dns"].get("*", {}), **CHANGES["dns"].get(resolver, {})}
    name, kind = query.question[0].name.to_text().rstrip(".").lower(), query.question[0].rdtype
    if rules.get("garbage"):
        return 0.0, b"garbage" * 20
    if rules.get("silent") or (udp and rules.get("no_udp")):
        return 0.0, None
    if kind == dns.rdatatype.AAAA and rules.get("no_aaaa") == "silent":
        return 0.0, None
    wait = float(rules.get("delay", 0.0))
    if udp and rules.get("cut"):
        made.flags |= dns.flags.TC
        return wait, made.to_wire()
    if kind == dns.rdatatype.AAAA and rules.get("no_aaaa") == "SERVFAIL":
        made.set_rcode(dns.rcode.SERVFAIL)
        return 0.0, made.to_wire()
    known = {**NAMES, **CHANGES["names"], **rules.get("names", {})}
    found = known.get(name)
    if rules.get("code"):
        made.set_rcode(dns.rcode.from_text(rules["code"]))
    elif found is None and rules.get("invents"):
        found = [rules["invents"]]
    elif found is None:
        made.set_rcode(dns.rcode.REFUSED if rules.get("refuses_others") else dns.rcode.NXDOMAIN)
    text = "AAAA" if kind == dns.rdatatype.AAAA else "A"
    fits = [one for one in found or [] if (":" in one) is (text == "AAAA")]
    if made.rcode() == 0 and fits and kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
        made.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", text, *fits))
    return wait, made.to_wire()


class Dns(asyncio.DatagramProtocol):
    def __init__(self, resolver: str) -> None:
        self.resolver = resolver

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's own datagram transport is no subclass of what it stands for.
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        wait, made = answer(data, self.resolver, udp=True)
        if made is not None:
            asyncio.get_running_loop().call_later(wait, self.transport.sendto, made, addr)


async def dns_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            size = int.from_bytes(await reader.readexactly(2))
            wait, made = answer(await reader.readexactly(size), writer.get_extra_info("sockname")[0], udp=False)
            await asyncio.sleep(wait)
            if made is not None:
                writer.write(len(made).to_bytes(2) + made)
                await writer.drain()
    writer.close()


def binding(data: bytes) -> bytes:
    """Success, or 401 as a relay says that wants a login."""
    if CHANGES["relay"] == "401":
        body = struct.pack("!HHBBBB", 0x0009, 4, 0, 0, 4, 1)
        return struct.pack("!HH", 0x0111, len(body)) + data[4:20] + body
    body = struct.pack("!HHBBH4s", 0x0001, 8, 0, 1, 1, bytes(4))
    return struct.pack("!HH", 0x0101, len(body)) + data[4:20] + body


class Stun(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.seen: dict[object, int] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's own datagram transport is no subclass of what it stands for.
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        kind = CHANGES["relay"]
        count = self.seen[addr] = self.seen.get(addr, 0) + 1
        if kind == "silent" or (kind == "first 5" and count > 5):
            return
        wait = {"late": 0.45, "jitter": 0.08 * (count % 2)}.get(kind, 0.0)
        asyncio.get_running_loop().call_later(wait, self.transport.sendto, binding(data), addr)


async def stun_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        writer.write(binding(await reader.readexactly(20)))
        await writer.drain()
    writer.close()


class Pages:
    """The service's TLS server; its certificate can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[asyncio.Server] = []

    async def show(self) -> None:
        for one in self.servers:
            one.close()
        if CHANGES["service"] == "resets":
            self.servers = [await asyncio.start_server(resets, "0.0.0.0", 443, reuse_port=True)]
            return
        tls = self._tls(CHANGES["certificate"])
        self.servers = [
            await asyncio.start_server(service, host, 443, ssl=tls, reuse_port=True) for host in ("0.0.0.0", "::")
        ]

    def _tls(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem")
        return context


async def main() -> None:
    pages, loop = Pages(Path(sys.argv[1])), asyncio.get_running_loop()
    await pages.show()
    await asyncio.start_server(plain, "0.0.0.0", 80)
    await asyncio.start_server(login, "0.0.0.0", 8080)
    await asyncio.start_server(proxy, PROXY, 3128)
    await asyncio.start_server(stun_tcp, RELAY, 3478)
    await loop.create_datagram_endpoint(Stun, local_addr=(RELAY, 3478))
    for one in (RESOLVER, RESOLVER_OTHER, "2001:db8:2::53"):
        await loop.create_datagram_endpoint(functools.partial(Dns, one), local_addr=(one, 53))
        await asyncio.start_server(dns_tcp, one, 53)
    print("ready", flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        CHANGES.update(json.loads(line))
        await pages.show()
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
