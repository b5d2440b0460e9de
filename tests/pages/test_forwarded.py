"""Readers behind a proxy: whose word on their address counts, and that limits go by it."""

from __future__ import annotations

import aiohttp
import pytest

from monitor.pages.forwarded import asking
from monitor.pages.routes import Pages
from tests.pages.stage import Room, served

PROXIES = ("127.0.0.1", "10.0.0.0/28")
BUILDING = ("192.168.0.0/16",)


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [
        ("127.0.0.1", ["192.168.0.7"], "192.168.0.7"),
        ("127.0.0.1", ["192.168.0.7", "203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["192.168.0.7", "203.0.113.9", "10.0.0.2"], "203.0.113.9"),
        ("::ffff:127.0.0.1", ["192.168.0.7"], "192.168.0.7"),
        ("203.0.113.9", ["192.168.0.7"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["unknown"], ""),
        ("127.0.0.1", [""], ""),
        ("127.0.0.1", ["192.168.0.7\u202e"], ""),
        ("127.0.0.1", ["10.0.0.2"] * 5000, "10.0.0.2"),
    ],
)
def test_only_what_a_known_proxy_added_counts(peer: str, said: list[str], expected: str) -> None:
    assert asking(peer, said, PROXIES) == expected


@pytest.mark.parametrize(
    ("proxies", "statuses"),
    [
        (PROXIES, [200, 200, 200, 429, 200, 403, 403, 403]),
        ((), [403] * 8),  # nobody is believed: all come from this machine, which is not in the building here
    ],
)
async def test_phones_behind_a_proxy_have_limits_of_their_own(proxies: tuple[str, ...], statuses: list[int]) -> None:
    room = Room()
    pages = Pages({"r12": room}, "r12", public_url=str, networks=lambda: BUILDING, proxies=lambda: proxies)
    phones = ["192.168.0.7"] * 4 + ["192.168.0.8", "203.0.113.9", "192.168.0.7, 203.0.113.9", "nobody"]
    async with served(pages) as address, aiohttp.ClientSession(address) as client:
        found = []
        for phone in phones:
            headers = {"X-Forwarded-For": phone}
            async with client.post("/report", data={"kind": "sound"}, headers=headers, allow_redirects=False) as answer:
                found.append({303: 200}.get(answer.status, answer.status))
    assert found == statuses
    assert len(room.reports) == statuses.count(200)
