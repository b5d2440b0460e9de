"""Networks in which meetings work from a PC with rules, ports and resolvers of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, healthy
from bench.network_lab.sound_links import resolver_here
from bench.network_lab.world import ROOM, ROUTER, World


@healthy()
def own_firewall_forbids_echoes(world: World) -> None:
    world.rule("output", "icmp type echo-request drop", world.room)


@healthy()
def own_firewall_forbids_echoes_and_the_targets(world: World) -> None:
    own_firewall_forbids_echoes(world)
    world.rule("output", f"ip daddr {{ {', '.join(far.TARGETS)} }} reject", world.room)


@healthy()
def own_routes_forbid_the_targets(world: World) -> None:
    for one in far.TARGETS:
        world.ip(world.room, f"route add prohibit {one}/32")


@healthy()
def no_way_out_but_to_the_proxy(world: World) -> None:
    """As in a network for meetings alone: one route to the proxy and one to the resolver."""
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    world.ip(world.room, "route delete default")
    for one in (far.PROXY, far.RESOLVER):
        world.ip(world.room, f"route add {one}/32 via {ROUTER}")


@healthy()
def ipv6_targets_blocked_while_ipv6_carries_the_service(world: World) -> Iterator[None]:
    world.six()
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})
    yield
    world.rule("forward", "ip6 daddr 2001:db8:2::1 drop")


@healthy("no_ipv4_address", may=("media_unreachable",), within=FULL)
def ipv4_way_out_lost_while_ipv6_carries_the_service(world: World) -> Iterator[None]:
    """The relay has an IPv4 address alone."""
    world.six()
    world.resolvers("2001:db8:2::53")
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})
    yield
    world.rule("forward", "meta nfproto ipv4 drop")


@healthy("no_ipv4_address", may=("media_unreachable",), within=FULL)
def ipv4_gateway_lost_while_ipv6_carries_the_service(world: World) -> Iterator[None]:
    world.six()
    world.resolvers("2001:db8:2::53")
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})
    yield
    world.ip(world.room, f"route delete default via {ROUTER}")


@healthy()
def ipv6_switched_off(world: World) -> None:
    world.inside(world.room, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})


@healthy()
def service_by_ipv4_blocked_while_ipv6_carries_it(world: World) -> None:
    world.six()
    world.change(names={"meet.lab.example": [far.SERVICE, far.SERVICE6]})
    world.rule("forward", f"ip daddr {far.SERVICE} drop")


@healthy()
def one_of_two_targets_is_dead(world: World) -> None:
    world.rule("forward", f"ip daddr {far.TARGETS[0]} drop")


@healthy()
def service_moves_between_its_addresses(world: World) -> Iterator[None]:
    yield
    for one in (far.SERVICE_OTHER, far.SERVICE):
        world.change(names={"meet.lab.example": [one]})
        time.sleep(8.0)


@healthy()
def no_resolver_named_and_one_on_this_machine(world: World) -> None:
    resolver_here(world)
    (world.etc / "resolv.conf").write_text("search lab.example\n")


@healthy()
def resolvers_with_search_list_and_turns(world: World) -> None:
    lines = ["# by hand", "domain lab.example", f"nameserver {far.RESOLVER}", f"nameserver {far.RESOLVER_OTHER} "]
    (world.etc / "resolv.conf").write_text(
        "\n".join([*lines, "search corp.example lab.example", "options rotate ndots:2"])
    )


@healthy("dns_resolver_dead")
def a_resolver_of_the_link_that_nobody_answers_at(world: World) -> None:
    world.resolvers("fe80::99%eth0", far.RESOLVER)


@healthy()
def resolver_refuses_names_that_it_does_not_know(world: World) -> None:
    names = {"page.lab.example": [far.PAGE], "relay.lab.example": [far.RELAY], "meet.lab.example": [far.SERVICE]}
    world.change(dns={"*": {"refuses_others": True, "names": names}})


@healthy()
def a_second_network_for_the_rooms_devices(world: World) -> None:
    world.wire(world.room, "eth1", "p4")
    world.ip(world.switch, "link set p4 nomaster")
    world.ip(world.room, "link set eth1 up")
    world.ip(world.room, "address add 192.168.1.10/24 dev eth1")


@healthy()
def a_second_way_out_that_is_dead_and_not_preferred(world: World) -> None:
    a_second_network_for_the_rooms_devices(world)
    world.ip(world.room, "route add default via 192.168.1.1 dev eth1 metric 900")


@healthy()
def address_on_an_interface_above_the_cable(world: World) -> None:
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    world.ip(world.room, "link add lan0 link eth0 type macvlan mode bridge")
    world.ip(world.room, "link set lan0 up")
    world.ip(world.room, f"address add {ROOM}/24 dev lan0")
    world.ip(world.room, f"route replace default via {ROUTER} dev lan0")


@healthy()
def network_manager_puts_the_way_out_back(world: World) -> Iterator[None]:
    """Its check of the way out takes the route away for a moment, and gives it another metric."""
    yield
    world.ip(world.room, "route delete default")
    world.ip(world.room, f"route add default via {ROUTER} metric 20100")
    time.sleep(3.0)
    world.ip(world.room, f"route add default via {ROUTER} metric 100")
    world.ip(world.room, f"route delete default via {ROUTER} metric 20100")


@healthy()
def gateway_answers_an_echo_a_second(world: World) -> None:
    world.rule("input", "icmp type echo-request limit rate over 1/second burst 1 packets drop")


@healthy()
def service_takes_two_seconds(world: World) -> None:
    world.change(service="a while")


@healthy()
def relay_by_two_families_of_which_one_leads_nowhere(world: World) -> None:
    world.six(leads=False)
    world.change(names={"relay.lab.example": ["2001:db8:2::99", far.RELAY]})


@healthy()
def lease_renewed_with_another_resolver(world: World) -> Iterator[None]:
    yield
    world.resolvers(far.RESOLVER_OTHER)
    world.change(dns={far.RESOLVER: {"silent": True}})


@healthy()
def cable_moved_to_another_port_of_the_pc(world: World) -> Iterator[None]:
    world.wire(world.room, "eth1", "p4")
    world.ip(world.room, "link set eth1 up")
    world.ip(world.switch, "link set p4 down")
    yield
    world.ip(world.switch, "link set p1 down")
    world.ip(world.room, "address flush dev eth0 scope global")
    time.sleep(2.0)
    world.ip(world.switch, "link set p4 up")
    world.ip(world.room, f"address add {ROOM}/24 dev eth1")
    world.ip(world.room, f"route replace default via {ROUTER} dev eth1")


@healthy()
def service_asks_for_a_login_of_its_own(world: World) -> None:
    services = world.folder / "services.toml"
    services.write_text(services.read_text().replace('content = "join"\n', ""))
    world.change(service="403 Forbidden", plain="<form><input type=password>Sign in to the meeting</form>")
