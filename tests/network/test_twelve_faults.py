"""`roomwatch diagnose network` names the right hop for each of twelve injected faults, in both languages."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.network.lab import FAR, ROOM, WALL, Lab, run
from tests.network.test_diagnose import diagnose

pytestmark = pytest.mark.root


@contextlib.contextmanager
def carrier(lab: Lab) -> Iterator[None]:
    run("ip", "-n", lab.wall, "link", "set", "in0", "down")
    yield
    run("ip", "-n", lab.wall, "link", "set", "in0", "up")


@contextlib.contextmanager
def no_lease(lab: Lab) -> Iterator[None]:
    run("ip", "-n", lab.room, "address", "flush", "dev", "eth0", "scope", "global")
    yield
    run("ip", "-n", lab.room, "address", "add", f"{ROOM}/24", "dev", "eth0")
    run("ip", "-n", lab.room, "route", "add", "default", "via", WALL)


@contextlib.contextmanager
def lease_not_taken(lab: Lab) -> Iterator[None]:
    server = lab.lend()
    with no_lease(lab):
        yield
    server.kill()
    server.wait()


@contextlib.contextmanager
def duplicate_address(lab: Lab) -> Iterator[None]:
    run("ip", "-n", lab.wall, "address", "add", f"{ROOM}/32", "dev", "in0")
    yield
    run("ip", "-n", lab.wall, "address", "delete", f"{ROOM}/32", "dev", "in0")


@contextlib.contextmanager
def gateway_dead(lab: Lab) -> Iterator[None]:
    run("ip", "-n", lab.wall, "address", "delete", f"{WALL}/24", "dev", "in0")
    yield
    run("ip", "-n", lab.wall, "address", "add", f"{WALL}/24", "dev", "in0")


@contextlib.contextmanager
def other_dns(lab: Lab, *options: str, role: str = "") -> Iterator[None]:
    """No resolver at all, one with other options, or one of tests/network/far_servers.py."""
    lab.stop_dns()
    if options:
        lab.start_dns(*options)
    server = (
        lab.start(lab.wall, sys.executable, "-m", "tests.network.far_servers", role, str(lab.folder)) if role else None
    )
    try:
        yield
    finally:
        if server is not None:
            server.kill()
            server.wait()
        if options:
            lab.stop_dns()
        lab.start_dns()


@contextlib.contextmanager
def rules(lab: Lab, *texts: str) -> Iterator[None]:
    for text in texts:
        lab.rule(text)
    yield


@contextlib.contextmanager
def captive_portal(lab: Lab) -> Iterator[None]:
    portal = lab.start(lab.wall, sys.executable, "-m", "tests.network.far_servers", "portal", str(lab.folder))
    lab.rule("dstnat tcp dport 80 redirect to :8080")
    yield
    portal.kill()
    portal.wait()


@contextlib.contextmanager
def nothing(lab: Lab) -> Iterator[None]:
    yield


Injection = Callable[[Lab], AbstractContextManager[None]]
SLOW: dict[str, object] = {"timeout": 1.0, "service_timeout": 4.0, "dns_timeout": 4.0}
LOSS = [
    f"forward numgen random mod 100 < 20 ip daddr 10.78.0.0/24 {what} drop"
    for what in ("udp dport 9721", "ip protocol icmp")
]
STREAM: dict[str, object] = {"echo_server": f"{FAR}:9721", "stream_seconds": 2.0}
FAULTS: list[tuple[str, Injection, dict[str, object], str, str]] = [
    # name, how it is injected, settings beside the lab's, the cause, what the Chinese verdict must contain
    ("carrier", carrier, {}, "link_down", "网线没有信号"),
    ("no lease", no_lease, {}, "no_address", "没有 DHCP 服务器应答"),
    ("lease not taken", lease_not_taken, {}, "no_address", f"DHCP 服务器 {WALL} 可以分配"),
    ("duplicate address", duplicate_address, {}, "duplicate_address", f"地址 {ROOM} 同时被"),
    ("gateway dead", gateway_dead, {}, "gateway_unreachable", f"网关：{WALL}"),
    ("DNS dead", other_dns, {"labels": {WALL: "B 栋 DNS"}}, "dns_dead", f"B 栋 DNS ({WALL})"),
    ("DNS slow", lambda lab: other_dns(lab, role="slowdns"), SLOW, "dns_slow", WALL),
    ("DNS wrong", lambda lab: other_dns(lab, "--address=/meet.test/127.0.0.1"), {}, "dns_wrong", "127.0.0.1"),
    ("internet dead", lambda lab: rules(lab, "forward drop"), {}, "internet_unreachable", f"只能到 {WALL}"),
    ("captive portal", captive_portal, {}, "captive_portal", "login.hotel.test"),
    ("TLS expired", nothing, {"services": ["expired"]}, "service_certificate_expired", "证书"),
    ("UDP blocked", lambda lab: rules(lab, "forward udp dport 3478 drop"), {}, "media_udp_blocked", "TCP 3478"),
    (
        "20 % loss",
        lambda lab: rules(lab, *LOSS),
        STREAM,
        "media_loss",
        f"{WALL} 与 {FAR} 之间丢失",
    ),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "inject", "settings", "cause", "words"), FAULTS, ids=[one[0] for one in FAULTS])
def test_the_broken_hop_is_named(
    served: Lab, name: str, inject: Injection, settings: dict[str, object], cause: str, words: str
) -> None:
    more = {"stun": [f"{FAR}:3478"], **settings}
    if "echo_server" in settings:
        more["echo_key_file"] = str(served.folder / "echo.key")
    with inject(served):
        answer = json.loads(diagnose(served, "--json", code=1, **more))
    assert answer["cause"] == cause, answer
    assert answer["others"] == [], answer
    assert words in "".join(answer["sentences"]["zh-CN"]), answer["sentences"]
    assert answer["sentences"]["en"][0].endswith(".")
