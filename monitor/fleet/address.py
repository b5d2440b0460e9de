"""The address at which Prometheus reaches a room: a name or an IP address, with or without a port."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from monitor.fleet.inventory_rows import BadCell

USUAL_PORT = 9720
"""[web] port as shipped."""

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_EXAMPLES = 'Write it as "room-12.example.org", "192.0.2.12", "192.0.2.12:9720" or "[2001:db8::12]:9720".'


@dataclass(frozen=True, slots=True)
class RoomAddress:
    """host: a name in lower case or an IP address in its short form, without brackets."""

    host: str
    port: int

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.host

    @property
    def is_loopback(self) -> bool:
        return self.host == "localhost" or self.host.startswith("127.") or self.host == "::1"

    @property
    def target(self) -> str:
        """host:port as Prometheus and browsers take it."""
        return f"[{self.host}]:{self.port}" if self.is_ipv6 else f"{self.host}:{self.port}"


def parse_address(text: str) -> RoomAddress:
    """Raises BadCell."""
    if any(sign.isspace() for sign in text):
        raise BadCell("has a space in it", _EXAMPLES)
    if "://" in text:
        raise BadCell("is a web address", _EXAMPLES)
    if "/" in text:
        raise BadCell(
            "is a network, not one address" if text.rpartition("/")[2].isdigit() else "has a path in it", _EXAMPLES
        )
    if "%" in text:
        raise BadCell("belongs to one interface of one machine", "Write an address that leads through the network.")
    host, port = _split(text)
    return RoomAddress(_host(host), port)


def _split(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, closing, rest = text[1:].partition("]")
        if not closing or (rest and not rest.startswith(":")) or ":" not in host:
            raise BadCell("is no IPv6 address in brackets", _EXAMPLES)
        return host, _port(rest[1:]) if rest else USUAL_PORT
    if text.count(":") > 1:
        if text.endswith(f":{USUAL_PORT}"):
            raise BadCell("may be an IPv6 address with a port or without", "Write the address in brackets.")
        return text, USUAL_PORT
    host, colon, port = text.partition(":")
    return host, _port(port) if colon else USUAL_PORT


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise BadCell("has a port that is no number from 1 to 65535", _EXAMPLES)
    return int(text)


def _host(text: str) -> str:
    if not text:
        raise BadCell("has no host", _EXAMPLES)
    if ":" in text or set(text) <= set("0123456789."):
        try:
            found = ipaddress.ip_address(text)
        except ValueError:
            raise BadCell("is no IP address", _EXAMPLES) from None
        if found.is_unspecified or found.is_multicast or str(found) == "255.255.255.255":
            raise BadCell("is the address of no single machine", _EXAMPLES)
        return str(found)
    host = text.lower().removesuffix(".")
    if not host.isascii():
        raise BadCell("is no name that Prometheus looks up", _in_ascii(host))
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise BadCell("is no name of a machine", _EXAMPLES)
    return host


def _in_ascii(host: str) -> str:
    try:
        return f'Write "{host.encode("idna").decode()}".'
    except UnicodeError:
        return _EXAMPLES
