"""The ladder on real hosts: every injected fault is named at its own rung, and nothing above it."""

from __future__ import annotations

import sys
import time

import pytest

from tests.network.lab import FAR, ROOM, WALL, Lab, faults, run

pytestmark = pytest.mark.root


def test_a_healthy_network_has_no_fault_and_every_rung_answers(lab: Lab) -> None:
    found = lab.probe()
    assert faults(found) == {}
    assert found["network.gateway"]["evidence"]["method"] == "ARP and ICMP echo"
    assert found["network.address"]["evidence"]["ipv4"] == f"{ROOM}/24"
    service = found["network.service"]["values"]
    assert {"service_dns_seconds", "service_connect_seconds", "service_tls_seconds"} <= set(service)
    assert 59 * 86400 < service["certificate_left_seconds"] <= 60 * 86400


def test_a_pulled_cable_is_the_link_and_nothing_else(lab: Lab) -> None:
    run("ip", "-n", lab.wall, "link", "set", "in0", "down")
    try:
        started = time.monotonic()
        found = lab.probe("event:link-down")
        assert time.monotonic() - started < 1
    finally:
        run("ip", "-n", lab.wall, "link", "set", "in0", "up")
    assert faults(found) == {"network.link": "link_down"}
    assert found["network.service"]["kind"] == "CannotMeasure"


def test_no_lease_is_the_address(lab: Lab) -> None:
    run("ip", "-n", lab.room, "address", "flush", "dev", "eth0", "scope", "global")
    try:
        found = lab.probe()
    finally:
        run("ip", "-n", lab.room, "address", "add", f"{ROOM}/24", "dev", "eth0")
        run("ip", "-n", lab.room, "route", "add", "default", "via", WALL)
    assert faults(found) == {"network.address": "no_address"}


def test_a_second_owner_of_our_address_is_found_by_arp(lab: Lab) -> None:
    run("ip", "-n", lab.wall, "address", "add", f"{ROOM}/32", "dev", "in0")
    try:
        found = lab.probe()
    finally:
        run("ip", "-n", lab.wall, "address", "delete", f"{ROOM}/32", "dev", "in0")
    assert found["network.address"]["fault"] == "duplicate_address"
    assert len(found["network.address"]["evidence"]["other_hardware"]) == 17


def test_a_dead_gateway_is_the_gateway(lab: Lab) -> None:
    run("ip", "-n", lab.wall, "address", "delete", f"{WALL}/24", "dev", "in0")
    try:
        found = lab.probe()
    finally:
        run("ip", "-n", lab.wall, "address", "add", f"{WALL}/24", "dev", "in0")
    assert faults(found) == {"network.gateway": "gateway_unreachable"}


def test_a_missing_default_route_is_named(lab: Lab) -> None:
    run("ip", "-n", lab.room, "route", "delete", "default")
    try:
        found = lab.probe()
    finally:
        run("ip", "-n", lab.room, "route", "add", "default", "via", WALL)
    assert faults(found) == {"network.gateway": "no_route"}


def test_a_gateway_that_only_ignores_echoes_is_no_fault(lab: Lab) -> None:
    lab.rule("input icmp type echo-request drop")
    found = lab.probe()
    assert faults(found) == {}
    assert found["network.gateway"]["evidence"]["method"] == "ARP"


def test_a_dead_resolver_is_dns(lab: Lab) -> None:
    lab.stop_dns()
    try:
        found = lab.probe()
    finally:
        lab.start_dns()
    assert faults(found) == {"network.dns": "dns_dead"}


def test_one_dead_resolver_of_two_is_only_a_notice(lab: Lab) -> None:
    found = lab.probe(resolvers=[WALL, "10.77.0.99"])
    assert faults(found) == {"network.resolver": "dns_resolver_dead"}


