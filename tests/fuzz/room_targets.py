"""Parsers of what a room's network, kernel and programs say."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import dns.message

from probes.linux import rtnetlink
from probes.network import (
    certificate_child,
    echo_protocol,
    exchange,
    named_proxy_linux,
    packets,
    portal,
    proxy,
    stun,
    why_service,
    wifi_linux,
)
from probes.network import dns_question as dns_probe
from probes.network.scapy_child import dhcp, neighbour, path
from probes.software import command_line
from probes.software.profiles import CALL_TITLES, LOGIN_TITLES, SIGNED_IN_LOG, SIGNED_OUT_LOG
from probes.software.title_patterns import fitting
from tests.fuzz.target import KEY, Target, text_of


def _stun(data: bytes) -> None:
    stun.answers(data, b"abcdefghijkl")


def _dns(data: bytes) -> None:
    question = dns_probe._Question("192.0.2.1", "meet.example", "A")
    found = dns_probe._read(question, data, 0.0)
    for address in found.addresses if found is not None else ():
        dns_probe.absurd(address)


def _kernel(data: bytes) -> None:
    list(rtnetlink.messages(data))
    rtnetlink.parse_route(data)
    rtnetlink.parse_address(data)
    rtnetlink.parse_interface(data)
    wifi_linux.parse(data, data)


def _wire(data: bytes) -> None:
    packets.read_arp(data)
    for version in (4, 6):
        packets.read_echo(data, version, raw_header=version == 4)
    echo_protocol.read(data, KEY)
    echo_protocol.read_request(data, KEY, 1.8e9)
    path.read_answer(data, "192.0.2.9", 0, 77)
    path.read_echo(data, 77)


def _neighbour(data: bytes) -> None:
    assert len(str(neighbour.read({"frame": data.hex()}))) < 1000


def _http(data: bytes) -> None:
    """What a page, a proxy or a PAC script's server answers, and what is looked for in it."""

    async def read() -> exchange.Page:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return await exchange.request(exchange.Stream(reader, _Deaf()), "a.example", "/", body=True)  # type: ignore[arg-type]

    page = asyncio.run(read())
    assert len(page.body) <= exchange.MOST_BODY
    away = portal._elsewhere("http://a.example/", page)
    portal.site(portal.host_of(away)) if away else None
    portal.offers_login(page.body)
    portal.blocked(page.body)
    with suppress(OSError):
        why_service._seconds(page.headers.get("date", ""))


class _Deaf:
    """A writer that takes everything."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...


def _certificate(data: bytes) -> None:
    assert len(str(certificate_child.read({"der": data.hex()}))) < 600


def _proxies(data: bytes) -> None:
    """Policies and keyfiles of the machine."""
    text = text_of(data)
    named_proxy_linux._ini(text)
    named_proxy_linux._server(text, text.split(","), "").bypasses("meet.example")
    proxy.unusable(text)
    with TemporaryDirectory() as folder:
        for place in ("chromium/policies/managed/a.json", "firefox/policies/policies.json", "dconf/db/a.d/a"):
            file = Path(folder) / place
            file.parent.mkdir(parents=True)
            file.write_bytes(data)
        named_proxy_linux.named(Path(folder))


def _commands(data: bytes) -> None:
    name, _, raw = data.partition(b"\n")
    found = command_line.read_command_line(raw, command_line.printable(name))
    assert command_line.printable(raw).isprintable()
    assert found.text.isprintable()


def _titles(data: bytes) -> None:
    """Titles of windows and lines of logs against the shipped patterns."""
    text = text_of(data)[:4096]
    for patterns in (LOGIN_TITLES, SIGNED_OUT_LOG, SIGNED_IN_LOG, CALL_TITLES):
        fitting(patterns, text)


TARGETS: dict[str, Target] = {
    "http": Target(
        _http,
        known=(OSError,),
        words=(b"HTTP/1.1 302 Found\r\n", b"Location: ", b"Transfer-Encoding: chunked\r\n", b"Date: ", b"\r\n\r\n"),
        seeds=(
            b"HTTP/1.1 302 Found\r\nLocation: http://a.example/a?b=[\r\nDate: Sat, 28 Nov 2026 17:00:00 GMT\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<form\r\n0\r\n\r\n",
        ),
    ),
    "certificate": Target(_certificate, words=(b"\x30\x82", b"\x06\x03\x55\x04\x0a", b"\x1e\x02")),
    "proxy settings": Target(
        _proxies,
        words=(b'"ProxySettings":', b'"ProxyPacUrl":', b"[org/gnome/system/proxy]\n", b"mode='auto'\n", b"https="),
        seeds=(b'{"ProxySettings": {"ProxyMode": "pac_script", "ProxyPacUrl": "http://a/b.pac"}}',),
    ),
    "command line": Target(
        _commands,
        words=(b"\0", b"/usr/lib/electron30/electron", b".mount_", b"ld-linux-x86-64.so.2", b"--argv0\0"),
        seeds=(b"zoom\n/bin/sh\0/usr/bin/zoom\0", b"electron\n/usr/lib/electron30/electron\0/usr/lib/teams/app.asar"),
    ),
    "window titles": Target(
        _titles,
        words=("登录".encode(), b"sign in", b"Zoom Meeting", "会议中".encode(), b" - ", b"was logged out"),
        seeds=(b"Sign in to Conference", b"user was logged out"),
    ),
    "stun": Target(_stun, words=(b"\x21\x12\xa4\x42",), seeds=(stun.binding_request(b"abcdefghijkl"),)),
    "dns": Target(
        _dns,
        seeds=(dns.message.make_response(dns.message.make_query("meet.example", "A", id=7)).to_wire(),),
    ),
    "dhcp": Target(lambda data: dhcp.read_offer(data, 7), seeds=(dhcp.discover(bytes(6), 7),)),
    "neighbour": Target(
        _neighbour, seeds=(bytes.fromhex("0180c200000e00112233445588cc0207040011223344550602007800000000"),)
    ),
    "kernel messages": Target(_kernel),
    "packets": Target(_wire, seeds=(path.build("192.0.2.9", 0, 3, 5, 77),)),
}
