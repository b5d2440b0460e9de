"""Every page in every language, mode and width: no violation that axe-core finds, nothing to scroll sideways."""

from __future__ import annotations

import importlib.resources
import itertools
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alerting.words import LANGUAGES
from tests.browser.conftest import NewPage
from tests.browser.room import BrowserRoom

pytestmark = pytest.mark.long
AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
LOOKS = tuple(itertools.product(("light", "dark"), (320, 390, 768, 1280)))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLACES = (
    "/",
    "/report",
    "/report/{number}",
    "/feedback/{number}",
    "/feedback",
    "/feedback?done=1",
    "/screen",
    "/style",
    "{link}",
    "/nowhere",
    "/i/1",
    "/history",
    "/sign-in",
    "/duty",
    "/papers",
    "/papers/{owed}",
)

FOR_STAFF = ("/papers", "/duty")


def violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)",
        RULES,
    )
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]} {one['nodes'][0]['failureSummary']}" for one in found]


def look_at(page: Page) -> None:
    """In each look: nothing that axe finds, nothing wider than the screen."""
    page.evaluate(AXE)
    for mode, width in LOOKS:
        page.emulate_media(color_scheme=mode)
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (mode, width)
        assert violations(page) == [], (mode, width)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    room: BrowserRoom, new_page: NewPage, broken: int, owed: int, place: str, language: str
) -> None:
    link = room.link("wang", broken).removeprefix(room.address)
    path = place.format(number=broken, link=link, owed=owed)
    page = new_page(locale=language)
    if place.startswith(FOR_STAFF):
        room.sign_in(page)
    page.goto(f"{room.address}{path}{'&' if '?' in path else '?'}lang={language}")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    look_at(page)


def test_nor_on_the_screen_that_says_where_to_go(room: BrowserRoom, new_page: NewPage) -> None:
    number = room.breaks()
    room.say("backup_start", by="wang", incident=number)
    page = new_page()
    page.goto(f"{room.address}/screen")
    expect(page.locator("[data-live]")).to_contain_text("402")
    look_at(page)


@pytest.fixture(scope="module")
def broken(room: BrowserRoom) -> int:
    return room.breaks("画面没有了 the picture is gone")


@pytest.fixture(scope="module")
def owed(room: BrowserRoom) -> int:
    """An incident that is over and owes a report."""
    number = room.breaks("画面没有了 the picture was gone")
    room.say("resolve", by="wang", incident=number, force=True)
    return number
