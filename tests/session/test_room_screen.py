"""When the room's display is asked to show its page, and when to close it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.daemon import room_screen
from monitor.daemon.room_screen import RoomScreen, screen_address
from monitor.settings.model import Web
from tests.pages.test_screen import BACKUP, REMEDY, after_meeting, status

SHOWS = ["restart", "move"]
GOOD = RemedyOutcome(ok=True, detail=Reason())
SILENT = RemedyOutcome(ok=False, detail=because("session_none"))


class Display:
    """asked: the addresses in order, "" for closing."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: list[RemedyOutcome] = []

    async def show(self, link: str) -> RemedyOutcome:
        self.asked.append(link)
        return self.answers.pop(0) if self.answers else GOOD


@pytest.fixture
async def stage() -> AsyncIterator[tuple[RoomScreen, Display]]:
    display = Display()
    screen = RoomScreen(lambda: "http://127.0.0.1:9720/screen", display.show, str)
    loop = asyncio.create_task(screen.loop())
    yield screen, display
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop


async def seen(stage: tuple[RoomScreen, Display], **document: Any) -> list[str]:
    """What the display was asked, once it was told of this."""
    screen, display = stage
    screen.look({"screen_shows": SHOWS, **document})
    for _ in range(10):
        await asyncio.sleep(0)
    return display.asked


async def test_it_opens_for_what_the_plan_names_and_closes_when_that_is_over(stage: tuple[RoomScreen, Display]) -> None:
    assert await seen(stage, **status()) == []
    opened = ["http://127.0.0.1:9720/screen"]
    assert await seen(stage, **status(remedies=[REMEDY])) == opened
    assert await seen(stage, **status(backup=BACKUP)) == opened, "another notice is on the page that is open"
    assert await seen(stage, **status()) == [*opened, ""]


async def test_it_stays_closed_for_what_the_plan_does_not_name_and_while_nothing_is_sent(
    stage: tuple[RoomScreen, Display],
) -> None:
    assert await seen(stage, **after_meeting(9_940.0)) == []
    assert await seen(stage, **{**status(remedies=[REMEDY]), "screen_shows": ["move"]}) == []
    assert await seen(stage, **{**status(remedies=[REMEDY]), "mode": "observe"}) == []


async def test_a_display_that_does_not_answer_is_asked_again_while_it_matters(
    stage: tuple[RoomScreen, Display], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(room_screen, "RETRY_SECONDS", 0.01)
    _, display = stage
    display.answers = [SILENT, SILENT]
    await seen(stage, **status(remedies=[REMEDY]))
    async with asyncio.timeout(10):
        while len(display.asked) < 3:
            await asyncio.sleep(0.01)
    assert "does not show its page (restart): session_none" in caplog.text
    display.answers = [SILENT]
    assert (await seen(stage, **status()))[3:] == [""]
    await asyncio.sleep(0.05)
    assert len(display.asked) == 4, "what cannot be closed ends by itself"


@pytest.mark.parametrize(
    ("web", "address"),
    [
        (Web(), "http://127.0.0.1:9720/screen"),
        (Web(listen="0.0.0.0"), "http://127.0.0.1:9720/screen"),
        (Web(listen="::"), "http://[::1]:9720/screen"),
        (Web(listen="192.0.2.7", public_url="https://rooms.example/"), "http://192.0.2.7:9720/screen"),
        (
            Web(tls_certificate="c", tls_key="k", public_url="https://rooms.example/"),
            "https://rooms.example/screen",
        ),
        (Web(tls_certificate="c", tls_key="k"), "https://127.0.0.1:9720/screen"),
    ],
)
def test_the_address_is_one_that_a_browser_on_this_machine_reaches(web: Web, address: str) -> None:
    assert screen_address(web, 9720) == address
