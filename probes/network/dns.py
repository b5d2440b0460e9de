"""Rung 4, DNS: every resolver asked directly over UDP; dead, slow, wrong or lying. The system's cache is not used."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import time
from dataclasses import dataclass
from pathlib import Path

CHECK = "network.dns"
MOST_RESOLVERS = 2
"""glibc asks up to three; the first two decide what people feel."""
UPSTREAM_RESOLV_CONF = "run/systemd/resolve/resolv.conf"
"""systemd-resolved writes the real resolvers here when resolv.conf names only its own 127.0.0.53."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one resolver said. code: "NOERROR", "NXDOMAIN", "SERVFAIL", ...; "" when nothing usable came.

    seconds: until the answer. trouble: why there is none. garbled: packets that were no answer to the question.
    """

    resolver: str
    code: str = ""
    addresses: tuple[str, ...] = ()
    seconds: float = float("nan")
    trouble: str = ""
    garbled: int = 0


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


async def ask(resolver: str, name: str, *, kind: str = "A", timeout: float = 2.0, port: int = 53) -> Answer:
    """Ask one resolver one question, twice at most. Never raises for anything that comes over the wire."""
    import dns.exception
    import dns.flags
    import dns.message
    import dns.rcode
    import dns.rdatatype

    query = dns.message.make_query(name, kind)
    wire = query.to_wire()
    family = socket.AF_INET6 if ":" in resolver else socket.AF_INET
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    garbled = 0
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as made:
        try:
            made.connect((resolver, port))
            for _ in range(2):
                await loop.sock_sendall(made, wire)
                deadline = loop.time() + timeout / 2
                while (left := deadline - loop.time()) > 0:
                    try:
                        data = await asyncio.wait_for(loop.sock_recv(made, 4096), left)
                        answer = dns.message.from_wire(data)
                        if not query.is_response(answer):
                            raise dns.exception.FormError
                    except TimeoutError:
                        break
                    except (dns.exception.DNSException, ValueError):
                        garbled += 1
                        if garbled > 16:
                            return Answer(resolver, trouble="it answers with garbage", garbled=garbled)
                        continue
                    found = [
                        item.address
                        for record in answer.answer
                        if record.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
                        for item in record
                    ]
                    code = dns.rcode.to_text(answer.rcode())
                    return Answer(resolver, code, tuple(found), time.perf_counter() - started, garbled=garbled)
        except OSError as error:
            return Answer(resolver, trouble=error.strerror or str(error), garbled=garbled)
    return Answer(resolver, trouble="it answers with garbage" if garbled else "no answer", garbled=garbled)


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
