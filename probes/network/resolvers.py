"""Rung 4 over all resolvers: what a program of this PC gets for a name, and which resolver is dead, wrong or lying.

``ask`` does the asking; ``judge`` is a pure function over what was said.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from probes.network import dns_question
from probes.network.dns_question import DnsAnswer
from probes.network.settings import Settings
from probes.network.system_names import LATE, NameLookup, Resolved
from probes.reading import CannotMeasure, Fact, Outcome, Reading
from probes.why import Why, because

RESOLVER = "network.resolver"

NO_ADDRESS = "no address"
"""What an answer without an error and without an address says; its words stand under evidence.word."""
LIES_WAIT_SECONDS = 0.5
"""A resolver that is slower is asked for no made-up name: the round would not end in time."""
MOST_SECONDS = 5.2
"""For all questions together; a made-up name is asked for after the others."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the resolvers said, in the system's order. made_up: the answer for a name that nobody has, where asked.

    others: (name, answer) of further names whose right answers are configured. why: nothing could be asked.
    seconds: how long it took.
    """

    name: str
    answers: tuple[DnsAnswer, ...] = ()
    made_up: DnsAnswer | None = None
    others: tuple[tuple[str, DnsAnswer], ...] = ()
    why: Why | None = None
    seconds: float = 0.0

    @property
    def silent(self) -> bool:
        """No resolver answers at all, and none is known to be closed: only an answer is lacking."""
        return bool(self.answers) and not any(one.code or one.closed or one.garbled for one in self.answers)

    @property
    def recurses(self) -> bool:
        """A resolver got an answer from the internet just now: nobody can have kept that of a made-up name."""
        return self.made_up is not None and self.made_up.code in ("NXDOMAIN", "NOERROR")

    @property
    def unanswered(self) -> bool:
        """No resolver got an answer from beyond: they are silent, or say that they could not (SERVFAIL)."""
        return bool(self.answers) and all(
            one.code in ("", "SERVFAIL") and not one.closed and not one.garbled for one in self.answers
        )


async def ask(
    resolvers: Sequence[str], name: str, kind: str, settings: Settings, names: NameLookup, *, lies: bool
) -> Said:
    """Ask every resolver for the name at once. kind: "A" or "AAAA", asked first. lies: ask for a made-up name too.

    Sets ``names.live`` as soon as a resolver has answered.
    """
    wait, begun = settings.dns_timeout, time.monotonic()

    async def one(resolver: str) -> DnsAnswer:
        answer = await dns_question.ask(resolver, name, kind=kind, timeout=wait)
        if answer.code == "NOERROR" and not answer.addresses:
            other = await dns_question.ask(resolver, name, kind="AAAA" if kind == "A" else "A", timeout=wait)
            answer = other if other.addresses else answer
        if answer.addresses and not names.live:
            names.live = resolver
        return answer

    try:
        answers = tuple(await asyncio.gather(*(one(resolver) for resolver in resolvers)))
        others = [
            (wanted, await dns_question.ask(answer.resolver, wanted, kind=kind, timeout=wait))
            for wanted in settings.dns_expect
            if wanted != name
            for answer in answers
            if answer.code
        ]
        first = decisive(answers)
        made_up = None
        if lies and first is not None and first.code and first.seconds < LIES_WAIT_SECONDS:
            made_up = await dns_question.ask(first.resolver, dns_question.impossible_name(), kind=kind, timeout=wait)
    except Exception as error:
        if type(error).__module__.startswith("dns"):
            return Said(name, why=because("name_unaskable", name=name, detail=str(error)))
        raise
    names.dead = not names.live and not any(one.code for one in answers)
    return Said(name, answers, made_up, tuple(others), seconds=time.monotonic() - begun)


def decisive(answers: Sequence[DnsAnswer]) -> DnsAnswer | None:
    """The answer that ends a program's search: glibc goes on after silence, SERVFAIL and REFUSED, and believes the
    first other answer. None where there is none."""
    believed = next((one for one in answers if one.code in ("NOERROR", "NXDOMAIN")), None)
    return believed or next((one for one in answers if one.code), None)


def judge(said: Said, system: Resolved | None, settings: Settings) -> list[Outcome]:
    """network.dns for what programs get, and one network.resolver each where there are several.

    system: what the system's resolver answered for the same name; None where it was not asked. finding: dns_dead,
    dns_failing, dns_wrong, dns_hijacked; dns_resolver_dead, dns_resolver_failing for one of several.
    """
    if said.why is not None:
        return [CannotMeasure(check=dns_question.CHECK, reason=said.why)]
    served = system is not None and bool(system.addresses) and not system.late
    if not said.answers:
        if served:
            return [
                Reading(check=dns_question.CHECK, evidence={"name": said.name, "by": because("by_system_resolver")})
            ]
        return [Reading(check=dns_question.CHECK, finding="dns_dead", evidence={"reason": because("no_resolver")})]
    evidence: dict[str, Fact] = {"name": said.name}
    evidence |= {one.resolver: _shown(one) for one in said.answers}
    values: dict[str, float] = {}
    chosen = decisive(said.answers)
    if chosen is not None:
        values["dns_seconds"] = chosen.seconds
        evidence["resolver"] = settings.label(chosen.resolver)
    if system is not None and not system.late and system.seconds == system.seconds:
        values["dns_system_seconds"] = system.seconds
    finding = _finding(said, system, settings, evidence)
    works = finding not in ("dns_dead", "dns_failing")
    lasted = said.seconds if finding and chosen is None else 0.0
    whole = Reading(check=dns_question.CHECK, values=values, finding=finding, evidence=evidence, lasted=lasted)
    return [whole, *_each(said, works, settings)]


def placed(one: Outcome, beyond: bool) -> Outcome:
    """The same, with the note that its answer came from beyond the gateway."""
    if not beyond or not isinstance(one, Reading) or one.check != dns_question.CHECK:
        return one
    return replace(one, evidence={**one.evidence, "beyond": True})


def _shown(one: DnsAnswer) -> Fact:
    if not one.code:
        return one.why
    said = f"{one.code} {one.addresses[0]}" if one.addresses else one.code
    return because("answered_with", said=said, ms=round(one.seconds * 1000, 1), method=one.transport or "UDP")


def _finding(said: Said, system: Resolved | None, settings: Settings, evidence: dict[str, Fact]) -> str:
    chosen = decisive(said.answers)
    good = chosen is not None and bool(chosen.addresses)
    served = system is not None and bool(system.addresses) and not system.late
    refused = system is not None and not system.addresses and not system.late
    if chosen is not None and (lie := _lie(said, chosen, served, settings)):
        _accuse(*lie, evidence)
        return "dns_wrong"
    if refused and system is not None and good:
        evidence["reason"] = because("system_resolver", why=system.why)
        return "dns_failing"
    if not served and not good:
        return _broken(said, chosen, settings, evidence)
    if said.made_up is not None and said.made_up.addresses:
        who = settings.label(said.made_up.resolver)
        evidence["reason"] = because("answer_made_up", server=who, address=said.made_up.addresses[0])
        return "dns_hijacked"
    return ""


def _broken(said: Said, chosen: DnsAnswer | None, settings: Settings, evidence: dict[str, Fact]) -> str:
    if chosen is None:
        everybody = ", ".join(settings.label(one.resolver) for one in said.answers)
        garbled = next((one for one in said.answers if one.garbled), None)
        evidence["resolver"] = settings.label(garbled.resolver) if garbled else everybody
        server = str(evidence["resolver"])
        evidence["reason"] = because("garbage" if garbled else "no_answer_from", server=server)
        return "dns_failing" if garbled else "dns_dead"
    said_code = NO_ADDRESS if chosen.code == "NOERROR" else chosen.code
    _accuse(settings.label(chosen.resolver), said_code, said.name, "", evidence)
    other = any(one.addresses for one in said.answers)
    return "dns_wrong" if other else "dns_failing"


def _lie(said: Said, chosen: DnsAnswer, served: bool, settings: Settings) -> tuple[str, str, str, str] | None:
    """(resolver, what it said, for which name, what was expected) of an answer that cannot be right."""
    who = settings.label(chosen.resolver)
    bad = [address for address in chosen.addresses if dns_question.absurd(address)]
    if bad and not served:
        return who, bad[0], said.name, ""
    answered = [(said.name, one) for one in said.answers if one.code] + list(said.others)
    for name, answer in answered:
        networks = settings.dns_expect.get(name)
        if networks is None:
            continue
        wrong = dns_question.unexpected(answer.addresses, networks)
        if wrong or answer.code == "NXDOMAIN":
            return settings.label(answer.resolver), wrong[0] if wrong else "NXDOMAIN", name, ", ".join(networks)
    return None


def _accuse(resolver: str, said: str, asked: str, expected: str, evidence: dict[str, Fact]) -> None:
    reason = _says(resolver, said, asked)
    if expected:
        reason = because("resolver_says_not", server=resolver, said=said, name=asked, expected=expected)
        evidence["expected"] = expected
    evidence |= {"resolver": resolver, "said": said, "asked": asked, "reason": reason}


def _says(resolver: str, said: str, asked: str) -> Why:
    if said == NO_ADDRESS:
        return because("resolver_has_none", server=resolver, name=asked)
    return because("resolver_says", server=resolver, said=said, name=asked)


def _each(said: Said, works: bool, settings: Settings) -> list[Outcome]:
    """What each of several resolvers is worth, while names resolve all the same."""
    if len(said.answers) < 2:
        return []
    outcomes: list[Outcome] = []
    for one in said.answers:
        who = settings.label(one.resolver)
        finding, reason = "", LATE
        if works and not one.code:
            finding, reason = "dns_resolver_dead", because("resolver_silent", server=who, why=one.why)
        elif works and not one.addresses:
            what = NO_ADDRESS if one.code == "NOERROR" else one.code
            finding, reason = "dns_resolver_failing", _says(who, what, said.name)
        elif works and all(dns_question.absurd(address) for address in one.addresses):
            finding, reason = "dns_resolver_failing", _says(who, one.addresses[0], said.name)
        evidence: dict[str, Fact] = {"resolver": who}
        if finding:
            evidence["reason"] = reason
        values = {"dns_resolver_seconds": one.seconds} if one.code else {}
        outcomes.append(Reading(check=RESOLVER, target=one.resolver, values=values, finding=finding, evidence=evidence))
    return outcomes
