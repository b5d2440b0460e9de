"""Networks in which meetings work, over links, gateways and resolvers that are unusual."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import healthy
from bench.network_lab.sound_proxies import behind_a_proxy
from bench.network_lab.world import ROOM, ROUTER, World


@healthy()
def address_on_a_bridge_that_holds_the_cable(world: World) -> None:
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    world.ip(world.room, "link add br0 type bridge")
    world.ip(world.room, "link set eth0 master br0")
    world.ip(world.room, "link set br0 up")
    world.ip(world.room, f"address add {ROOM}/24 dev br0")
    world.ip(world.room, f"route replace default via {ROUTER}")


@healthy()
def a_bridge_for_containers_beside_the_cable(world: World) -> None:
    world.ip(world.room, "link add docker0 type bridge")
    world.ip(world.room, "link set docker0 up")
    world.ip(world.room, "address add 172.17.0.1/16 dev docker0")


@healthy()
def a_second_port_that_nobody_uses(world: World) -> None:
    world.wire(world.room, "eth1", "p3")
    world.ip(world.room, "link set eth1 up")
    world.ip(world.switch, "link set p3 down")


@healthy()
def address_without_a_network(world: World) -> None:
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    world.ip(world.room, f"address add {ROOM}/32 dev eth0")
    world.ip(world.room, f"route add {ROUTER}/32 dev eth0")
    world.ip(world.room, f"route replace default via {ROUTER}")


@healthy()
def way_out_without_a_gateway(world: World) -> None:
    world.inside(world.router, "sysctl", "-qw", "net.ipv4.conf.lan0.proxy_arp=1")
    world.ip(world.room, "route replace default dev eth0")


@healthy()
def gateway_moves_to_a_standby_machine(world: World) -> Iterator[None]:
    world.inside(world.router, "sysctl", "-qw", "net.ipv4.conf.lan0.arp_notify=1")
    yield
    world.ip(world.router, "link set lan0 address 02:00:5e:00:01:14")


@healthy()
def line_takes_smaller_packets_and_says_so(world: World) -> None:
    world.ip(world.router, "link set wan0 mtu 1300")
    world.ip(world.far, "link set eth0 mtu 1300")


@healthy()
def vpn_for_the_firms_network_alone(world: World) -> None:
    world.ip(world.room, "link add tun0 type veth peer name hole0")
    world.ip(world.room, "link set tun0 up arp off")
    world.ip(world.room, "link set hole0 up arp off")
    world.ip(world.room, "address add 10.99.0.2/32 dev tun0")
    world.ip(world.room, "route add 172.16.0.0/12 dev tun0")


@healthy()
def resolver_fails_for_ipv6_addresses(world: World) -> None:
    world.change(dns={"*": {"no_aaaa": "SERVFAIL"}})


@healthy()
def fourth_resolver_that_programs_never_ask_is_dead(world: World) -> None:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER, far.RESOLVER, "192.0.2.99")


def resolver_here(world: World) -> None:
    """The machine's own, which asks the far one."""
    world.resolvers("127.0.0.1")
    command = ["dnsmasq", "-k", "--no-resolv", f"--server={far.RESOLVER}", "--conf-file=/dev/null", "--no-hosts"]
    command += ["--user=root", "--bind-interfaces", "--listen-address=127.0.0.1", "--pid-file=", "--cache-size=0"]
    world.serve(world.room, *command)


@healthy()
def resolver_on_this_machine(world: World) -> None:
    resolver_here(world)


@healthy()
def proxy_of_the_environment(world: World) -> None:
    behind_a_proxy(world, far.PROXY)
    world.settings["proxy"] = ""
    world.environment |= {"https_proxy": f"http://{far.PROXY}:3128", "http_proxy": f"http://{far.PROXY}:3128"}


@healthy()
def clock_two_minutes_off(world: World) -> None:
    world.change(date_offset=120.0)
