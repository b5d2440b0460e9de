"""What a walk means, as a table: what each rung said by itself, and what may be told."""

from __future__ import annotations

from typing import Any

import pytest

from probes.network.judge_ladder import Walked, settle
from probes.reading import CannotMeasure, NothingToMeasure, Outcome, Reading
from probes.why import because


def rung(name: str, finding: str = "", target: str = "", **evidence: Any) -> Reading:
    return Reading(check=f"network.{name}", target=target, finding=finding, evidence=evidence)


ADDRESS, NEAR, WORLD = rung("address", target="eth0"), rung("gateway", target="eth0"), rung("internet")
DNS, SERVICE, MEDIA = rung("dns"), rung("service", target="meet"), rung("media")
CLEAR = Reading(check="network.portal", values={"portal_clear": 1.0})
SILENT_NEAR = rung("gateway", "gateway_unreachable", "eth0")
SILENT_WORLD = rung("internet", "internet_unreachable")
DEAD_DNS, FAILING_DNS = rung("dns", "dns_dead"), rung("dns", "dns_failing")
DEAD_SERVICE = rung("service", "service_unreachable", "meet")
UNKNOWN_PORTAL = CannotMeasure(check="network.portal", reason=because("late"))
SIX, FAR_SIX = rung("gateway6", target="eth0"), rung("internet6")
DEAD_SIX = rung("internet6", "internet6_unreachable")
LOST_FOUR = {"no_ipv4": because("no_lease"), "had_ipv4": True}
NEVER_FOUR = {"no_ipv4": because("no_lease"), "had_ipv4": False}
LOGIN = rung("portal", "captive_portal", login=True)
CAUGHT = rung("portal", "captive_portal", login=False, catches="meet.test")
SOUND: dict[str, Any] = {
    "address": ADDRESS,
    "gateway": NEAR,
    "internet": WORLD,
    "dns": (DNS,),
    "portal": CLEAR,
    "services": (SERVICE,),
    "media": (MEDIA,),
    "usual": True,
    "serves": True,
    "here": "a",
}


def told(**changes: Any) -> set[str]:
    """The fault codes of a walk that is sound but for these rungs."""
    return {one.finding for one in settle(Walked(**(SOUND | changes))) if isinstance(one, Reading) and one.finding}


HEALTHY: dict[str, dict[str, Any]] = {
    "all well": {},
    "a gateway that answers nobody": {"gateway": SILENT_NEAR},
    "targets blocked on purpose": {"internet": SILENT_WORLD},
    "targets blocked, no portal test": {"internet": SILENT_WORLD, "portal": UNKNOWN_PORTAL},
    "targets and gateway silent, the service answers with an error": {
        "internet": SILENT_WORLD,
        "gateway": SILENT_NEAR,
        "services": (rung("service", target="meet"),),
        "media": (),
    },
    "no way out, and the service by a route of its own": {
        "gateway": rung("gateway", "no_route", "eth0"),
        "internet": SILENT_WORLD,
    },
    "targets blocked from now on, the service by both families": {
        "internet": SILENT_WORLD,
        "internet6": FAR_SIX,
        "usual6": True,
    },
    "IPv6 targets blocked from now on, the service by IPv6": {
        "internet6": DEAD_SIX,
        "gateway6": rung("gateway6", "gateway6_unreachable", "eth0"),
        "usual6": True,
        "families": frozenset({6}),
    },
    "IPv4 that never led out": {"internet": SILENT_WORLD, "usual": False, "families": frozenset({6})},
    "names only behind the proxy": {"dns": (FAILING_DNS,), "needed": False, "portal": None},
    "IPv6 that is only announced": {"gateway6": SIX, "internet6": DEAD_SIX},
    "IPv6 whose router is silent and never led anywhere": {
        "gateway6": rung("gateway6", "gateway6_unreachable", "eth0"),
        "internet6": DEAD_SIX,
    },
    "a silent IPv6 router that lets packets pass": {
        "gateway6": rung("gateway6", "gateway6_unreachable", "eth0"),
        "internet6": FAR_SIX,
        "usual6": True,
    },
    "a VPN that blocks the targets, and carries the service": {
        "vpn": rung("vpn", "vpn_dead", "tun0"),
        "internet": SILENT_WORLD,
    },
    "a VPN that blocks the targets, and carries the media alone": {
        "vpn": rung("vpn", "vpn_dead", "tun0"),
        "internet": SILENT_WORLD,
        "portal": UNKNOWN_PORTAL,
        "services": (),
    },
    "IPv6 alone, as it always was": {"address": rung("address", **NEVER_FOUR)},
    "a web filter that changes plain pages": {"portal": CAUGHT},
    "a first network that is unknown, and works": {"serves": False, "elsewhere": "b"},
}


