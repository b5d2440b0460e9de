"""What a phone has to fetch before it shows a page, in bytes as they come over the line."""

from __future__ import annotations

from playwright.sync_api import Response

from tests.browser.conftest import NewPage
from tests.browser.room import BrowserRoom

ROOM_MOST, INCIDENT_MOST = 60_000, 25_000
"""Bytes; over a bad connection of 64 kbit/s the incident's page is there in three seconds."""


def fetched(page_of: NewPage, address: str) -> int:
    page = page_of()
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one))  # noqa: PLW0108 (Playwright names its callbacks)
    page.goto(address)
    page.wait_for_timeout(200)
    return sum(len(one.body()) for one in answers if not one.url.endswith("/events") and one.url.startswith("http"))


def test_the_pages_are_light(room: BrowserRoom, new_page: NewPage) -> None:
    number = room.breaks()
    assert fetched(new_page, room.address) <= ROOM_MOST
    assert fetched(new_page, room.link("wang", number)) <= INCIDENT_MOST
