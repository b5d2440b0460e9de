"""Rung 2, the address: a lease, an IPv6 address, nobody else with the same one. Refuses to ask for a lease."""

from __future__ import annotations

from ipaddress import IPv4Address

from probes.linux import rtnetlink
from probes.network.echo_socket import ask_arp
from probes.network.link import Port
from probes.reading import Reading

CHECK = "network.address"


def on(port: Port) -> list[rtnetlink.LocalAddress]:
    """The addresses of the port. Raises OSError."""
    return [one for one in rtnetlink.addresses() if one.index == port.interface.index]


def usable(found: list[rtnetlink.LocalAddress], version: int) -> list[rtnetlink.LocalAddress]:
    """Those that reach beyond the cable: neither link-local (169.254/16, fe80::/10) nor refused."""
    return [
        one
        for one in found
        if one.address.version == version
        and not one.address.is_link_local
        and not one.address.is_loopback
        and not one.duplicate
        and not one.tentative
    ]


def read(port: Port, found: list[rtnetlink.LocalAddress], had_ipv4: bool) -> Reading:
    """finding: no_address, no_ipv4_address, or duplicate_address where the kernel's own IPv6 detection says so.

    had_ipv4: this port had an IPv4 address before, so that IPv6 alone is a lost lease and not this network's way.
    """
    four, six = usable(found, 4), usable(found, 6)
    evidence: dict[str, str | float | int | bool] = {"interface": port.name}
    if four:
        evidence["ipv4"] = f"{four[0].address}/{four[0].prefix}"
    if six:
        evidence["ipv6"] = f"{six[0].address}/{six[0].prefix}"
    values = {"addresses_ipv4": float(len(four)), "addresses_ipv6": float(len(six))}
    finding = ""
    refused = [one for one in found if one.duplicate]
    if refused:
        finding = "duplicate_address"
        evidence["duplicate"] = str(refused[0].address)
    elif not four:
        own = [one for one in found if one.address.version == 4 and one.address.is_link_local]
        lost = f"only the self-assigned {own[0].address}: no DHCP server answered" if own else "no DHCP lease"
        if not six or own or had_ipv4:
            finding = "no_ipv4_address" if six else "no_address"
            evidence["reason"] = f"IPv6 works, IPv4: {lost}" if six else lost
    return Reading(check=CHECK, target=port.name, values=values, finding=finding, evidence=evidence)


async def find_duplicate(port: Port, found: list[rtnetlink.LocalAddress], timeout: float) -> tuple[str, str] | None:
    """(address, the other's hardware address) where ARP shows a second owner. Raises PermissionError, OSError."""
    for one in usable(found, 4):
        if isinstance(one.address, IPv4Address) and one.prefix < 32:
            answer = await ask_arp(port.name, port.hardware, None, one.address, timeout=timeout)
            if answer is not None:
                return str(one.address), answer.hardware.hex(":")
    return None
