"""Pictures of every page of a real daemon: all into build/pictures, those of the READMEs into docs/pictures."""

from __future__ import annotations

import html
import tempfile
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from alerting.words import LANGUAGES
from tests.browser.conftest import CHROMIUM
from tests.browser.room import BrowserRoom

ALL, SHOWN = Path("build/pictures"), Path("docs/pictures")
QUALITY = 80
"""Of WebP: text stays sharp, and a page takes 20 to 50 kB."""
READERS = {"en": "wang", "zh-CN": "li"}
LOOKS = ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark"))
IN_README = ("room", "incident", "message")
MESSAGE = """<!doctype html><meta name="viewport" content="width=device-width"><style>
body{margin:0;padding:20px 16px;background:#e7ebf0;font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;color:#16191d}
p{background:#fff;border-radius:4px 14px 14px;padding:12px 14px;margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
small{color:#555d66}</style><small>Roomwatch</small>"""


def main() -> None:
    for folder in (ALL, SHOWN):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, BrowserRoom(Path(place)).running() as room:
        owed = room.breaks("The picture was gone")
        room.say("resolve", by="wang", incident=owed, force=True)
        number = room.breaks("画面突然没有了 The picture is gone")
        texts = {language: room.message(who, number) for language, who in READERS.items()}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for language in LANGUAGES:
                _shoot(browser, room, (number, owed), language, texts[language])
            room.say("backup_start", by="wang", incident=number)
            _shoot_screen(browser, room)
            browser.close()


def _shoot(browser: Browser, room: BrowserRoom, numbers: tuple[int, int], language: str, text: str) -> None:
    number, owed = numbers
    pages: Mapping[str, str] = {
        "room": "/",
        "incident": room.link(READERS[language], number).removeprefix(room.address),
        "report": "/report",
        "followed": f"/report/{number}",
        "feedback": f"/feedback/{number}",
        "feedback-meeting": "/feedback",
        "screen": "/screen",
        "history": "/history",
        "duty": "/duty",
        "papers": "/papers",
        "paper": f"/papers/{owed}",
        "style": "/style",
        "refused": f"/i/{number}?k=none",
    }
    for width, mode in LOOKS:
        size = {"width": width, "height": 844}
        context = browser.new_context(viewport=size, color_scheme=mode, locale=language)
        page = context.new_page()
        page.goto(f"{room.address}/sign-in?lang={language}")
        _save(page, f"sign-in-{width}-{mode}-{language}", whole=True)
        room.sign_in(page, READERS[language])
        for name, path in pages.items():
            page.goto(f"{room.address}{path}{'&' if '?' in path else '?'}lang={language}")
            _save(page, f"{name}-{width}-{mode}-{language}", whole=True)
            if name in IN_README and (width, mode) == (390, "light"):
                _save(page, f"{name}-{language}", whole=False, folder=SHOWN)
        context.close()
    page = browser.new_page(viewport={"width": 390, "height": 844})
    title, _, body = text.partition("\n")
    page.set_content(f"{MESSAGE}<p><b>{html.escape(title)}</b>\n{html.escape(body)}</p>")
    page.set_viewport_size({"width": 390, "height": min(844, page.evaluate("document.body.scrollHeight"))})
    _save(page, f"message-{language}", whole=False, folder=SHOWN)
    page.close()


def _shoot_screen(browser: Browser, room: BrowserRoom) -> None:
    """The room's own screen while it says where the meeting went."""
    for width, mode in LOOKS:
        page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=mode)
        page.goto(f"{room.address}/screen")
        _save(page, f"screen-moved-{width}-{mode}", whole=True)
        page.close()


def _save(page: Page, name: str, *, whole: bool, folder: Path = ALL) -> None:
    page.wait_for_timeout(100)
    picture = cv2.imdecode(np.frombuffer(page.screenshot(full_page=whole), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    cv2.imwrite(str(folder / f"{name}.webp"), picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


if __name__ == "__main__":
    main()
