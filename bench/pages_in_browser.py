"""What the pages are to a person with a phone: bytes, how soon something is shown, how soon news is there, and taps.

A real daemon and Debian's Chromium on this machine, a fresh browser context (no cache) for each look. Prints JSON:
medians in seconds over LOOKS looks, the bytes that were fetched, and the taps of the two ways that count: reporting a
fault after the code was scanned, and taking an incident from the message with its link.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM
from tests.browser.room import BrowserRoom

LOOKS = 9
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
SIZES = (
    "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
    ".map(one => one.transferSize)"
)


def phone(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 390, "height": 844}, locale="en").new_page()


def look(browser: Browser, address: str) -> tuple[float, int]:
    page = phone(browser)
    page.goto(address)
    page.wait_for_function(f"() => {PAINT.removesuffix('.startTime / 1000')}")
    paint, sizes = float(page.evaluate(PAINT)), page.evaluate(SIZES)
    page.context.close()
    return paint, int(sum(sizes))


class Taps:
    """Taps what a person would, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def tap(self, selector: str) -> None:
        self.count += 1
        self.page.locator(selector).first.click()


def report(browser: Browser, room: BrowserRoom) -> tuple[int, float]:
    """(taps, seconds) from the room's page to the receipt; the machine's own part, for it reads nothing."""
    page, begun = phone(browser), time.monotonic()
    page.goto(f"{room.address}/r/r12")
    taps = Taps(page)
    taps.tap("a.button.wide")
    taps.tap(".choices label")
    taps.tap("main form button")
    page.wait_for_selector("code.number")
    took = time.monotonic() - begun
    page.context.close()
    return taps.count, took


def take(browser: Browser, link: str) -> tuple[int, float]:
    """(taps, seconds) from the message to "you have taken it". The tap on the link is the first."""
    page, begun = phone(browser), time.monotonic()
    taps = Taps(page)
    taps.count += 1
    page.goto(link)
    taps.tap("form[data-act=take] button")
    page.wait_for_selector(".note.good")
    took = time.monotonic() - begun
    page.context.close()
    return taps.count, took


def news(browser: Browser, room: BrowserRoom, number: int) -> float:
    """Seconds from a command on the machine to its words on a page that lies open. The page looks at the clock itself:
    it is the same machine's."""
    page = phone(browser)
    page.goto(room.address)
    page.wait_for_timeout(500)  # its stream is open
    page.evaluate(
        """() => { window.seen = 0; new MutationObserver(() => { window.seen = window.seen || Date.now() / 1000; })
        .observe(document.querySelector("[data-live]"), { childList: true }); }"""
    )
    begun = time.time()
    room.say("severity", by="wang", incident=number, severity="warning")
    page.wait_for_function("() => window.seen > 0")
    seen = float(page.evaluate("window.seen"))
    page.context.close()
    room.say("severity", by="wang", incident=number, severity="critical")
    return seen - begun


def measure(browser: Browser, room: BrowserRoom) -> dict[str, Any]:
    number = room.breaks()
    found: dict[str, Any] = {}
    for name, address in (("room", room.address), ("incident", room.link("wang", number))):
        looks = [look(browser, address) for _ in range(LOOKS)]
        found[name] = {
            "first_contentful_paint_seconds": round(statistics.median(paint for paint, _ in looks), 3),
            "bytes": max(size for _, size in looks),
        }
    found["event_to_open_page_seconds"] = round(statistics.median(news(browser, room, number) for _ in range(LOOKS)), 3)
    for name, (taps, took) in (("report", report(browser, room)), ("take", take(browser, room.link("wang", number)))):
        found[name] = {"taps": taps, "machine_seconds": round(took, 2)}
    return found


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with (
        tempfile.TemporaryDirectory() as place,
        BrowserRoom(Path(place)).running() as room,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = measure(browser, room)
        browser.close()
    print(json.dumps({**found, "load": round(os.getloadavg()[0], 1), "cores": os.cpu_count()}, indent=2))


if __name__ == "__main__":
    main()
