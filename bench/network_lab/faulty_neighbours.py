"""Networks in which another machine has the room's or the gateway's address, and rooms in a foreign network."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, broken
from bench.network_lab.world import ROOM, ROUTER, World, run


@broken("duplicate_address")
def address_used_twice(world: World) -> Iterator[None]:
    yield
    world.wire(world.far, "twin0", "p7")
    world.ip(world.far, "link set twin0 up")
    world.ip(world.far, f"address add {ROOM}/32 dev twin0")
    world.inside(world.far, "sysctl", "-qw", "net.ipv4.conf.twin0.rp_filter=0")


@broken("duplicate_address")
def address_used_twice_after_a_while(world: World) -> Iterator[None]:
    """By a machine that only claims it and answers, without a word of its own."""
    yield
    world.ip(world.switch, "link set br0 up")
    world.ip(world.switch, f"address add {ROOM}/32 dev br0")


@broken("duplicate_gateway")
def second_machine_at_the_gateways_address(world: World) -> Iterator[None]:
    yield
    run("ip", "netns", "exec", world.switch, "ip", "address", "add", f"{ROUTER}/32", "dev", "br0")


@broken("another_network", within=FULL)
def port_in_another_vlan(world: World) -> Iterator[None]:
    yield
    world.ip(world.router, "address add 10.66.0.1/24 dev lan0")
    world.rule("forward", "ip saddr 10.66.0.0/24 drop")
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    world.ip(world.room, "address add 10.66.0.9/24 dev eth0")
    world.ip(world.room, "route replace default via 10.66.0.1")


@broken("another_network", within=FULL)
def rogue_dhcp_server_gave_another_gateway(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "route replace default via 10.20.0.66")
    run("ip", "netns", "exec", world.switch, "ip", "address", "add", "10.20.0.66/24", "dev", "br0")


@broken("another_network", within=FULL)
def guest_network_without_a_login(world: World) -> Iterator[None]:
    """Pages anywhere are reached, the firm's meeting service is not."""
    yield
    world.ip(world.router, "address add 10.88.0.1/22 dev lan0")
    world.rule("forward", f"ip saddr 10.88.0.0/22 ip daddr {far.SERVICE} drop")
    world.rule("forward", f"ip saddr 10.88.0.0/22 ip daddr {far.RELAY} drop")
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    world.ip(world.room, "address add 10.88.1.9/22 dev eth0")
    world.ip(world.room, "route replace default via 10.88.0.1")
