"""The meeting service and the media path, broken: what must be told, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, MEDIA, broken
from bench.network_lab.world import World


@broken("service_unreachable", within=FULL)
def service_silent(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr {far.SERVICE} drop")


@broken("service_unreachable", within=FULL)
def service_refuses_connections(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr {far.SERVICE} tcp dport 443 reject with tcp reset")


@broken("service_unreachable", within=FULL)
def service_takes_connections_and_says_nothing(world: World) -> Iterator[None]:
    yield
    world.change(service="stalls")


@broken("service_unreachable", within=FULL)
def connections_to_the_service_are_cut_off_in_tls(world: World) -> Iterator[None]:
    yield
    world.change(service="resets")


@broken("service_slow", within=FULL)
def service_takes_four_seconds(world: World) -> Iterator[None]:
    yield
    world.change(service="slow")


@broken("service_refuses", within=FULL)
def service_answers_503(world: World) -> Iterator[None]:
    yield
    world.change(service="503 Service Unavailable")


@broken("service_wrong_content", within=FULL)
def service_shows_another_page(world: World) -> Iterator[None]:
    yield
    world.change(service="other")


@broken("service_certificate_expired", within=FULL)
def certificate_expired(world: World) -> Iterator[None]:
    yield
    world.change(certificate="expired")


@broken("service_certificate_wrong", within=FULL)
def certificate_for_another_name(world: World) -> Iterator[None]:
    yield
    world.change(certificate="other")


@broken("service_certificate_wrong", within=FULL)
def middle_box_that_nobody_trusts(world: World) -> Iterator[None]:
    yield
    world.change(certificate="opened")


@broken("clock_wrong", within=FULL)
def clock_a_month_behind(world: World) -> None:
    world.change(certificate="future", date_offset=30 * 86400.0)


@broken("clock_wrong", within=FULL)
def clock_a_year_ahead(world: World) -> None:
    world.change(certificate="expired", date_offset=-365 * 86400.0)


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