@pytest.mark.parametrize("walk", HEALTHY.values(), ids=list(HEALTHY))
def test_a_healthy_network_is_told_of_nothing(walk: dict[str, Any]) -> None:
    assert told(**walk) == set()


NOBODY = {"portal": UNKNOWN_PORTAL, "services": (DEAD_SERVICE,), "media": (rung("media", "media_unreachable"),)}
BROKEN: dict[str, tuple[dict[str, Any], set[str]]] = {
    "the gateway is dead": (
        {"gateway": SILENT_NEAR, "internet": SILENT_WORLD, "dns": (DEAD_DNS,), "unanswered": True, **NOBODY},
        {"gateway_unreachable"},
    ),
    "the line is dead behind a forwarder that answers SERVFAIL": (
        {"internet": SILENT_WORLD, "dns": (FAILING_DNS,), "unanswered": True, **NOBODY},
        {"internet_unreachable"},
    ),
    "the line is dead, first look": (
        {"internet": SILENT_WORLD, "dns": (DEAD_DNS,), "unanswered": True, "usual": False, **NOBODY},
        {"internet_unreachable"},
    ),
    "DNS refuses where the targets never answered": (
        {"internet": SILENT_WORLD, "dns": (FAILING_DNS,), "usual": False, **NOBODY},
        {"dns_failing"},
    ),
    "DNS is dead and the internet is there": ({"dns": (DEAD_DNS,), "unanswered": True, **NOBODY}, {"dns_dead"}),
    "the service is dead": ({"services": (DEAD_SERVICE,)}, {"service_unreachable"}),
    "a login page": (
        {"internet": SILENT_WORLD, "dns": (rung("dns", "dns_hijacked"),), "services": (DEAD_SERVICE,)}
        | {"portal": LOGIN, "media": ()},
        {"captive_portal"},
    ),
    "a login page that lets the service pass": ({"portal": LOGIN}, {"captive_portal"}),
    "every plain page is caught and the service is not reached": (
        {"portal": CAUGHT, "services": (rung("service", "service_certificate_wrong", "meet"),), "media": ()},
        {"captive_portal"},
    ),
    "another network": (
        {"services": (DEAD_SERVICE,), "serves": False, "elsewhere": "b", "internet": SILENT_WORLD}
        | {"portal": UNKNOWN_PORTAL, "media": ()},
        {"another_network"},
    ),
    "another network whose gateway is dead": (
        {"gateway": SILENT_NEAR, "internet": SILENT_WORLD, "serves": False, "elsewhere": "b", **NOBODY},
        {"another_network"},
    ),
    "the way out is lost": (
        {"gateway": rung("gateway", "no_route", "eth0"), "internet": SILENT_WORLD, "serves": False, "elsewhere": "b"}
        | NOBODY,
        {"no_route"},
    ),
    "IPv4 leads nowhere any more and IPv6 carries the service": (
        {"internet": rung("internet", "internet_unreachable", reason=because("late")), "internet6": FAR_SIX}
        | {"usual6": True, "families": frozenset({6})},
        {"no_ipv4_address"},
    ),
    "IPv4 has lost its way out and IPv6 carries the service": (
        {"gateway": rung("gateway", "no_route", "eth0", reason=because("late")), "internet": SILENT_WORLD}
        | {"internet6": FAR_SIX, "usual6": True, "families": frozenset({6})},
        {"no_ipv4_address"},
    ),
    "the lease is lost and IPv6 works": ({"address": rung("address", **LOST_FOUR)}, {"no_ipv4_address"}),
    "the lease is lost and IPv6 leads nowhere": (
        {"address": rung("address", **NEVER_FOUR), "internet": SILENT_WORLD, **NOBODY},
        {"no_address"},
    ),
    "IPv6 worked and is lost": (
        {"gateway6": SIX, "internet6": DEAD_SIX, "usual6": True},
        {"internet6_unreachable"},
    ),
    "the IPv6 router is lost": (
        {"gateway6": rung("gateway6", "gateway6_unreachable", "eth0"), "internet6": DEAD_SIX, "usual6": True},
        {"gateway6_unreachable"},
    ),
    "the clock": (
        {
            "causes": (rung("clock", "clock_wrong"),),
            "services": (rung("service", "service_certificate_expired", "meet"),),
        },
        {"clock_wrong"},
    ),
    "large packets": (
        {"causes": (rung("mtu", "path_mtu_black_hole"),), "services": (DEAD_SERVICE,)},
        {"path_mtu_black_hole"},
    ),
    "UDP is blocked": ({"media": (rung("media", "media_udp_blocked"),)}, {"media_udp_blocked"}),
    "the proxy is dead": (
        {
            "proxies": (rung("proxy", "proxy_unreachable"),),
            "services": (DEAD_SERVICE,),
            "needed": False,
            "internet": NothingToMeasure(check="network.internet", reason=because("no_targets")),
            "portal": None,
        },
        {"proxy_unreachable"},
    ),
    "a VPN that carries nothing": (
        {"vpn": rung("vpn", "vpn_dead", "tun0"), "internet": SILENT_WORLD, "dns": (DEAD_DNS,), **NOBODY},
        {"vpn_dead"},
    ),
    "one dead resolver": ({"dns": (DNS, rung("resolver", "dns_resolver_dead", "10.0.0.2"))}, {"dns_resolver_dead"}),
}


