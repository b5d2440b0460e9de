"""Rung 3, the gateway: does the next hop answer ARP, or echo where there is no ARP. IPv4 and IPv6 apart."""

from __future__ import annotations

import asyncio
import time
from ipaddress import IPv4Address

from probes.guard import reason_of
from probes.linux import rtnetlink
from probes.network.echo_socket import EchoResult, ask_arp, echo
from probes.network.link import Port
from probes.reading import CannotMeasure, Fact, NothingToMeasure, Outcome, Reading
from probes.why import because

CHECK = "network.gateway"
CHECK6 = "network.gateway6"
SECOND_OWNER_SECONDS = 0.1
"""A second machine on the same link answers within milliseconds of the first."""
ECHO_AFTER_ARP_SECONDS = 0.3
"""A gateway that has answered ARP is alive; its echo is only wanted for the time that it takes."""
LOSS_ECHOES, LOSS_PACE_SECONDS = 40, 0.02
"""Asked only where a call's packets are lost: at 20 % loss the sampling error is 6 %."""
LOSS_ARPS, LOSS_ARP_SECONDS = 20, 0.1
"""Fewer, and each waited for: an answer on the same link takes a millisecond."""


async def read(
    port: Port,
    route: rtnetlink.Route | None,
    source: IPv4Address | None,
    targets: tuple[str, ...],
    timeout: float,
    own: frozenset[bytes] = frozenset(),
    check: str = CHECK,
    finding: str = "gateway_unreachable",
) -> Outcome:
    """finding: no_route, duplicate_gateway, or the given one when neither ARP nor echo is answered.

    own: hardware addresses of this machine.
    A gateway that ignores echoes and answers ARP is alive: only ARP proves a dead next hop on Ethernet.
    """
    if route is None:
        if not targets:
            return NothingToMeasure(check=check, reason=because("no_gateway_expected"))
        reason = because("no_route_to", address=targets[0])
        return Reading(check=check, target=port.name, finding="no_route", evidence={"reason": reason})
    if route.gateway is None:
        return NothingToMeasure(check=check, target=port.name, reason=because("on_link"))
    gateway = route.gateway
    evidence: dict[str, Fact] = {"gateway": str(gateway), "interface": port.name}
    arp_works = isinstance(gateway, IPv4Address) and port.speaks_arp

    async def by_arp() -> float | None:
        if not isinstance(gateway, IPv4Address):
            return None
        started = time.perf_counter()
        answers = await ask_arp(
            port.name, port.hardware, source, gateway, own=own, timeout=timeout, linger=SECOND_OWNER_SECONDS
        )
        if not answers:
            return None
        evidence["hardware"] = answers[0].hardware.hex(":")
        if len(answers) > 1:
            evidence["other_hardware"] = answers[1].hardware.hex(":")
        return max(0.0, time.perf_counter() - started - SECOND_OWNER_SECONDS)

    device = port.name if gateway.is_link_local else ""
    ping = asyncio.create_task(echo(gateway, count=2, timeout=timeout, enough=1, device=device))
    ask: asyncio.Task[float | None] = asyncio.create_task(by_arp())
    try:
        await asyncio.wait({ask if arp_works else ping})
        heard = arp_works and isinstance(_result(ask), float)
        await asyncio.wait({ping}, timeout=ECHO_AFTER_ARP_SECONDS if heard else None)
        pinged, arped = _result(ping), _result(ask) if arp_works else None
    finally:
        for task in (ping, ask):
            task.cancel()
        await asyncio.gather(ping, ask, return_exceptions=True)
    denied = [one for one in (pinged, arped) if isinstance(one, OSError)]
    values: dict[str, float] = {}
    if isinstance(pinged, EchoResult) and pinged.answered:
        values["gateway_rtt_seconds"] = pinged.rtt
        evidence["method"] = "ICMP echo"
    if isinstance(arped, float):
        values["gateway_arp_seconds"] = arped
        evidence["method"] = "ARP + ICMP echo" if "gateway_rtt_seconds" in values else "ARP"
    if "other_hardware" in evidence:
        evidence |= {"duplicate": str(gateway), "reason": because("gateway_twice", address=str(gateway))}
        return Reading(check=check, target=port.name, values=values, finding="duplicate_gateway", evidence=evidence)
    if values:
        return Reading(check=check, target=port.name, values=values, evidence=evidence)
    if len(denied) == (2 if arp_works else 1):
        return CannotMeasure(check=check, target=port.name, reason=reason_of(denied[0]))
    evidence["reason"] = because("no_arp_no_echo" if arp_works else "no_echo", address=str(gateway))
    return Reading(check=check, target=port.name, finding=finding, evidence=evidence)


def _result(task: asyncio.Task[EchoResult] | asyncio.Task[float | None]) -> EchoResult | float | BaseException | None:
    """None while it is not done."""
    if not task.done():
        return None
    return task.exception() or task.result()


async def loss(port: Port, route: rtnetlink.Route, own: frozenset[bytes]) -> tuple[int, int]:
    """(lost, sent) between this PC and its gateway: by echoes, by ARP where the gateway answers none.

    Raises OSError where neither may be sent.
    """
    assert route.gateway is not None
    device = port.name if route.gateway.is_link_local else ""
    pinged = await echo(route.gateway, count=LOSS_ECHOES, interval=LOSS_PACE_SECONDS, timeout=0.5, device=device)
    if pinged.answered or not isinstance(route.gateway, IPv4Address) or not port.speaks_arp:
        return pinged.sent - len(pinged.times), pinged.sent
    source = route.source if isinstance(route.source, IPv4Address) else None
    answers = [
        await ask_arp(port.name, port.hardware, source, route.gateway, own=own, timeout=LOSS_ARP_SECONDS, tries=1)
        for _ in range(LOSS_ARPS)
    ]
    return sum(not one for one in answers), LOSS_ARPS
