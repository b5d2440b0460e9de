"""A second owner of the room's address, by ARP (RFC 5227)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from probes.guard import reason_of
from probes.linux import rtnetlink
from probes.network import address
from probes.network.echo_socket import ask_arp
from probes.network.link import Port
from probes.reading import CannotMeasure, Fact, Reading
from probes.why import because

SHARE = 0.25
"""Share of the waiting time of other packets: who is on the same link answers within milliseconds. Asked once a look:
what is lost once is asked again at the next one."""


async def look(
    port: Port, found: list[rtnetlink.LocalAddress], own: frozenset[bytes], timeout: float
) -> dict[str, Fact]:
    """Evidence on a second owner of one of these addresses, or on why nobody looked; empty where there is none."""
    if not port.speaks_arp:
        return {}
    try:
        twin = await find(port, found, own, SHARE * timeout)
    except PermissionError:
        return {"duplicate_check": because("no_privilege")}
    except OSError as error:
        return {"duplicate_check": reason_of(error)}
    if twin is None:
        return {}
    reason = because("address_twice", address=twin[0], hardware=twin[1])
    return {"duplicate": twin[0], "other_hardware": twin[1], "reason": reason}


def noted(reading: Reading, twin: dict[str, Fact] | CannotMeasure | None) -> Reading:
    """The address' reading with what was found. finding: duplicate_address."""
    if not isinstance(twin, dict) or reading.finding:
        return reading
    finding = "duplicate_address" if "duplicate" in twin else ""
    return replace(reading, finding=finding, evidence={**reading.evidence, **twin})


async def find(
    port: Port, found: list[rtnetlink.LocalAddress], own: frozenset[bytes], timeout: float
) -> tuple[str, str] | None:
    """(address, the other's hardware address) where ARP shows a second owner. own: hardware addresses of this machine.

    A router that answers for everybody (proxy ARP) is no second owner. Raises PermissionError, OSError.
    """
    for one in address.usable(found, 4):
        if not isinstance(one.address, IPv4Address) or one.prefix >= 31:
            continue
        answers = await ask_arp(port.name, port.hardware, None, one.address, own=own, timeout=timeout, tries=1)
        if not answers:
            continue
        twin = answers[0].hardware
        anybody = _anybody(one)
        for_all = await ask_arp(port.name, port.hardware, None, anybody, own=own, timeout=timeout)
        if all(other.hardware != twin for other in for_all):
            return str(one.address), twin.hex(":")
    return None


def _anybody(one: rtnetlink.LocalAddress) -> IPv4Address:
    """Some other address of this network, another one each time: whoever answers for it answers for everybody."""
    network = IPv4Network((int(one.address) & -(1 << (32 - one.prefix)) & 0xFFFFFFFF, one.prefix))
    while True:
        other = network[secrets.randbelow(network.num_addresses - 2) + 1]
        if other != one.address:
            return other
