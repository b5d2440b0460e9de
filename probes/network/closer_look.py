"""Looks closer at a broken hop, once and on demand: is a lease offered, between which hops do packets get lost.

Both by a scapy child (probes/network/scapy_child): seconds of work, never part of the ladder's own round.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from probes.child.isolate import Isolation, IsolationError
from probes.network import link, media_relays, stream
from probes.network.settings import Settings
from probes.network.system_names import NameLookup
from probes.reading import CannotMeasure, Context, Fact, Outcome, Reading
from probes.why import Why, because, why_in

LEASE, PATH = "network.lease", "network.path"
OFFER_SECONDS = 4.0
"""Servers that check an address by ping before they offer it take up to two seconds (RFC 2131, section 3.1)."""
ECHOES = 40
"""Echoes a hop: at 20 % loss the sampling error is 6 %, at none it is none."""
PATH_SECONDS = 12.0
RESOLVE_SECONDS = 3.0
CHILD_SECONDS = 30.0
"""Deadline of a child: its own limits and a slow machine's import of scapy."""
LEASE_FAULTS = frozenset({"no_address", "no_ipv4_address", "another_network"})
INTERNET_FAULTS = frozenset({"internet_unreachable", "vpn_dead", "dns_dead"})
SERVICE_FAULTS = frozenset({"service_unreachable", "service_slow"})
STREAM_FAULTS = frozenset({"media_loss", "media_burst", "media_jitter", "media_delay", "media_quality"})
RELAY_FAULTS = frozenset({"media_udp_blocked", "media_unreachable"})


def worth_it(faults: Sequence[str]) -> bool:
    """True where a closer look at these faults can say something new."""
    return bool((LEASE_FAULTS | INTERNET_FAULTS | SERVICE_FAULTS | STREAM_FAULTS | RELAY_FAULTS) & set(faults))


async def look_closer(
    faults: Sequence[str], outcomes: Sequence[Outcome], settings: Settings, context: Context
) -> list[Outcome]:
    """What one more look at these faults says; empty where it could say nothing new.

    network.lease: evidence offers (how many), server, address, servers. network.path: values path_hops and
    path_loss_ratio, evidence before and at (between which packets get lost), and each hop.
    """
    isolation = context.memory.get("isolation")
    if not isinstance(isolation, Isolation):
        return []
    if LEASE_FAULTS & set(faults):
        return [await _lease(outcomes, isolation, context)]
    target, port = await _target(faults, outcomes, settings)
    return [await _path(target, port, isolation)] if target else []


async def _lease(outcomes: Sequence[Outcome], isolation: Isolation, context: Context) -> Outcome:
    name = next((one.target for one in outcomes if one.check == "network.address"), "")
    port = link.named(name, context.sys)
    if port is None or not port.speaks_arp:
        return CannotMeasure(check=LEASE, target=name, reason=because("no_dhcp"))
    argument = {"interface": name, "hardware": port.hardware.hex(), "seconds": OFFER_SECONDS}
    try:
        found = await isolation.run(
            "probes.network.scapy_child.dhcp:offers", argument, key=f"lease {name}", deadline=CHILD_SECONDS
        )
    except IsolationError as error:
        return CannotMeasure(check=LEASE, target=name, reason=because(f"child_{error.kind}"))
    if "error" in found:
        return CannotMeasure(check=LEASE, target=name, reason=why_in(found["error"]) or because("no_usable_answer"))
    offers = list(found["offers"])
    servers = list(dict.fromkeys(str(one["server"]) for one in offers))
    evidence: dict[str, Fact] = {"offers": len(offers)}
    if offers:
        evidence |= {"server": servers[0], "address": str(offers[0]["address"])}
    if len(servers) > 1:
        evidence["servers"] = ", ".join(servers)
    return Reading(check=LEASE, target=name, evidence=evidence)


async def _path(target: str, port: int, isolation: Isolation) -> Outcome:
    argument = {"target": target, "port": port, "count": ECHOES, "seconds": PATH_SECONDS}
    try:
        found = await isolation.run(
            "probes.network.scapy_child.path:trace", argument, key="path", deadline=CHILD_SECONDS, cpu_seconds=20
        )
    except IsolationError as error:
        return CannotMeasure(check=PATH, target=target, reason=because(f"child_{error.kind}"))
    if "error" in found:
        return CannotMeasure(check=PATH, target=target, reason=why_in(found["error"]) or because("no_usable_answer"))
    evidence: dict[str, Fact] = {"before": str(found["before"]), "at": str(found["at"])}
    evidence |= {"reached": bool(found["reached"]), "transport": f"UDP {port}" if port else "ICMP"}
    for hop in found["hops"]:
        evidence[f"hop {hop['hop']}"] = _hop(hop)
    values = {"path_hops": float(len(found["hops"])), "path_loss_ratio": float(found["loss"])}
    return Reading(check=PATH, target=target, values=values, evidence=evidence)


def _hop(hop: Mapping[str, Any]) -> Why:
    if not (hop["sent"] and hop["received"]):
        return because("hop_silent", address=str(hop["address"]))
    lost = round(100 * (1 - hop["received"] / hop["sent"]))
    if hop["seconds"] is None:
        return because("hop_loses", address=str(hop["address"]), percent=lost)
    return because("hop_answers", address=str(hop["address"]), ms=round(hop["seconds"] * 1000, 1), percent=lost)


async def _target(faults: Sequence[str], outcomes: Sequence[Outcome], settings: Settings) -> tuple[str, int]:
    """(IPv4 address, UDP port or 0 for ICMP) to trace for the first of these faults; ("", 0) for none."""
    for fault in faults:
        if fault in INTERNET_FAULTS:
            return next((one for one in settings.internet if ":" not in one), ""), 0
        if fault in SERVICE_FAULTS:
            for one in outcomes:
                if isinstance(one, Reading) and one.check == "network.service" and "address" in one.evidence:
                    return _four(str(one.evidence["address"])), 0
        if fault in STREAM_FAULTS:
            streams = (one.target for one in outcomes if isinstance(one, Reading) and one.check == stream.STREAM)
            return (await _resolved(next(streams, settings.echo_server)))[0], 0
        if fault in RELAY_FAULTS:
            relays = (one.evidence for one in outcomes if isinstance(one, Reading) and one.check == media_relays.CHECK)
            return await _resolved(next((server for one in relays for server in one if ":" in server), ""))
    return "", 0


def _four(address: str) -> str:
    return address if ipaddress.ip_address(address.split("%")[0]).version == 4 else ""


async def _resolved(server: str) -> tuple[str, int]:
    try:
        host, port = stream.host_port(server)
    except ValueError:
        return "", 0
    found = await NameLookup().find(host, RESOLVE_SECONDS)
    return next((one for one in found.addresses if ":" not in one), ""), port
