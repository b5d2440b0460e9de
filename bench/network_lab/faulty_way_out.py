"""Networks in which the way out is broken: cable, lease, gateway, line or tunnel."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, PATIENT, broken
from bench.network_lab.sound import tunnel, wifi_too
from bench.network_lab.sound_links import resolver_here
from bench.network_lab.world import ROOM, ROUTER, ROUTER6, World


@broken("link_down")
def cable_pulled(world: World) -> Iterator[None]:
    yield
    world.ip(world.switch, "link set p1 down")


@broken("no_address")
def lease_lost(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "address flush dev eth0 scope global")


@broken("no_address")
def lease_lost_before_the_start(world: World) -> None:
    world.ip(world.room, "address flush dev eth0 scope global")


@broken("no_address")
def no_lease_and_an_ipv6_that_leads_nowhere(world: World) -> None:
    world.six(leads=False)
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")


@broken("no_ipv4_address")
def lease_lost_while_ipv6_carries_the_room(world: World) -> Iterator[None]:
    world.six()
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})
    world.resolvers("2001:db8:2::53")
    yield
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")


@broken("internet6_unreachable", within=FULL)
def ipv6_way_out_lost(world: World) -> Iterator[None]:
    world.six()
    yield
    world.rule("forward", "meta nfproto ipv6 drop")


@broken("gateway6_unreachable", within=FULL)
def ipv6_gateway_lost(world: World) -> Iterator[None]:
    world.six()
    yield
    world.ip(world.router, f"address delete {ROUTER6}/64 dev lan0")


@broken("no_route")
def way_out_lost(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "route delete default")


@broken("gateway_unreachable")
def gateway_dead(world: World) -> Iterator[None]:
    yield
    world.ip(world.switch, "link set p9 down")


@broken("gateway_unreachable")
def gateway_lost_its_address(world: World) -> Iterator[None]:
    yield
    world.ip(world.router, f"address delete {ROUTER}/24 dev lan0")


@broken("internet_unreachable")
def line_cut_silently(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "drop")


@broken("internet_unreachable")
def line_cut_and_the_router_says_so(world: World) -> Iterator[None]:
    yield
    world.ip(world.router, "route replace unreachable 192.0.2.0/24")


@broken("internet_unreachable")
def line_cut_where_targets_were_blocked(world: World) -> Iterator[None]:
    world.rule("forward", f"ip daddr {{ {', '.join(far.TARGETS)} }} drop")
    yield
    world.rule("forward", "drop")


@broken("internet_unreachable")
def line_cut_before_the_start(world: World) -> None:
    world.rule("forward", "drop")


def _forwarder(world: World) -> None:
    """The router's own resolver, which asks the far one."""
    world.resolvers(ROUTER)
    command = ["dnsmasq", "-k", "--no-resolv", f"--server={far.RESOLVER}", "--conf-file=/dev/null", "--no-hosts"]
    command += ["--user=root", "--bind-interfaces", f"--listen-address={ROUTER}", "--pid-file=", "--cache-size=0"]
    world.serve(world.router, *command)


@broken("internet_unreachable")
def line_cut_behind_a_forwarder(world: World) -> Iterator[None]:
    _forwarder(world)
    yield
    world.rule("forward", "drop")
    world.rule("output", "oifname wan0 drop")


@broken("internet_unreachable")
def line_cut_behind_a_forwarder_that_answers_servfail(world: World) -> Iterator[None]:
    _forwarder(world)
    yield
    world.rule("forward", "drop")
    world.ip(world.router, f"route add unreachable {far.RESOLVER}/32")


@broken("internet_unreachable")
def providers_resolver_lives_and_gets_no_answer_itself(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr != {far.RESOLVER} ip daddr 192.0.2.0/24 drop")
    world.change(dns={"*": {"code": "SERVFAIL"}})


@broken("internet_unreachable")
def line_cut_behind_a_resolver_on_this_machine(world: World) -> Iterator[None]:
    resolver_here(world)
    yield
    world.rule("forward", "drop")


@broken("wired_link_down", within=PATIENT)
def cable_pulled_and_wifi_takes_over(world: World) -> Iterator[None]:
    wifi_too(world)
    yield
    world.ip(world.switch, "link set p1 down")
    world.ip(world.room, "address flush dev eth0")


@broken("wired_no_address", within=PATIENT)
def cable_without_lease_and_wifi_takes_over(world: World) -> Iterator[None]:
    wifi_too(world)
    yield
    world.ip(world.room, "address flush dev eth0")


@broken("wired_no_address", within=PATIENT)
def cable_without_lease_from_the_start(world: World) -> None:
    wifi_too(world)
    world.ip(world.room, "address flush dev eth0 scope global")


@broken("link_down")
def network_adapter_is_gone(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "link delete eth0")


@broken("no_address")
def address_that_the_pc_gave_itself(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "address flush dev eth0 scope global")
    world.ip(world.room, "address add 169.254.7.9/16 dev eth0 scope link")


@broken("no_route")
def lease_without_a_gateway_from_the_start(world: World) -> None:
    world.ip(world.room, "route delete default")


@broken("gateway_unreachable")
def switch_locks_the_port(world: World) -> Iterator[None]:
    """As 802.1X does when a login has run out: the link stays up, and so does the address."""
    yield
    world.rule("forward", "iifname p1 drop", world.switch, "bridge")
    world.rule("forward", "oifname p1 drop", world.switch, "bridge")


@broken("gateway_unreachable")
def gateway_dead_beside_a_wifi_that_nobody_turned_to(world: World) -> Iterator[None]:
    wifi_too(world)
    world.wire(world.router, "lan1", "p8")
    yield
    world.rule("forward", "iifname p1 drop", world.switch, "bridge")
    world.rule("forward", "oifname p1 drop", world.switch, "bridge")


@broken("vpn_dead")
def vpn_carries_nothing(world: World) -> Iterator[None]:
    yield
    tunnel(world, leads=False)
