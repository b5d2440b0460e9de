"""What is made of a check that a run did not report: unknown, over, or kept no more."""

import pytest

from monitor.settings import Settings
from probes.reading import CannotMeasure, Reading
from tests.state.test_watch import Room

SERVICE = Reading(check="network.service", target="meet")
EXPIRED = Reading(check="network.service", target="meet", finding="service_certificate_expired")
REFUSED = Reading(check="network.service", target="meet", finding="service_refuses")
NAMES = Reading(check="network.dns")
CAUSES = {
    "clock_wrong": (Reading(check="network.clock", finding="clock_wrong"), EXPIRED, SERVICE),
    "path_mtu_black_hole": (Reading(check="network.mtu", finding="path_mtu_black_hole"), EXPIRED, SERVICE),
    "captive_portal": (Reading(check="network.portal", finding="captive_portal"), EXPIRED, SERVICE),
    "proxy_unreachable": (Reading(check="network.proxy", finding="proxy_unreachable"), EXPIRED, SERVICE),
    "dns_resolver_dead": (
        Reading(check="network.resolver", target="192.0.2.53", finding="dns_resolver_dead"),
        NAMES,
        NAMES,
    ),
}


@pytest.mark.parametrize("code", CAUSES)
async def test_a_cause_that_is_looked_for_only_in_trouble_ends_with_the_trouble(code: str) -> None:
    cause, beside, well = CAUSES[code]
    room = Room(Settings(patience={code: 0.0}))
    for _ in range(3):
        await room.see(cause, beside)
    assert room.engine.told[0] == f"+{code}"
    for _ in range(4):
        await room.see(well)
    assert room.engine.told[-1] == f"-{code}"
    assert not room.engine.unwatched, "its check was well: somebody saw it"
    await room.see(well)
    assert [check for check, _ in room.watch.snapshot.entries] == [well.check]


async def test_it_lasts_while_the_service_fails_in_another_way() -> None:
    room = Room(Settings(patience={"clock_wrong": 0.0}))
    for _ in range(3):
        await room.see(*CAUSES["clock_wrong"][:2])
    for other in (REFUSED, CannotMeasure(check="network.service", target="meet", reason="not asked")):
        for _ in range(4):
            await room.see(other)
    assert "-clock_wrong" not in room.engine.told


async def test_a_wall_port_that_failed_ends_once_the_cable_is_in_another_port() -> None:
    room = Room(Settings(patience={"wired_link_down": 0.0}))
    for _ in range(3):
        await room.see(Reading(check="network.wired", target="eth0", finding="wired_link_down"))
    for _ in range(4):
        await room.see(Reading(check="network.wired", target="eth1"))
    assert room.engine.told == ["+wired_link_down", "-wired_link_down"]
