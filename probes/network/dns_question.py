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

from probes.guard import reason_of
from probes.network import stamped
from probes.why import Why, because

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

SILENT = because("no_dns_answer")


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What one resolver said. code: "NOERROR", "NXDOMAIN", "SERVFAIL", ...; "" when nothing usable came.

    seconds: until the answer. why: there is none. garbled: packets that were no answer to the question.
    closed: the resolver's machine, or ours, said that nobody is there. cut: the answer did not fit.
    """

    resolver: str
    code: str = ""
    addresses: tuple[str, ...] = ()
    seconds: float = float("nan")
    why: Why = SILENT
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
    question = _Question(resolver, name, kind)
    family = socket.AF_INET6 if ":" in resolver else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as made:
        try:
            stamped.ask(made)
            made.connect((resolver, port))
            first = await _by_udp(question, made, min(TCP_AFTER_SECONDS, timeout / 2))
            if first is not None and not first.cut:
                return first
            left = max(0.1, timeout - question.age)
            tcp = asyncio.ensure_future(_by_tcp(question, port, left))
            udp = asyncio.ensure_future(_by_udp(question, made, timeout if first is None else 0.0))
            try:
                await asyncio.wait({udp, tcp}, return_when=asyncio.FIRST_COMPLETED)
                for one in (udp, tcp):
                    found = await one
                    if found is not None and found.code and not found.cut:
                        return found
            finally:
                for one in (udp, tcp):
                    one.cancel()
                await asyncio.gather(udp, tcp, return_exceptions=True)
        except OSError as error:
            return DnsAnswer(resolver, why=reason_of(error), garbled=question.garbled, closed=True)
    if first is not None:
        return DnsAnswer(resolver, why=because("dns_cut"))
    why = because("dns_garbage") if question.garbled else SILENT
    return DnsAnswer(resolver, why=why, garbled=question.garbled)


class _Question:
    """One question to one resolver. garbled: packets that were no answer to it. age: seconds since it was made."""

    def __init__(self, resolver: str, name: str, kind: str) -> None:
        import dns.message

        self.resolver = resolver
        self.query = dns.message.make_query(name, kind)
        self.wire = self.query.to_wire()
        self.garbled = 0
        self.begun, self.begun_at = time.perf_counter(), time.time()

    @property
    def age(self) -> float:
        return time.perf_counter() - self.begun


async def _by_udp(question: _Question, made: socket.socket, until: float) -> DnsAnswer | None:
    """The answer that comes before the question is so many seconds old; None for none. Raises OSError where our own
    machine or the resolver's says that nobody is there."""
    loop = asyncio.get_running_loop()
    for moment in (*(one for one in RESEND_SECONDS if question.age < one < until), until):
        if question.age >= moment:
            break
        await loop.sock_sendall(made, question.wire)
        while (left := moment - question.age) > 0:
            try:
                async with asyncio.timeout(left):
                    data, arrived = await stamped.take(made, 4096)
            except TimeoutError:
                break
            # By the kernel's clock: that this process was busy is not the resolver's delay. A clock that is set
            # meanwhile is worth nothing.
            took = min(question.age, max(0.0, arrived - question.begun_at))
            answer = _read(question, data, took)
            if answer is not None:
                return answer
            question.garbled += 1
            if question.garbled > MOST_GARBLED:
                return DnsAnswer(question.resolver, why=because("dns_garbage"), garbled=question.garbled, closed=True)
    return None


async def _by_tcp(question: _Question, port: int, timeout: float) -> DnsAnswer | None:
    """Timed by itself: a system that is told to ask by TCP does not wait for UDP first."""
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(question.resolver, port)
            try:
                writer.write(len(question.wire).to_bytes(2) + question.wire)
                size = int.from_bytes(await reader.readexactly(2))
                data = await reader.readexactly(size)
                found = _read(question, data, time.perf_counter() - begun)
            finally:
                writer.transport.abort()
    except (OSError, asyncio.IncompleteReadError):
        return None
    return replace(found, transport="TCP") if found is not None else None


def _read(question: _Question, data: bytes, took: float) -> DnsAnswer | None:
    """The answer in one message; None for anything that is none to this question. took: seconds."""
    import dns.exception
    import dns.flags
    import dns.message
    import dns.rcode
    import dns.rdatatype

    try:
        answer = dns.message.from_wire(data, ignore_trailing=True)
        if not question.query.is_response(answer):
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
    return DnsAnswer(question.resolver, code, tuple(found), took, garbled=question.garbled, cut=cut)


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
