"""The ladder on real hosts: every injected fault is named at its own rung, and nothing above it."""

from __future__ import annotations

import subprocess

import pytest

from probes.network import proxy
from tests.network.lab import FAR, ROOM, WALL, Lab, faults, run

pytestmark = pytest.mark.root


def test_a_healthy_network_has_no_fault_and_every_rung_answers(lab: Lab) -> None:
    found = lab.probe()
    assert faults(found) == {}
    assert found["network.gateway"]["evidence"]["method"] == "ARP + ICMP echo"
    assert found["network.address"]["evidence"]["ipv4"] == f"{ROOM}/24"
    service = found["network.service"]["values"]
    assert {"service_dns_seconds", "service_connect_seconds", "service_tls_seconds"} <= set(service)
    assert 59 * 86400 < service["certificate_left_seconds"] <= 60 * 86400


def test_a_pulled_cable_is_the_link_and_nothing_else(lab: Lab) -> None:
    run("ip", "-n", lab.wall, "link", "set", "in0", "down")
    try:
        found = lab.probe("event:link-down")
    finally:
        run("ip", "-n", lab.wall, "link", "set", "in0", "up")
    assert faults(found) == {"network.link": "link_down"}
    assert found["network.service"]["kind"] == "CannotMeasure"


def test_a_second_owner_of_our_address_is_found_by_arp(lab: Lab) -> None:
    run("ip", "-n", lab.wall, "address", "add", f"{ROOM}/32", "dev", "in0")
    try:
        found = lab.probe()
    finally:
        run("ip", "-n", lab.wall, "address", "delete", f"{ROOM}/32", "dev", "in0")
    assert found["network.address"]["fault"] == "duplicate_address"
    assert len(found["network.address"]["evidence"]["other_hardware"]) == 17


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


def test_filtered_echo_is_no_dead_internet(lab: Lab) -> None:
    lab.rule("forward icmp type echo-request drop")
    found = lab.probe()
    assert faults(found) == {}
    assert "TCP 443" in found["network.internet"]["evidence"][FAR]


def test_an_authority_that_nobody_trusts_is_named(lab: Lab) -> None:
    assert faults(lab.probe(ca_file="")) == {"network.service": "service_certificate_wrong"}


def test_headers_that_never_end_are_cut_off(lab: Lab) -> None:
    found = lab.probe(services=["endless"], service_timeout=0.5)
    assert faults(found) == {"network.service": "service_unreachable"}
    assert "seconds=0.5" in found["network.service"]["evidence"]["reason"]


def test_an_unknown_service_says_which_exist(lab: Lab) -> None:
    found = lab.probe(services=["zoon"])
    assert found["network.service"]["kind"] == "CannotMeasure"
    assert "meet" in found["network.service"]["reason"]


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


