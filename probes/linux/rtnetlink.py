"""rtnetlink messages on a plain AF_NETLINK socket: interfaces, addresses, neighbours, routes. Linux only.

Owns asking and parsing; does not change anything, so it needs no privilege.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

# linux/rtnetlink.h, linux/netlink.h
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26
RTM_NEWNEIGH, RTM_GETNEIGH = 28, 30
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
IFLA_ADDRESS, IFLA_IFNAME, IFLA_OPERSTATE, IFLA_CARRIER = 1, 3, 16, 33
IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS = 1, 2, 8
IFA_F_DADFAILED, IFA_F_TENTATIVE = 0x08, 0x40
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_VIA = 1, 4, 5, 6, 7, 18
RT_TABLE_MAIN, RTN_UNICAST = 254, 1
NDA_DST, NDA_LLADDR = 1, 2
IFF_UP, IFF_LOWER_UP, IFF_LOOPBACK, IFF_POINTOPOINT, IFF_NOARP = 0x1, 0x10000, 0x8, 0x10, 0x80

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDR = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGH = struct.Struct("=BxxxiHBB")
ANSWER_SECONDS = 1.0
"""The kernel answers in microseconds; a second only guards against a broken one."""

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface. carrier: the kernel's IFF_LOWER_UP, the plug has a signal.

    hardware: its link-layer address (6 bytes of Ethernet, none of a tunnel). The kernel's answer and not sysfs: a
    /sys of another network namespace has another interface of this name, whose address sent in ARP cuts us off.
    """

    index: int
    name: str
    flags: int
    hardware: bytes = b""

    @property
    def up(self) -> bool:
        return bool(self.flags & IFF_UP)

    @property
    def carrier(self) -> bool:
        return bool(self.flags & IFF_UP and self.flags & IFF_LOWER_UP)


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """One address of an interface. duplicate: the kernel's own IPv6 duplicate detection refused it."""

    index: int
    address: IpAddress
    prefix: int
    duplicate: bool
    tentative: bool


@dataclass(frozen=True, slots=True)
class Route:
    """How a packet to one address leaves, as the kernel decides it (policy rules, VPNs and metrics included)."""

    index: int
    gateway: IpAddress | None
    source: IpAddress | None


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, payload) of each message in one datagram; stops at the first that does not fit."""
    at = 0
    while at + 16 <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < 16 or at + length > len(data):
            return
        yield kind, data[at + 16 : at + length]
        at += (length + 3) & ~3


def attributes(data: bytes) -> dict[int, bytes]:
    """The attributes of one payload by type; later ones win, malformed ones end the list."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4 or at + length > len(data):
            break
        found[kind & 0x3FFF] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found


def parse_interface(payload: bytes) -> Interface | None:
    if len(payload) < _LINK.size:
        return None
    _, _, index, flags, _ = _LINK.unpack_from(payload)
    found = attributes(payload[_LINK.size :])
    name = found.get(IFLA_IFNAME, b"").split(b"\0")[0].decode(errors="replace")
    return Interface(index, name, flags, found.get(IFLA_ADDRESS, b""))


def parse_address(payload: bytes) -> LocalAddress | None:
    if len(payload) < _ADDR.size:
        return None
    _, prefix, flags, _, index = _ADDR.unpack_from(payload)
    found = attributes(payload[_ADDR.size :])
    address = _address(found.get(IFA_LOCAL) or found.get(IFA_ADDRESS))
    if address is None:
        return None
    wide = found.get(IFA_FLAGS, b"")
    if len(wide) >= 4:
        flags = struct.unpack_from("=I", wide)[0]
    return LocalAddress(index, address, prefix, bool(flags & IFA_F_DADFAILED), bool(flags & IFA_F_TENTATIVE))


def parse_route(payload: bytes) -> Route | None:
    if len(payload) < _ROUTE.size:
        return None
    found = attributes(payload[_ROUTE.size :])
    interface = found.get(RTA_OIF, b"")
    if len(interface) != 4:
        return None
    gateway = _address(found.get(RTA_GATEWAY)) or _address(found.get(RTA_VIA, b"")[2:])
    return Route(struct.unpack("=i", interface)[0], gateway, _address(found.get(RTA_PREFSRC)))


def interfaces() -> list[Interface]:
    """Every interface of this network namespace. Raises OSError."""
    return [one for payload in _dump(RTM_GETLINK, RTM_NEWLINK, _LINK) if (one := parse_interface(payload))]


def addresses() -> list[LocalAddress]:
    """Every address of every interface, IPv4 and IPv6. Raises OSError."""
    return [one for payload in _dump(RTM_GETADDR, RTM_NEWADDR, _ADDR) if (one := parse_address(payload))]


def neighbours() -> dict[tuple[int, IpAddress], bytes]:
    """(interface, address) → hardware address of the kernel's neighbour tables. Raises OSError."""
    table: dict[tuple[int, IpAddress], bytes] = {}
    for payload in _dump(RTM_GETNEIGH, RTM_NEWNEIGH, _NEIGH):
        if len(payload) < _NEIGH.size:
            continue
        found = attributes(payload[_NEIGH.size :])
        address, hardware = _address(found.get(NDA_DST)), found.get(NDA_LLADDR, b"")
        if address is not None and hardware:
            table[_NEIGH.unpack_from(payload)[1], address] = hardware
    return table


def route_to(address: IpAddress) -> Route | None:
    """The kernel's choice for a packet to ``address``; None where it has none. Raises OSError for other trouble."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    bits = 32 if address.version == 4 else 128
    body = _ROUTE.pack(family, bits, 0, 0, 0, 0, 0, 0, 0)
    body += struct.pack("=HH", 4 + len(address.packed), RTA_DST) + address.packed
    with _socket() as asking:
        asking.send(_HEADER.pack(16 + len(body), RTM_GETROUTE, NLM_F_REQUEST, 1, 0) + body)
        for kind, payload in messages(asking.recv(65536)):
            if kind == RTM_NEWROUTE:
                return parse_route(payload)
            if kind == NLMSG_ERROR:
                return None
    return None


def default_routes(version: int) -> list[Route]:
    """The main table's ways out, the preferred one first: what is left of them under a VPN. Raises OSError."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    found: list[tuple[int, Route]] = []
    for payload in _dump(RTM_GETROUTE, RTM_NEWROUTE, _ROUTE):
        if len(payload) < _ROUTE.size:
            continue
        kind, bits, _, _, table, _, _, sort, _ = _ROUTE.unpack_from(payload)
        if (kind, bits, table, sort) != (family, 0, RT_TABLE_MAIN, RTN_UNICAST):
            continue
        metric = attributes(payload[_ROUTE.size :]).get(RTA_PRIORITY, b"\0\0\0\0")
        if (route := parse_route(payload)) is not None and len(metric) == 4:
            found.append((struct.unpack("=I", metric)[0], route))
    return [route for _, route in sorted(found, key=lambda one: one[0])]


def _dump(request: int, wanted: int, body: struct.Struct) -> Iterator[bytes]:
    with _socket() as asking:
        asking.send(_HEADER.pack(16 + body.size, request, NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + bytes(body.size))
        while True:
            for kind, payload in messages(asking.recv(1 << 17)):
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    raise OSError(-struct.unpack_from("=i", payload)[0], "rtnetlink refused the dump")
                if kind == wanted:
                    yield payload


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    made.settimeout(ANSWER_SECONDS)
    return made


def _address(packed: bytes | None) -> IpAddress | None:
    if packed is None or len(packed) not in (4, 16):
        return None
    return ipaddress.ip_address(packed)
