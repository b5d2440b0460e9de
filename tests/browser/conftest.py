"""Debian's Chromium, driven by Playwright; one daemon for the tests of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.room import BrowserRoom

CHROMIUM = "/usr/bin/chromium"
NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with each file: no test with asyncio can run in a process while Playwright's own event loop is there."""
    with sync_playwright() as playwright:
        # Tests run as root, where Chromium has no sandbox of its own; it opens nothing but our own pages.
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserRoom]:
    with BrowserRoom(tmp_path_factory.mktemp("room")).running() as made:
        yield made


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """A phone of its own each time: no cookie, no memory of another's."""
    opened = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 390, "height": 844}, "locale": "en", **options})
        context.set_default_timeout(20_000)
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()
