"""Rung 4, DNS: one resolver asked directly, by UDP and TCP. The system's cache is not used."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

CHECK = "network.dns"
MOST_RESOLVERS = 3
"""glibc asks no more (MAXNS of resolv.h)."""
RESEND_SECONDS = (0.4, 1.0, 3.0)
"""One lost packet must not look like a dead resolver."""
TCP_AFTER_SECONDS = 1.0
"""By then a second question has gone out; some networks let DNS pass by TCP only."""
MOST_GARBLED = 16
UPSTREAM_RESOLV_CONF = "run/systemd/resolve/resolv.conf"
"""systemd-resolved writes the real resolvers here when resolv.conf names only its own 127.0.0.53."""


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What one resolver said. code: "NOERROR", "NXDOMAIN", "SERVFAIL", ...; "" when nothing usable came.

    seconds: until the answer. trouble: why there is none. garbled: packets that were no answer to the question.
    closed: the resolver's machine, or ours, said that nobody is there. cut: the answer did not fit.
    """

    resolver: str
    code: str = ""
    addresses: tuple[str, ...] = ()
    seconds: float = float("nan")
    trouble: str = ""
    garbled: int = 0
    closed: bool = False
    cut: bool = False
    transport: str = "UDP"


def resolvers(configured: tuple[str, ...], resolv_conf: Path, root: Path = Path("/")) -> list[str]:
    """The configured ones, else those of the file; a local stub is replaced by the resolvers behind it."""
    if configured:
        return list(configured)
    found = _nameservers(resolv_conf)
    if found == ["127.0.0.53"]:
        found = _nameservers(root / UPSTREAM_RESOLV_CONF) or found
    return found[:MOST_RESOLVERS]


def _nameservers(file: Path) -> list[str]:
    found: list[str] = []
    with contextlib.suppress(OSError):
        for line in file.read_text(errors="replace").splitlines():
            words = line.split()
            if len(words) >= 2 and words[0] == "nameserver":
                with contextlib.suppress(ValueError):
                    ipaddress.ip_address(words[1].split("%")[0])
                    found.append(words[1])
    return found


def prepare() -> None:
    """Import dnspython now: in the midst of a round it would hold up the answers of others by a tenth of a second."""
    import dns.message
    import dns.rdtypes.IN.A  # noqa: F401


async def ask(resolver: str, name: str, *, kind: str = "A", timeout: float = 2.0, port: int = 53) -> DnsAnswer:
    """Ask one resolver one question: by UDP, and by TCP where the answer is cut or does not come.

    Never raises for anything that comes over the wire. Raises dnspython's error for a name that cannot be asked for.
    """
    import dns.message

    query = dns.message.make_query(name, kind)
    begun = time.perf_counter()
    first = min(TCP_AFTER_SECONDS, timeout / 2)
    udp = asyncio.ensure_future(_by_udp(resolver, port, query, timeout, begun))
    await asyncio.wait({udp}, timeout=first)
    if udp.done() and (udp.result().code or udp.result().closed) and not udp.result().cut:
        return udp.result()
    left = max(0.1, timeout - (time.perf_counter() - begun))
    tcp = asyncio.ensure_future(_by_tcp(resolver, port, query, left))
    try:
        pending: set[asyncio.Future[DnsAnswer]] = {one for one in (udp, tcp) if not one.done()}
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                if one.result().code and not one.result().cut:
                    return one.result()
    finally:
        for one in (udp, tcp):
            one.cancel()
        await asyncio.gather(udp, tcp, return_exceptions=True)
    if udp.result().cut:
        return DnsAnswer(resolver, trouble="its answers are cut, and TCP does not answer")
    return udp.result()


async def _by_udp(resolver: str, port: int, query: Any, timeout: float, begun: float) -> DnsAnswer:
    loop, garbled, wire = asyncio.get_running_loop(), 0, query.to_wire()
    family = socket.AF_INET6 if ":" in resolver else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as made:
        try:
            made.connect((resolver, port))
            for until in (*(one for one in RESEND_SECONDS if one < timeout), timeout):
                await loop.sock_sendall(made, wire)
                while (left := until - (time.perf_counter() - begun)) > 0:
                    try:
                        data = await asyncio.wait_for(loop.sock_recv(made, 4096), left)
                    except TimeoutError:
                        break
                    answer = _read(resolver, data, query, begun, garbled)
                    if answer is not None:
                        return answer
                    garbled += 1
                    if garbled > MOST_GARBLED:
                        return DnsAnswer(resolver, trouble="it answers with garbage", garbled=garbled, closed=True)
        except OSError as error:
            return DnsAnswer(resolver, trouble=error.strerror or str(error), garbled=garbled, closed=True)
    return DnsAnswer(resolver, trouble="it answers with garbage" if garbled else "no answer", garbled=garbled)


async def _by_tcp(resolver: str, port: int, query: Any, timeout: float) -> DnsAnswer:
    """Timed by itself: a system that is told to ask by TCP does not wait for UDP first."""
    wire, begun = query.to_wire(), time.perf_counter()
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(resolver, port)
            try:
                writer.write(len(wire).to_bytes(2) + wire)
                size = int.from_bytes(await reader.readexactly(2))
                found = _read(resolver, await reader.readexactly(size), query, begun, 0)
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return DnsAnswer(resolver, trouble="no answer by TCP")
    return (
        replace(found, transport="TCP") if found is not None else DnsAnswer(resolver, trouble="it answers with garbage")
    )


def _read(resolver: str, data: bytes, query: Any, begun: float, garbled: int) -> DnsAnswer | None:
    """The answer in one message; None for anything that is none to this question."""
    import dns.exception
    import dns.flags
    import dns.message
    import dns.rcode
    import dns.rdatatype

    try:
        answer = dns.message.from_wire(data, ignore_trailing=True)
        if not query.is_response(answer):
            return None
        found = [
            item.address
            for record in answer.answer
            if record.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
            for item in record
        ]
    except (dns.exception.DNSException, ValueError):
        return None
    code, cut = dns.rcode.to_text(answer.rcode()), bool(answer.flags & dns.flags.TC)
    return DnsAnswer(resolver, code, tuple(found), time.perf_counter() - begun, garbled=garbled, cut=cut)


def absurd(address: str) -> bool:
    """True for an address that no public service has: unspecified, loopback, link-local, multicast."""
    one = ipaddress.ip_address(address)
    return one.is_unspecified or one.is_loopback or one.is_link_local or one.is_multicast


def unexpected(addresses: tuple[str, ...], expected: tuple[str, ...]) -> list[str]:
    """Addresses outside of every expected address or network. Raises ValueError for an expectation that is neither."""
    networks = [ipaddress.ip_network(one, strict=False) for one in expected]
    return [one for one in addresses if not any(ipaddress.ip_address(one) in network for network in networks)]


def impossible_name() -> str:
    """A name that nobody can have registered (RFC 6761 reserves .invalid; some liars spare it, so .com is asked)."""
    return f"roomwatch-{secrets.token_hex(8)}.com"
