"""What a whole walk means: pure rules over what each rung said by itself. Each rung asks; only this file judges.

The rules. An upper rung that works proves those below it: one that only lacks an answer then is "filtered", and no
fault. The deepest break that is proved is the cause, and nothing above it is judged. Silence proves nothing where there
never was an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from probes.network import dns_question, gateway, internet, media_relays, portal, service
from probes.reading import CannotMeasure, Fact, NothingToMeasure, Outcome, Reading
from probes.why import Why, because

PLACE = "network.place"
SILENT = frozenset(
    {
        "gateway_unreachable",
        "gateway6_unreachable",
        "internet_unreachable",
        "internet6_unreachable",
        "dns_dead",
        "service_unreachable",
        "media_unreachable",
    }
)
"""Faults that are no more than a lacking answer."""
STALL_SECONDS = 1.0
"""What most answers are waited for: such a standstill can hide one. Shorter ones are bridged by asking twice."""
BEHIND = frozenset({"service_refuses", "service_wrong_content", "service_certificate_expired"})
"""Faults of a service that only an answer from there can show. An untrusted certificate may be that of a login page."""
NAMES = frozenset({"dns_dead", "dns_failing"})
LIES = frozenset({"dns_hijacked", "dns_wrong"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One walk. Each outcome is what the rung said by itself; empty where it was not reached.

    unanswered: no resolver got an answer from beyond, while none is known to be dead itself.
    usual: the internet targets answered here before. usual6: so did those of IPv6. serves: a meeting service answered
    in this network before. elsewhere: the network where one did, "" for none. here: this network. families: of
    IPv4 and IPv6 those by which services were reached.
    stalled: seconds for which this process could not listen.
    needed: whether programs resolve the service's name here at all (not behind a proxy).
    """

    address: Outcome
    gateway: Outcome
    gateway6: Outcome | None = None
    vpn: Outcome | None = None
    internet: Outcome
    internet6: Outcome | None = None
    dns: tuple[Outcome, ...] = ()
    unanswered: bool = False
    needed: bool = True
    proxies: tuple[Outcome, ...] = ()
    portal: Outcome | None = None
    causes: tuple[Outcome, ...] = ()
    services: tuple[Outcome, ...] = ()
    media: tuple[Outcome, ...] = ()
    usual: bool = False
    usual6: bool = False
    serves: bool = False
    elsewhere: str = ""
    here: str = ""
    families: frozenset[int] = frozenset()
    stalled: float = 0.0


def works(one: Outcome | None) -> bool:
    return isinstance(one, Reading) and not one.finding


def fault(one: Outcome | None) -> str:
    return one.finding if isinstance(one, Reading) else ""


def answered(one: Outcome) -> bool:
    """Something came back from the service itself."""
    return isinstance(one, Reading) and (not one.finding or one.finding in BEHIND)


def settle(walked: Walked) -> list[Outcome]:
    """The outcomes of the walk, from the address upwards, each judged in the light of the others."""
    reached = any(answered(one) for one in walked.services)
    login = _portal(walked.portal, reached)
    clear = works(login) and isinstance(login, Reading) and "portal_clear" in login.values
    media = any(fault(one) in ("", "media_udp_blocked") and isinstance(one, Reading) for one in walked.media)
    beyond = reached or clear or media
    way = _internet(walked, beyond, login)
    near = _gateway(walked.gateway, beyond, works(way) or any(_from_beyond(one) for one in walked.dns))
    names = _names(walked, reached, way, login)
    lower: list[Outcome | None] = [_address(walked, reached, beyond or works(way)), _place(walked, reached), near]
    lower += [*_six(walked), _vpn(walked.vpn, beyond), way, *names, *walked.proxies, login]
    upper = [*walked.causes, *walked.services, *walked.media]
    return [_heard(one, walked.stalled) for one in _above([one for one in lower if one is not None], upper)]


def _heard(one: Outcome, stalled: float) -> Outcome:
    """Silence proves nothing to somebody who could not listen."""
    if stalled < STALL_SECONDS or fault(one) not in SILENT:
        return one
    return CannotMeasure(check=one.check, target=one.target, reason=because("too_busy", seconds=round(stalled, 1)))


def _from_beyond(one: Outcome) -> bool:
    """A resolver's answer crossed the gateway unless the resolver is on this link, which its reading says."""
    return (
        works(one) and isinstance(one, Reading) and one.check == dns_question.CHECK and bool(one.evidence.get("beyond"))
    )


def filtered(one: Reading, why: Why) -> Reading:
    """The same rung without its fault: nothing answers there, though it must be passable."""
    evidence = {**one.evidence, "filtered": why}
    evidence.pop("reason", None)
    return replace(one, finding="", passive=True, evidence=evidence)


def _portal(one: Outcome | None, reached: bool) -> Outcome | None:
    """Where a service answers with its own certificate, nobody stands in its way but one who asks for a login."""
    if isinstance(one, Reading) and one.finding and reached and not one.evidence.get("login"):
        return filtered(one, because("pages_changed"))
    return one


def _internet(walked: Walked, beyond: bool, login: Outcome | None) -> Outcome:
    one = walked.internet
    if not isinstance(one, Reading) or one.finding not in SILENT:
        return one
    if beyond:
        return filtered(one, because("targets_blocked"))
    if fault(login):
        return filtered(one, because("login_in_the_way"))
    names = any(fault(each) in NAMES for each in walked.dns)
    if not walked.usual and ((names and not walked.unanswered) or any(works(each) for each in walked.proxies)):
        return CannotMeasure(check=one.check, reason=because("targets_never_answered"))
    return one