def test_ipv6_is_judged_apart_from_ipv4(lab: Lab) -> None:
    """Its gateway, then its internet; IPv4 goes on, so that both are only a notice."""
    lab.inside(lab.wall, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
    six = (
        (lab.room, "eth0", "fd77::2/64"),
        (lab.wall, "in0", "fd77::1/64"),
        (lab.wall, "out0", "fd78::1/64"),
        (lab.far, "eth0", "fd78::2/64"),
    )
    for name, interface, address in six:
        run("ip", "-n", name, "address", "add", address, "dev", interface, "nodad")
    run("ip", "-n", lab.room, "route", "add", "default", "via", "fd77::1")
    run("ip", "-n", lab.far, "route", "add", "default", "via", "fd78::1")
    try:
        sound = lab.probe(internet6=["fd78::2"])
        lab.inside(lab.wall, "nft", "add table ip6 lab")
        lab.inside(lab.wall, "nft", "add chain ip6 lab forward { type filter hook forward priority 0 ; policy drop ; }")
        cut = lab.probe(internet6=["fd78::2"])
        lab.mend()
        lab.inside(lab.wall, "nft", "add table ip6 lab")
        lab.inside(lab.wall, "nft", "add chain ip6 lab input { type filter hook input priority 0 ; }")
        lab.inside(lab.wall, "nft", "add rule ip6 lab input icmpv6 type echo-request drop")
        silent = lab.probe(internet6=["fd78::2"])
        run("ip", "-n", lab.wall, "address", "delete", "fd77::1/64", "dev", "in0")
        gone = lab.probe(internet6=["fd78::2"])
    finally:
        for name, interface, address in six:
            subprocess.run(
                ["ip", "-n", name, "address", "delete", address, "dev", interface], check=False, capture_output=True
            )
        subprocess.run(["ip", "-6", "-n", lab.room, "route", "flush", "default"], check=False)
    assert faults(sound) == {}
    assert {"gateway_rtt_seconds"} <= set(sound["network.gateway6"]["values"])
    assert faults(silent) == {}
    assert faults(cut) == {"network.internet6": "internet6_unreachable"}
    assert faults(gone) == {"network.gateway6": "gateway6_unreachable"}


def test_a_dead_vpn_is_told_from_a_dead_internet(lab: Lab) -> None:
    """A tunnel that takes everything in and lets nothing out, as OpenVPN's two half default routes do."""
    run("ip", "-n", lab.room, "link", "add", "tun0", "type", "veth", "peer", "name", "hole0", "netns", lab.far)
    try:
        run("ip", "-n", lab.room, "link", "set", "tun0", "up", "arp", "off")
        run("ip", "-n", lab.far, "link", "set", "hole0", "up", "arp", "off")
        run("ip", "-n", lab.room, "address", "add", "10.99.0.2/32", "dev", "tun0")
        for half in ("0.0.0.0/1", "128.0.0.0/1"):
            run("ip", "-n", lab.room, "route", "add", half, "dev", "tun0")
        found = lab.probe()
        lab.rule("forward drop")
        both = lab.probe()
    finally:
        run("ip", "-n", lab.room, "link", "delete", "tun0")
    assert faults(found) == {"network.vpn": "vpn_dead"}
    assert found["network.link"]["target"] == "eth0"
    assert found["network.gateway"]["values"]
    assert faults(both) == {"network.internet": "internet_unreachable"}


def test_policy_rules_decide_the_way_out(lab: Lab) -> None:
    """A rule sends everything by a second port; the ladder follows the rule and not the main table."""
    run("ip", "-n", lab.room, "link", "add", "eth9", "type", "veth", "peer", "name", "in9", "netns", lab.wall)
    try:
        for name, interface, address in ((lab.room, "eth9", "10.79.0.2/24"), (lab.wall, "in9", "10.79.0.1/24")):
            run("ip", "-n", name, "address", "add", address, "dev", interface)
            run("ip", "-n", name, "link", "set", interface, "up")
        run("ip", "-n", lab.far, "route", "add", "10.79.0.0/24", "via", "10.78.0.1")
        run("ip", "-n", lab.room, "route", "add", "default", "via", "10.79.0.1", "table", "79")
        run("ip", "-n", lab.room, "rule", "add", "to", "10.78.0.0/24", "table", "79")
        found = lab.probe()
    finally:
        run("ip", "-n", lab.room, "link", "delete", "eth9")
        run("ip", "-n", lab.room, "rule", "delete", "to", "10.78.0.0/24", "table", "79")
    assert faults(found) == {}
    assert found["network.link"]["target"] == "eth9"
    assert found["network.gateway"]["evidence"]["gateway"] == "10.79.0.1"


def test_a_proxy_from_the_environment_is_used_and_named(lab: Lab) -> None:
    assert proxy.proxy_for("", "https://teams.example/") == ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("https_proxy", "http://user:word@proxy.test:3128")
        patch.setenv("no_proxy", "intern.example")
        assert proxy.proxy_for("", "https://teams.example/") == "http://user:word@proxy.test:3128"
        assert proxy.proxy_for("", "https://intern.example/") == ""
        assert proxy.proxy_for("none", "https://teams.example/") == ""


def test_a_kind_of_proxy_that_is_not_spoken_is_one_clear_reading(lab: Lab) -> None:
    found = lab.probe(proxy="socks5://user:word@10.78.0.2:1080")
    assert found["network.service"]["kind"] == "CannotMeasure"
    assert found["network.service"]["reason"].startswith("proxy_kind")
    assert "word" not in str(found)
