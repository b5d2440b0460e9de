"""The media path, broken: what must be told, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, MEDIA, broken
from bench.network_lab.world import World


@broken("path_mtu_black_hole", within=FULL)
def large_packets_are_lost(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "meta length > 1300 drop")


@broken("path_mtu_black_hole", within=FULL)
def large_packets_are_lost_from_the_start(world: World) -> None:
    world.rule("forward", "iifname wan0 meta length > 1400 drop")


@broken("media_udp_blocked", within=MEDIA)
def udp_blocked(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "udp dport 3478 drop")


@broken("media_udp_blocked", within=MEDIA)
def udp_blocked_from_the_start(world: World) -> None:
    world.rule("forward", "iifname lan0 udp dport != 53 drop")


@broken("media_unreachable", within=MEDIA)
def relay_blocked_wholly(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr {far.RELAY} drop")


@broken("media_loss", within=MEDIA)
def a_fifth_of_the_packets_is_lost(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr {far.RELAY} numgen random mod 100 < 20 drop")


@broken("media_loss", within=MEDIA)
def the_rooms_own_cable_loses_a_fifth(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "ip protocol { icmp, udp } numgen random mod 100 < 20 drop", world.switch, "bridge")


@broken("media_loss", within=MEDIA, may=("service_slow", "dns_slow"))
def a_tenth_of_all_packets_is_lost(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "numgen random mod 100 < 10 drop")


@broken("media_delay", within=FULL)
def relay_answers_late(world: World) -> Iterator[None]:
    yield
    world.change(relay="late")


@broken("media_jitter", within=FULL)
def relay_answers_unevenly(world: World) -> Iterator[None]:
    yield
    world.change(relay="jitter")


@broken("media_udp_blocked", within=MEDIA)
def own_firewall_forbids_udp(world: World) -> Iterator[None]:
    yield
    world.rule("output", "udp dport != 53 drop", world.room)


@broken("media_loss", within=MEDIA)
def answers_alone_are_lost(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip saddr {far.RELAY} numgen random mod 100 < 15 drop")


@broken("media_loss", within=MEDIA)
def packets_are_lost_in_bursts(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr {far.RELAY} numgen inc mod 20 < 5 drop")


UPLOAD = """
import socket, time
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)
begun, sent, ahead = time.monotonic(), 0, 80
while True:
    made.sendto(bytes(1200), ("192.0.2.20", 9))
    sent += 1
    time.sleep(max(0.0, begun + (sent - ahead) * 1242 * 8 / 985e3 - time.monotonic()))
"""
"""First it fills the queue, then it sends nearly as much as the line takes."""


@broken("media_delay", within=MEDIA, may=("media_loss", "media_jitter", "media_quality", "dns_slow", "service_slow"))
def delay_under_load(world: World) -> Iterator[None]:
    """Somebody's upload fills the queue of a line of one megabit."""
    yield
    line = ["tc", "qdisc", "add", "dev", "wan0", "root", "tbf", "rate", "1mbit", "burst", "5kb", "latency", "900ms"]
    world.inside(world.router, *line)
    world.start(world.room, "python3", "-c", UPLOAD)