def _vpn(one: Outcome | None, beyond: bool) -> Outcome | None:
    """A tunnel that lets no target of the internet through may do so on purpose: it is dead where nothing passes."""
    return filtered(one, because("targets_blocked")) if beyond and isinstance(one, Reading) and one.finding else one


def _gateway(one: Outcome, beyond: bool, passed: bool) -> Outcome:
    if isinstance(one, Reading) and one.finding == "gateway_unreachable" and (beyond or passed):
        return filtered(one, because("passes_packets"))
    if isinstance(one, Reading) and one.finding == "no_route" and beyond:
        return filtered(one, because("no_route_needed"))
    return one


def _names(walked: Walked, reached: bool, way: Outcome, login: Outcome | None) -> list[Outcome]:
    def judged(one: Outcome) -> Outcome:
        if not isinstance(one, Reading) or not one.finding:
            return one
        if one.finding in NAMES and reached and not walked.needed:
            return filtered(one, because("proxy_resolves"))
        if one.finding in NAMES and walked.unanswered and fault(way):
            return CannotMeasure(check=one.check, reason=because("resolvers_beyond"))
        if one.finding in LIES and fault(login):
            return filtered(one, because("login_answers"))
        return one

    return [judged(one) for one in walked.dns]


def _address(walked: Walked, reached: bool, beyond: bool) -> Outcome:
    """No IPv4 address is no fault where IPv6 does all the work and always did; with IPv6 that leads nowhere it is the
    cause of everything. IPv4 that led out before and does not any more, while IPv6 carries the service, is a notice."""
    one = walked.address
    if isinstance(one, Reading) and "no_ipv4" in one.evidence:
        reason = one.evidence["no_ipv4"]
        assert isinstance(reason, Why)
        if not beyond or (walked.services and not reached):
            where = because("ipv6_nowhere", why=reason) if not beyond else because("ipv6_no_service", why=reason)
            evidence = {**one.evidence, "reason": where}
            return replace(one, finding="no_address", evidence=evidence)
        if one.evidence.get("had_ipv4"):
            evidence = {**one.evidence, "reason": because("ipv4_lost", why=reason)}
            return replace(one, finding="no_ipv4_address", evidence=evidence)
        return one
    lost = walked.gateway if fault(walked.gateway) == "no_route" else walked.internet
    if not walked.usual or walked.families != {6} or fault(lost) not in ("no_route", "internet_unreachable"):
        return one
    if isinstance(one, Reading) and not one.finding and isinstance(lost, Reading):
        evidence = {**one.evidence, "reason": because("ipv4_lost", why=lost.evidence["reason"])}
        return replace(one, finding="no_ipv4_address", evidence=evidence)
    return one


def _six(walked: Walked) -> list[Outcome]:
    """IPv6 beside IPv4. Where it never led anywhere it is only announced, and nobody misses it."""
    near, far = walked.gateway6, walked.internet6
    if isinstance(far, Reading) and far.finding and 6 in walked.families:
        far = filtered(far, because("targets_blocked"))
    if isinstance(near, Reading) and near.finding and works(far):
        near = filtered(near, because("passes_packets"))
    if fault(near) and isinstance(far, Reading):
        far = CannotMeasure(check=far.check, reason=because("not_asked", fault="gateway6_unreachable"))
    outcomes: list[Outcome] = [one for one in (near, far) if one is not None and not isinstance(one, NothingToMeasure)]
    if walked.usual6:
        return outcomes
    why = because("ipv6_never")
    return [filtered(one, why) if isinstance(one, Reading) and one.finding else one for one in outcomes]


def _place(walked: Walked, reached: bool) -> Outcome:
    """Another network than the one where meetings worked, and here they do not: a wrong VLAN, a guest network, or a
    second DHCP server."""
    broken = bool(walked.services) and not reached and fault(walked.gateway) != "no_route"
    if not broken or walked.serves or not walked.elsewhere or walked.elsewhere == walked.here:
        return NothingToMeasure(check=PLACE, reason=because("place_usual"))
    reason = because("elsewhere", here=walked.here, usual=walked.elsewhere)
    evidence: dict[str, Fact] = {
        "network": walked.here,
        "usual": walked.elsewhere,
        "reason": reason,
    }
    return Reading(check=PLACE, finding="another_network", evidence=evidence)


_DEEP = frozenset(
    {
        "no_address",
        "no_route",
        "gateway_unreachable",
        "another_network",
        "vpn_dead",
        "internet_unreachable",
        "dns_dead",
        "dns_failing",
        "dns_wrong",
        "proxy_unreachable",
        "captive_portal",
        "clock_wrong",
        "path_mtu_black_hole",
    }
)
"""Faults that make everything above them meaningless."""


def _above(lower: Sequence[Outcome], upper: Sequence[Outcome]) -> list[Outcome]:
    """Nothing above the first break is judged, unless it works."""
    outcomes: list[Outcome] = []
    broken = ""
    for one in (*lower, *upper):
        judged = not broken or not fault(one) or one.check in _APART
        why = because("not_asked", fault=broken)
        outcomes.append(one if judged else CannotMeasure(check=one.check, target=one.target, reason=why))
        broken = broken or (fault(one) if fault(one) in _DEEP else "")
    return outcomes


_APART = frozenset({gateway.CHECK6, internet.CHECK6})
"""What has a way of its own."""
TOP = (dns_question.CHECK, internet.CHECK, portal.CHECK, service.CHECK, media_relays.CHECK)
"""What is "not asked" where the walk ends early."""
