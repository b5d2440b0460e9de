"""Under which names the pages answer, and what they say under any other."""

from __future__ import annotations

import socket

import aiohttp
import pytest

from monitor.pages.own_names import own_name
from monitor.pages.routes import Pages
from tests.pages.stage import LOOPBACK, Room, served

OWN = frozenset({"rooms.example", "room12.corp.example"})


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:9720", True),
        ("192.0.2.7", True),
        ("[::1]:9720", True),
        ("[fe80::1]", True),
        ("localhost:9720", True),
        ("room12", True),
        ("room12.local:9720", True),
        ("Rooms.Example:443", True),
        ("room12.corp.example.", True),
        ("evil.example", False),
        ("rooms.example.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("user@evil.example", False),
        ("[::1", False),
        ("", False),
        ("::1:9720:1", False),
    ],
)
def test_which_names_are_this_machine_s(host: str, known: bool) -> None:
    assert own_name(host, OWN) is known


@pytest.mark.parametrize(("language", "said"), [("en", "Not under this name"), ("zh-CN", "地址不正确")])
async def test_under_another_s_name_nothing_is_read_and_nothing_is_taken(language: str, said: str) -> None:
    room = Room()
    hosts: list[str] = []
    pages = Pages(
        {"r12": room}, "r12", public_url=lambda: "https://rooms.example", networks=lambda: LOOPBACK, hosts=lambda: hosts
    )
    stranger = {"Host": "evil.example", "Origin": "http://evil.example", "Accept-Language": language}
    async with served(pages) as address, aiohttp.ClientSession(address) as client:
        for path in ("/", "/report", "/screen", "/qr", "/events", "/nowhere"):
            async with client.get(path, headers=stranger) as answer:
                assert (answer.status, said in await answer.text()) == (421, True), path
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        async with client.post("/report", data={"kind": "sound"}, headers=stranger) as answer:
            assert (answer.status, room.reports) == (421, [])
        for name in ("rooms.example", socket.gethostname()):
            async with client.get("/", headers={"Host": name}) as answer:
                assert answer.status == 200, name
        hosts.append("Evil.Example")
        async with client.get("/", headers=stranger) as answer:
            assert answer.status == 200, "the administrator said so"
