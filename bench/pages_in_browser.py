"""What the room's and the incident's page weigh and how soon a browser shows something of them.

A real daemon and Debian's Chromium on this machine, a fresh browser context (no cache) for each look. Prints JSON:
medians of first contentful paint in seconds, and the bytes that were fetched.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM
from tests.browser.room import BrowserRoom

LOOKS = 9
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"


def look(browser: Browser, address: str) -> tuple[float, int]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address)
    page.wait_for_function(f"() => {PAINT.removesuffix('.startTime / 1000')}")
    paint = float(page.evaluate(PAINT))
    sizes = page.evaluate(
        "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
        ".map(one => one.transferSize)"
    )
    context.close()
    return paint, int(sum(sizes))


def main() -> None:
    with tempfile.TemporaryDirectory() as place, BrowserRoom(Path(place)).running() as room:
        number = room.breaks()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            found = {}
            for name, address in (("room", room.address), ("incident", room.link("wang", number))):
                looks = [look(browser, address) for _ in range(LOOKS)]
                found[name] = {
                    "first_contentful_paint_seconds": round(statistics.median(paint for paint, _ in looks), 3),
                    "bytes": max(size for _, size in looks),
                }
            browser.close()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