@pytest.mark.parametrize("lie", ["127.0.0.1", "10.9.9.9"])
def test_a_wrong_answer_is_dns_wrong(lab: Lab, lie: str) -> None:
    lab.stop_dns()
    lab.start_dns(f"--address=/meet.test/{lie}")
    try:
        found = lab.probe(dns_expect={"meet.test": ["10.78.0.0/24"]})
    finally:
        lab.stop_dns()
        lab.start_dns()
    assert found["network.dns"]["fault"] == "dns_wrong"
    assert lie in found["network.dns"]["evidence"]["reason"]


def test_a_resolver_that_invents_names_is_dns_hijacked(lab: Lab) -> None:
    lab.stop_dns()
    lab.start_dns("--address=/meet.test/10.78.0.2", "--address=/#/10.78.0.9")
    try:
        found = lab.probe()
    finally:
        lab.stop_dns()
        lab.start_dns()
    assert found["network.dns"]["fault"] == "dns_hijacked"


def test_a_slow_resolver_is_dns_slow(lab: Lab) -> None:
    lab.stop_dns()
    slow = lab.start(lab.wall, sys.executable, "-m", "tests.network.far_servers", "slowdns", str(lab.folder))
    try:
        found = lab.probe(service_timeout=4.0, timeout=1.0)
    finally:
        slow.kill()
        slow.wait()
        lab.start_dns()
    assert faults(found) == {"network.dns": "dns_slow"}


def test_a_dead_internet_is_the_internet(lab: Lab) -> None:
    lab.rule("forward drop")
    assert faults(lab.probe()) == {"network.internet": "internet_unreachable"}


def test_filtered_echo_is_no_dead_internet(lab: Lab) -> None:
    lab.rule("forward icmp type echo-request drop")
    found = lab.probe()
    assert faults(found) == {}
    assert "TCP 443" in found["network.internet"]["evidence"][FAR]


def test_a_login_page_is_a_captive_portal(lab: Lab) -> None:
    portal = lab.start(lab.wall, sys.executable, "-m", "tests.network.far_servers", "portal", str(lab.folder))
    lab.rule("dstnat tcp dport 80 redirect to :8080")
    found = lab.probe()
    portal.kill()
    assert found["network.portal"]["fault"] == "captive_portal"
    assert found["network.portal"]["evidence"]["redirect_to"] == "login.hotel.test"


def test_an_expired_certificate_is_named(lab: Lab) -> None:
    found = lab.probe(services=["expired"])
    assert faults(found) == {"network.service": "service_certificate_expired"}


def test_an_authority_that_nobody_trusts_is_named(lab: Lab) -> None:
    assert faults(lab.probe(ca_file="")) == {"network.service": "service_certificate_wrong"}


def test_headers_that_never_end_cost_one_timeout(lab: Lab) -> None:
    started = time.monotonic()
    found = lab.probe(services=["endless"], service_timeout=0.5)
    assert faults(found) == {"network.service": "service_unreachable"}
    assert time.monotonic() - started < 5


def test_an_unknown_service_says_which_exist(lab: Lab) -> None:
    found = lab.probe(services=["zoon"])
    assert found["network.service"]["kind"] == "CannotMeasure"
    assert "meet" in found["network.service"]["remedy"]


def test_an_interface_that_does_not_exist_is_named(lab: Lab) -> None:
    found = lab.probe(interface="eth7")
    assert found["network.link"]["fault"] == "link_down"
    assert "eth7" in found["network.link"]["evidence"]["reason"]


def test_a_dead_proxy_is_the_proxy(lab: Lab) -> None:
    found = lab.probe(proxy=f"http://user:word@{FAR}:3128")
    assert found["network.proxy"]["fault"] == "proxy_unreachable"
    assert "word" not in str(found)


def test_the_interval_repeats_a_calm_service_and_an_event_asks_again(lab: Lab) -> None:
    first = lab.probe()["network.service"]["values"]["service_seconds"]
    assert lab.probe("interval")["network.service"]["values"]["service_seconds"] == first
    assert lab.probe("event:address")["network.service"]["values"]["service_seconds"] != first
