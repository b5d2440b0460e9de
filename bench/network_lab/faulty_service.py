"""The meeting service, broken: what must be told, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, broken
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


@broken("service_unreachable", within=FULL)
def service_that_only_a_dead_ipv6_would_reach(world: World) -> Iterator[None]:
    world.six(leads=False)
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})
    yield
    world.rule("forward", f"ip daddr {far.SERVICE} drop")


@broken("service_refuses", within=FULL)
def service_answers_429(world: World) -> Iterator[None]:
    yield
    world.change(service="429 Too Many Requests")


@broken("service_unreachable", within=FULL, may=("media_udp_blocked",))
def echoes_pass_and_connections_do_not(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "tcp dport { 80, 443 } drop")