@pytest.mark.parametrize(("walk", "faults"), BROKEN.values(), ids=list(BROKEN))
def test_the_deepest_proved_break_is_told_and_nothing_else(walk: dict[str, Any], faults: set[str]) -> None:
    assert told(**walk) == faults


def test_what_is_filtered_says_so_and_what_is_not_judged_says_why() -> None:
    found: dict[str, Outcome] = {one.check: one for one in settle(Walked(**(SOUND | {"internet": SILENT_WORLD})))}
    world = found["network.internet"]
    assert isinstance(world, Reading)
    assert world.passive
    assert world.evidence["filtered"] == because("targets_blocked")
    broken = SOUND | {"dns": (DEAD_DNS,), **NOBODY}
    above = {one.check: one for one in settle(Walked(**broken))}["network.service"]
    assert isinstance(above, CannotMeasure)
    assert above.reason == because("not_asked", fault="dns_dead")


def test_silence_proves_nothing_to_a_machine_that_was_too_busy_to_listen() -> None:
    assert told(internet=SILENT_WORLD, dns=(DEAD_DNS,), unanswered=True, stalled=1.2, **NOBODY) == set()
    assert told(services=(rung("service", "service_refuses", "meet"),), stalled=1.2) == {"service_refuses"}


def test_every_check_is_told_once() -> None:
    for walk in (*HEALTHY.values(), *(one for one, _ in BROKEN.values())):
        keys = [(one.check, one.target) for one in settle(Walked(**(SOUND | walk)))]
        assert len(keys) == len(set(keys)), walk
