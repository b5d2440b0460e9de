"""Networks in which names are broken: no answer, a wrong one, a late one."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, PATIENT, broken
from bench.network_lab.sound_links import resolver_here
from bench.network_lab.world import World


@broken("dns_dead")
def resolver_silent(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"silent": True}})


@broken("dns_dead")
def resolver_refuses_connections(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "meta l4proto { tcp, udp } th dport 53 reject")


@broken("dns_dead")
def what_the_resolver_on_this_machine_asks_is_silent(world: World) -> Iterator[None]:
    resolver_here(world)
    yield
    world.change(dns={"*": {"silent": True}})


@broken("dns_dead")
def both_resolvers_silent(world: World) -> Iterator[None]:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER)
    yield
    world.change(dns={"*": {"silent": True}})


@broken("dns_dead")
def resolver_silent_where_targets_are_blocked(world: World) -> Iterator[None]:
    world.rule("forward", f"ip daddr {{ {', '.join(far.TARGETS)} }} drop")
    yield
    world.change(dns={"*": {"silent": True}})


@broken("dns_failing")
def resolver_says_servfail(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"code": "SERVFAIL"}})


@broken("dns_failing")
def resolver_refuses_the_name(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"code": "REFUSED"}})


@broken("dns_failing")
def resolver_does_not_know_the_name(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"names": {"meet.lab.example": None}}})


@broken("dns_failing")
def name_without_an_address(world: World) -> Iterator[None]:
    yield
    world.change(names={"meet.lab.example": []})


@broken("dns_wrong")
def first_resolver_denies_the_name(world: World) -> Iterator[None]:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER)
    yield
    world.change(dns={far.RESOLVER: {"names": {"meet.lab.example": None}}})


@broken("dns_wrong")
def name_leads_to_this_machine(world: World) -> Iterator[None]:
    yield
    world.change(names={"meet.lab.example": ["127.0.0.1"]})


@broken("dns_wrong")
def name_leads_nowhere(world: World) -> Iterator[None]:
    yield
    world.change(names={"meet.lab.example": ["0.0.0.0"]})


@broken("dns_wrong", within=FULL)
def name_leads_to_a_block_page(world: World) -> Iterator[None]:
    yield
    world.change(names={"meet.lab.example": [far.BLOCK]}, certificate="block")


@broken("dns_wrong", within=FULL)
def name_leads_to_a_block_page_from_the_start(world: World) -> None:
    world.change(names={"meet.lab.example": [far.BLOCK]}, certificate="block")


@broken("dns_hijacked", within=FULL)
def resolver_invents_names(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"invents": far.BLOCK}})


@broken("dns_slow", within=PATIENT)
def resolver_answers_in_700_ms(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"delay": 0.7}})


@broken("dns_failing")
def resolver_answers_with_garbage(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"garbage": True}})


@broken("dns_slow", within=FULL)
def resolver_answers_in_four_seconds(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"delay": 4.0}})


@broken("dns_slow", within=70.0)
def resolver_answers_in_two_and_a_half_seconds(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"delay": 2.5}})


@broken("dns_dead")
def own_firewall_forbids_names(world: World) -> Iterator[None]:
    yield
    world.rule("output", "meta l4proto { tcp, udp } th dport 53 drop", world.room)


@broken("dns_dead")
def lease_without_a_resolver(world: World) -> Iterator[None]:
    yield
    (world.etc / "resolv.conf").write_text("# by a lease that named none\n")


@broken("dns_dead")
def names_that_only_fit_into_tcp_which_is_blocked(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"cut": True}})
    world.rule("forward", "tcp dport 53 drop")
