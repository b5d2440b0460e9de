"""Rung 4's verdict over all resolvers: dead, wrong, hijacked, slow. Refuses the asking itself (dns.py)."""

from __future__ import annotations

import asyncio

from probes.network import dns
from probes.reading import CannotMeasure, Outcome, Reading


async def read(
    resolvers: list[str], name: str, expect: dict[str, tuple[str, ...]], hijack_check: bool, timeout: float
) -> list[Outcome]:
    """network.dns over all, and one network.resolver each where there are several.

    finding: dns_missing, dns_dead, dns_wrong, dns_hijacked; dns_resolver_dead for one of several.
    """
    if not resolvers:
        return [Reading(check=dns.CHECK, finding="dns_dead", evidence={"reason": "no resolver is configured"})]
    try:
        answers = list(await asyncio.gather(*(dns.ask(one, name, timeout=timeout) for one in resolvers)))
    except Exception as error:
        if type(error).__module__.startswith("dns"):
            return [CannotMeasure(check=dns.CHECK, reason=f"{name} cannot be asked for: {error}")]
        raise
    alive = [one for one in answers if one.code]
    evidence: dict[str, str | float | int | bool] = {"name": name}
    for one in answers:
        what = f"{one.code} in {one.seconds * 1000:.1f} ms" if one.code else one.trouble
        evidence[one.resolver] = f"{what}, {one.addresses[0]}" if one.addresses else what
    outcomes: list[Outcome] = []
    if len(resolvers) > 1:
        for one in answers:
            finding = "dns_resolver_dead" if alive and not one.code else ""
            values = {"dns_resolver_seconds": one.seconds} if one.code else {}
            outcomes.append(Reading(check="network.resolver", target=one.resolver, values=values, finding=finding))
    if not alive:
        evidence["reason"] = f"no usable answer from {', '.join(resolvers)}"
        return [Reading(check=dns.CHECK, finding="dns_dead", evidence=evidence), *outcomes]
    values = {"dns_seconds": answers[0].seconds if answers[0].code else min(one.seconds for one in alive)}
    finding = await _lies(alive, name, expect, hijack_check, timeout, evidence)
    return [Reading(check=dns.CHECK, values=values, finding=finding, evidence=evidence), *outcomes]


async def _lies(
    alive: list[dns.Answer],
    name: str,
    expect: dict[str, tuple[str, ...]],
    hijack_check: bool,
    timeout: float,
    evidence: dict[str, str | float | int | bool],
) -> str:
    for one in alive:
        bad = [address for address in one.addresses if dns.absurd(address)]
        if bad or (one.code == "NXDOMAIN" and len({other.code for other in alive}) > 1):
            evidence["reason"] = f"{one.resolver} says {bad[0] if bad else 'NXDOMAIN'} for {name}"
            return "dns_wrong"
    for wanted, networks in expect.items():
        for one in alive:
            answer = one if wanted == name else await dns.ask(one.resolver, wanted, timeout=timeout)
            wrong = dns.unexpected(answer.addresses, networks)
            if wrong or (answer.code == "NXDOMAIN"):
                said = wrong[0] if wrong else "NXDOMAIN"
                evidence["reason"] = f"{one.resolver} says {said} for {wanted}, expected {', '.join(networks)}"
                return "dns_wrong"
    if all(one.code != "NOERROR" for one in alive):
        evidence["reason"] = f"{alive[0].resolver} says {alive[0].code} for {name}"
        return "dns_failing"
    if hijack_check:
        made_up = await dns.ask(alive[0].resolver, dns.impossible_name(), timeout=timeout)
        if made_up.addresses:
            evidence["reason"] = f"{alive[0].resolver} gives {made_up.addresses[0]} for a name that does not exist"
            return "dns_hijacked"
    return ""
