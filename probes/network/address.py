"""Rung 2, the address: a lease, an IPv6 address. Does not ask for a lease."""

from __future__ import annotations

from ipaddress import ip_network

from probes.linux import rtnetlink
from probes.network.link import Port
from probes.reading import Fact, Reading
from probes.why import because

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
    """finding: no_address, or duplicate_address where the kernel's own IPv6 detection says so.

    Whether IPv6 alone is a fault depends on where it leads: evidence "no_ipv4" says why there is no IPv4 address, and
    "had_ipv4" that this port had one before.
    """
    four, six = usable(found, 4), usable(found, 6)
    evidence: dict[str, Fact] = {"interface": port.name}
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
        lost = because("self_assigned", address=str(own[0].address)) if own else because("no_lease")
        if six:
            evidence |= {"no_ipv4": lost, "had_ipv4": had_ipv4 or bool(own)}
        else:
            finding, evidence["reason"] = "no_address", lost
    return Reading(check=CHECK, target=port.name, values=values, finding=finding, evidence=evidence)


def network(found: list[rtnetlink.LocalAddress], route: rtnetlink.Route | None) -> str:
    """A name for the network that these addresses are in: the subnet and its gateway."""
    if not found:
        return ""
    subnet = ip_network((found[0].address, found[0].prefix), strict=False)
    return f"{subnet} via {route.gateway}" if route is not None and route.gateway is not None else str(subnet)
