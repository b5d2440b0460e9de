"""Networks whose proxy is broken."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, broken
from bench.network_lab.sound_proxies import by_script
from bench.network_lab.world import World


@broken("proxy_unreachable", within=FULL)
def proxy_dead(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.rule("forward", f"ip daddr {far.PROXY} drop")


@broken("proxy_failing", within=FULL)
def proxy_takes_connections_and_answers_nothing(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.change(proxy="silent")


@broken("proxy_failing", within=FULL)
def proxy_forbids_the_service(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.change(proxy="403")


@broken("proxy_failing", within=FULL)
def proxy_wants_a_login(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.change(proxy="407")


@broken("proxy_unreachable", within=FULL)
def the_proxy_of_a_pac_script_dies(world: World) -> Iterator[None]:
    by_script(world)
    yield
    world.inside(world.router, "nft", "insert", "rule", "inet", "lab", "forward", f"ip daddr {far.PROXY} drop")


@broken("service_unreachable", within=FULL)
def proxy_cannot_reach_the_service(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.change(proxy="502")


@broken("dns_failing")
def proxy_whose_name_is_gone(world: World) -> Iterator[None]:
    world.settings["proxy"] = "http://proxy.lab.example:3128"
    yield
    world.change(dns={"*": {"names": {"proxy.lab.example": None}}})
