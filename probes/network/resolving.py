"""Rung 4's verdict over all resolvers: dead, wrong, hijacked, slow. Refuses the asking itself (dns.py)."""

from __future__ import annotations

import asyncio

from probes.network import dns
from probes.network.settings import Settings
from probes.reading import CannotMeasure, Outcome, Reading


async def read(resolvers: list[str], name: str, kind: str, settings: Settings, timeout: float) -> list[Outcome]:
    """network.dns over all, and one network.resolver each where there are several. kind: "A" or "AAAA".

    finding: dns_dead, dns_failing, dns_wrong, dns_hijacked; dns_resolver_dead for one of several.
    """
    if not resolvers:
        return [Reading(check=dns.CHECK, finding="dns_dead", evidence={"reason": "no resolver is configured"})]
    try:
        answers = list(await asyncio.gather(*(dns.ask(one, name, kind=kind, timeout=timeout) for one in resolvers)))
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
            more: dict[str, str | float | int | bool] = {"resolver": settings.label(one.resolver)}
            if finding:
                more["reason"] = f"{settings.label(one.resolver)}: {one.trouble}"
            outcomes.append(
                Reading(check="network.resolver", target=one.resolver, values=values, finding=finding, evidence=more)
            )
    if not alive:
        garbled = [one for one in answers if one.garbled]
        evidence["resolver"] = ", ".join(settings.label(one) for one in resolvers)
        evidence["reason"] = f"no usable answer from {evidence['resolver']}"
        if garbled:
            evidence["resolver"] = settings.label(garbled[0].resolver)
            evidence["reason"] = f"{evidence['resolver']} answers with garbage"
        finding = "dns_failing" if garbled else "dns_dead"
        return [Reading(check=dns.CHECK, finding=finding, evidence=evidence), *outcomes]
    values = {"dns_seconds": answers[0].seconds if answers[0].code else min(one.seconds for one in alive)}
    evidence["resolver"] = settings.label((answers[0] if answers[0].code else alive[0]).resolver)
    finding = await _lies(alive, name, kind, settings, timeout, evidence)
    return [Reading(check=dns.CHECK, values=values, finding=finding, evidence=evidence), *outcomes]


async def _lies(
    alive: list[dns.Answer],
    name: str,
    kind: str,
    settings: Settings,
    timeout: float,
    evidence: dict[str, str | float | int | bool],
) -> str:
    for one in alive:
        bad = [address for address in one.addresses if dns.absurd(address)]
        if bad or (one.code == "NXDOMAIN" and len({other.code for other in alive}) > 1):
            _accuse(settings.label(one.resolver), bad[0] if bad else "NXDOMAIN", name, evidence)
            return "dns_wrong"
    for wanted, networks in settings.dns_expect.items():
        for one in alive:
            answer = one if wanted == name else await dns.ask(one.resolver, wanted, kind=kind, timeout=timeout)
            wrong = dns.unexpected(answer.addresses, networks)
            if wrong or (answer.code == "NXDOMAIN"):
                _accuse(settings.label(one.resolver), wrong[0] if wrong else "NXDOMAIN", wanted, evidence)
                evidence["reason"] = f"{evidence['reason']}, expected {', '.join(networks)}"
                return "dns_wrong"
    if all(one.code != "NOERROR" for one in alive):
        _accuse(settings.label(alive[0].resolver), alive[0].code, name, evidence)
        return "dns_failing"
    if settings.dns_hijack_check:
        made_up = await dns.ask(alive[0].resolver, dns.impossible_name(), kind=kind, timeout=timeout)
        if made_up.addresses:
            who = settings.label(alive[0].resolver)
            evidence["reason"] = f"{who} gives {made_up.addresses[0]} for a name that does not exist"
            return "dns_hijacked"
    return ""


def _accuse(resolver: str, said: str, asked: str, evidence: dict[str, str | float | int | bool]) -> None:
    evidence |= {"resolver": resolver, "said": said, "asked": asked, "reason": f"{resolver} says {said} for {asked}"}
