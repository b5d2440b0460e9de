"""The probe reaches a service as a program would: both families, every address, the system's resolvers, with bounds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from probes.network import connect_race as eyeballs
from probes.network import dns_question
from probes.network.system_names import NameLookup
from tests.network.lab import FAR, WALL, Lab, faults, run
from tests.reasons.english import english

DEAD = "10.77.0.99"


@contextlib.contextmanager
def resolvers(lab: Lab, *addresses: str) -> Iterator[None]:
    file = lab.etc / "resolv.conf"
    before = file.read_text()
    file.write_text("".join(f"nameserver {one}\n" for one in addresses))
    yield
    file.write_text(before)


@contextlib.contextmanager
def names(lab: Lab, *options: str) -> Iterator[None]:
    lab.stop_dns()
    lab.start_dns(*options)
    yield
    lab.stop_dns()
    lab.start_dns()


@pytest.mark.root
def test_a_dead_first_resolver_hides_nothing_and_delays_nothing_beyond_its_bound(lab: Lab) -> None:
    with resolvers(lab, DEAD, WALL):
        begun = time.monotonic()
        found = lab.probe(resolvers=[])
        took = time.monotonic() - begun
    assert faults(found) == {"network.resolver": "dns_resolver_dead"}
    assert found["network.service"]["evidence"]["status"] == 200
    assert took < 20, "every rung answered within the run's time"


@pytest.mark.root
def test_a_media_server_that_only_the_other_family_reaches_costs_its_own_rung_alone(lab: Lab) -> None:
    key = lab.folder / "unreached.key"  # a file of its own: the lab's responder has read echo.key
    key.write_bytes(b"0123456789abcdef")
    found = lab.probe(echo_server="[2001:db8::1]:9721", echo_key_file=str(key), stun=["[2001:db8::1]:3478"])
    assert faults(found) == {}
    assert found["network.stream"]["kind"] == "CannotMeasure"
    assert found["network.stream"]["reason"] == "no_way(name=2001:db8::1)"
    assert found["network.media"]["kind"] == "CannotMeasure"
    assert found["network.service"]["evidence"]["status"] == 200


@pytest.mark.root
@pytest.mark.parametrize("dead", ["10.78.0.99", "2001:db8::9"])
def test_a_dead_first_address_costs_a_moment_and_not_the_meeting(lab: Lab, dead: str) -> None:
    with names(lab, f"--address=/meet.test/{dead}", f"--host-record=meet.test,{dead},{FAR}"):
        found = lab.probe()
    assert faults(found) == {}
    assert found["network.service"]["evidence"]["address"] == FAR


@pytest.mark.root
def test_a_route_for_one_family_only_is_followed(lab: Lab) -> None:
    run("ip", "-n", lab.room, "address", "add", "fd99::2/64", "dev", "eth0", "nodad")
    run("ip", "-n", lab.room, "route", "add", "default", "via", "fd99::1")
    try:
        with names(lab, f"--host-record=meet.test,fd99:1::9,{FAR}"):
            found = lab.probe(internet6=["fd99:1::1"])
    finally:
        run("ip", "-n", lab.room, "-6", "route", "flush", "default")
        run("ip", "-n", lab.room, "address", "delete", "fd99::2/64", "dev", "eth0")
    assert faults(found) == {}
    assert found["network.service"]["evidence"]["address"] == FAR


def test_addresses_of_both_families_take_turns() -> None:
    assert eyeballs.interleaved(["::1", "::2", "::3", "10.0.0.1"]) == ["::1", "10.0.0.1", "::2", "::3"]
    assert eyeballs.interleaved(["10.0.0.1", "::1"]) == ["10.0.0.1", "::1"]


async def test_the_first_connection_wins_and_the_others_are_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        way = await eyeballs.connect(["127.0.0.2", "127.0.0.1"], port, 2.0)
        way.socket.close()
    assert way.address == "127.0.0.1"
    assert "refused" in english(way.tried["127.0.0.2"])


async def test_nobody_is_waited_for_when_every_address_refuses() -> None:
    begun = time.monotonic()
    with pytest.raises(eyeballs.Unreachable) as caught:
        await eyeballs.connect(["127.0.0.1", "::1"], 1, 30.0)
    assert time.monotonic() - begun < 10
    assert caught.value.refused


async def test_a_system_resolver_that_hangs_is_left_behind_and_a_live_one_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hang = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: hang.wait(20) and [])

    async def live(resolver: str, name: str, **_: object) -> dns_question.DnsAnswer:
        return dns_question.DnsAnswer(resolver, "NOERROR", ("192.0.2.7",) if _["kind"] == "A" else (), 0.01)

    monkeypatch.setattr(dns_question, "ask", live)
    known = NameLookup()
    known.live = "192.0.2.53"
    found = await known.find("meet.test", 5.0)
    assert (found.addresses, found.late, found.asked) == (("192.0.2.7",), True, "192.0.2.53")
    known.live = ""
    assert (await known.find("other.test", 0.3)).late
    hang.set()
    await asyncio.sleep(0.1)
