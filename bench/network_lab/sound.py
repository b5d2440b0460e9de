"""Networks in which meetings work, most of them unusual: nothing, or no more than a notice, may be told."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import healthy
from bench.network_lab.world import ROOM, ROUTER, WIFI, World, run


@healthy()
def nothing_unusual(world: World) -> None:
    pass


@healthy()
def gateway_ignores_echoes(world: World) -> None:
    world.rule("input", "icmp type echo-request drop")


@healthy()
def echoes_are_blocked_everywhere(world: World) -> None:
    world.rule("input", "icmp type echo-request drop")
    world.rule("forward", "icmp type echo-request drop")


@healthy()
def internet_targets_blocked_on_purpose(world: World) -> None:
    world.rule("forward", f"ip daddr {{ {', '.join(far.TARGETS)} }} drop")


@healthy()
def internet_targets_blocked_from_now_on(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr {{ {', '.join(far.TARGETS)} }} drop")


@healthy()
def internet_targets_refused_by_the_firewall(world: World) -> None:
    world.rule("forward", f"ip daddr {{ {', '.join(far.TARGETS)} }} reject")


@healthy()
def only_the_service_and_names_are_allowed(world: World) -> None:
    world.rule("forward", f"ip daddr {far.SERVICE} tcp dport 443 accept")
    world.rule("forward", f"ip daddr {far.RESOLVER} accept")
    world.rule("forward", "ip daddr 192.0.2.0/24 drop")


@healthy()
def allow_list_and_a_gateway_that_is_silent(world: World) -> None:
    world.rule("input", "icmp type echo-request drop")
    only_the_service_and_names_are_allowed(world)


@healthy()
def ipv6_announced_by_nobody_who_answers(world: World) -> None:
    world.ip(world.room, "address add 2001:db8:1::2/64 dev eth0 nodad")
    world.ip(world.room, "route add default via 2001:db8:1::99")
    world.change(names={"meet.lab.example": [far.SERVICE, far.SERVICE6]})
    world.settings["internet6"] = ["2001:db8:2::1"]


@healthy()
def ipv6_whose_way_out_is_dead(world: World) -> None:
    world.six(leads=False)
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})


@healthy()
def ipv6_way_out_refused(world: World) -> None:
    world.six()
    world.rule("forward", "meta nfproto ipv6 reject")
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})


@healthy()
def ipv6_router_without_an_address_from_it(world: World) -> None:
    world.ip(world.room, "route add default via fe80::1 dev eth0")
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})


@healthy()
def ipv6_works_beside_ipv4(world: World) -> None:
    world.six()
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})


@healthy()
def ipv6_gateway_ignores_echoes(world: World) -> None:
    world.six()
    world.rule("input", "icmpv6 type echo-request drop")


@healthy()
def ipv6_alone(world: World) -> None:
    world.six()
    world.ip(world.room, "address flush dev eth0 scope global")
    world.ip(world.room, "address add 2001:db8:1::2/64 dev eth0 nodad")
    world.ip(world.room, "route replace default via 2001:db8:1::1")
    world.resolvers("2001:db8:2::53")
    world.change(names={"meet.lab.example": [far.SERVICE6], "page.lab.example": [far.SERVICE6]})
    world.settings |= {"portal_url": "", "stun": []}


@healthy()
def first_of_two_addresses_is_dead(world: World) -> None:
    world.change(names={"meet.lab.example": [far.SERVICE_OTHER, far.SERVICE]})
    world.rule("forward", f"ip daddr {far.SERVICE_OTHER} drop")


@healthy()
def first_of_two_addresses_refuses(world: World) -> None:
    world.change(names={"meet.lab.example": [far.SERVICE_OTHER, far.SERVICE]})
    world.rule("forward", f"ip daddr {far.SERVICE_OTHER} tcp dport 443 reject with tcp reset")


@healthy()
def one_of_two_addresses_dies(world: World) -> Iterator[None]:
    world.change(names={"meet.lab.example": [far.SERVICE, far.SERVICE_OTHER]})
    yield
    world.rule("forward", f"ip daddr {far.SERVICE} drop")


@healthy("dns_resolver_dead")
def first_of_two_resolvers_is_dead(world: World) -> None:
    world.resolvers("192.0.2.99", far.RESOLVER)


@healthy("dns_resolver_dead")
def first_of_two_resolvers_dies(world: World) -> Iterator[None]:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER)
    yield
    world.change(dns={far.RESOLVER: {"silent": True}})


@healthy("dns_resolver_dead")
def second_of_two_resolvers_is_dead(world: World) -> None:
    world.resolvers(far.RESOLVER, "192.0.2.99")


@healthy("dns_resolver_failing")
def second_resolver_refuses(world: World) -> None:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER)
    world.change(dns={far.RESOLVER_OTHER: {"code": "REFUSED"}})


@healthy("dns_resolver_failing")
def first_resolver_says_servfail(world: World) -> None:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER)
    world.change(dns={far.RESOLVER: {"code": "SERVFAIL"}})


@healthy("dns_resolver_failing")
def second_resolver_does_not_know_the_name(world: World) -> None:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER)
    world.change(dns={far.RESOLVER_OTHER: {"code": "NXDOMAIN"}})


@healthy()
def names_by_tcp_after_a_cut_answer(world: World) -> None:
    world.change(dns={"*": {"cut": True}})


@healthy()
def names_by_tcp_only(world: World) -> None:
    world.resolvers(far.RESOLVER, options="use-vc")
    world.rule("forward", "udp dport 53 drop")


@healthy()
def resolver_drops_questions_for_ipv6_addresses(world: World) -> None:
    world.change(dns={"*": {"no_aaaa": "silent"}})


@healthy()
def resolver_answers_in_300_ms(world: World) -> None:
    world.change(dns={"*": {"delay": 0.3}})


@healthy()
def service_is_in_the_hosts_file(world: World) -> None:
    (world.etc / "hosts").write_text(f"127.0.0.1 localhost\n{far.SERVICE} meet.lab.example\n")
    world.change(names={"meet.lab.example": []})


@healthy()
def middle_box_that_the_system_trusts(world: World) -> None:
    world.change(certificate="opened")
    world.settings["ca_file"] = ""
    both = (world.folder / "ca-ca.pem").read_text() + (world.folder / "box-ca.pem").read_text()
    (world.folder / "system.pem").write_text(both)
    world.environment["SSL_CERT_FILE"] = str(world.folder / "system.pem")


@healthy()
def service_answers_with_a_redirect(world: World) -> None:
    world.change(service="302 Found")
    services = world.folder / "services.toml"
    services.write_text(services.read_text().replace('content = "join"\n', ""))


@healthy()
def relay_wants_a_login(world: World) -> None:
    world.change(relay="401")


@healthy()
def relay_that_never_answered(world: World) -> None:
    world.change(relay="silent")
    world.rule("forward", f"ip daddr {far.RELAY} tcp dport != 80 drop")


@healthy()
def relay_answers_five_at_a_time(world: World) -> None:
    world.change(relay="first 5")


@healthy()
def one_packet_in_a_hundred_is_lost(world: World) -> None:
    world.rule("forward", "numgen random mod 100 < 1 drop")


@healthy()
def gateway_answers_for_everybody(world: World) -> None:
    world.inside(world.router, "sysctl", "-qw", "net.ipv4.conf.lan0.proxy_arp=1")
    world.ip(world.router, "route add 10.20.0.128/25 via 198.51.100.2")


def wifi_too(world: World, metric: int = 600) -> None:
    """A second way into the same network."""
    world.wire(world.room, "wlan0", "p2")
    world.ip(world.room, f"address add {WIFI}/24 dev wlan0")
    world.ip(world.room, "link set wlan0 up")
    world.ip(world.room, f"route add default via {ROUTER} dev wlan0 metric {metric}")


@healthy()
def cable_and_wifi_in_one_network(world: World) -> None:
    wifi_too(world)


@healthy()
def wifi_only(world: World) -> None:
    wifi_too(world)
    world.ip(world.room, "link delete eth0")


@healthy()
def lease_renewed(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, f"address change {ROOM}/24 dev eth0 valid_lft 3600 preferred_lft 3600")


@healthy()
def lease_renewed_with_another_address(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    time.sleep(0.5)
    world.ip(world.room, "address add 10.20.0.77/24 dev eth0")
    world.ip(world.room, f"route replace default via {ROUTER}")


@healthy()
def lease_renewed_in_another_network(world: World) -> Iterator[None]:
    yield
    world.ip(world.router, "address add 10.21.0.1/24 dev lan0")
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    world.ip(world.room, "address add 10.21.0.9/24 dev eth0")
    world.ip(world.room, "route replace default via 10.21.0.1")


@healthy()
def cable_replugged_within_two_seconds(world: World) -> Iterator[None]:
    yield
    world.ip(world.switch, "link set p1 down")
    time.sleep(1.5)
    world.ip(world.switch, "link set p1 up")


@healthy()
def line_away_for_two_seconds(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "drop")
    time.sleep(2.0)
    world.inside(world.router, "nft", "flush", "ruleset")


@healthy()
def resolver_restarts(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"silent": True}})
    time.sleep(2.0)
    world.change(dns={})


def tunnel(world: World, *, leads: bool) -> None:
    """A VPN that takes everything, as OpenVPN's two half default routes do."""
    run("ip", "-n", world.room, "link", "add", "tun0", "type", "veth", "peer", "name", "hole0", "netns", world.far)
    world.ip(world.room, "link set tun0 up arp off")
    world.ip(world.far, "link set hole0 up arp off")
    world.ip(world.room, "address add 10.99.0.2/32 dev tun0")
    for half in ("0.0.0.0/1", "128.0.0.0/1"):
        world.ip(world.room, f"route add {half} dev tun0")
    if leads:
        world.ip(world.far, "route add 10.99.0.2/32 dev hole0")
        addresses = {
            device: run("ip", "netns", "exec", name, "cat", f"/sys/class/net/{device}/address").strip()
            for name, device in ((world.room, "tun0"), (world.far, "hole0"))
        }
        world.ip(world.room, f"link set tun0 address {addresses['hole0']}")


@healthy()
def vpn_carries_everything(world: World) -> None:
    tunnel(world, leads=True)
