"""Whole ways through the pages in a real browser: from the code in the room, and from the link in a message."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect

from alerting.words import load_words
from tests.browser.conftest import NewPage
from tests.browser.room import BrowserRoom, until

EN = load_words("en")
ROOM_MOST, INCIDENT_MOST = 16_000, 20_000
"""Bytes; over a bad connection of 64 kbit/s the incident's page is there in two and a half seconds."""


def button(page: Page, verb: str) -> None:
    """Tap the button of a verb, after unfolding what holds it."""
    form = page.locator(f"form[data-act={verb}]").first
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").click()
    form.locator("button").click()


def done(page: Page, verb: str, name: str, language: str = "en") -> None:
    expect(page.locator(".note.good")).to_have_text(load_words(language).text(f"pages.incident.done.{verb}", name=name))


@pytest.mark.parametrize(
    ("script", "language", "who"),
    [
        pytest.param(True, "en", "wang"),
        pytest.param(False, "zh-CN", "li"),
        pytest.param(True, "zh-CN", "li", marks=pytest.mark.long),
        pytest.param(False, "en", "wang", marks=pytest.mark.long),
    ],
)
def test_from_a_message_s_link_to_taken_moved_and_resolved(
    room: BrowserRoom, new_page: NewPage, script: bool, language: str, who: str
) -> None:
    # The first test of this file: after several incidents within a minute messages come as one, without links.
    number, name = room.breaks(), {"wang": "Wang Qiang", "li": "李伟"}[who]
    page = new_page(java_script_enabled=script, locale=language)
    link = room.link_in_message(who, number) if script and language == "en" else room.link(who, number)
    page.goto(link)  # the first tap
    button(page, "take")  # the second
    done(page, "take", name, language)
    assert room.incident(number)["taken_by"] == name
    page.locator("summary", has_text=load_words(language).text("pages.incident.group.move")).click()
    page.locator("form[data-act=backup_start] button").click()
    done(page, "backup_start", name, language)
    button(page, "mitigate")
    done(page, "mitigate", name, language)
    assert room.incident(number)["phase"] == "mitigated"
    button(page, "resolve")
    done(page, "resolve", name, language)
    assert room.incident(number) == {}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_from_the_code_in_the_room_to_it_works_again(room: BrowserRoom, new_page: NewPage, script: bool) -> None:
    screen = new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=2)
    screen.goto(f"{room.address}/screen")
    drawn = np.frombuffer(screen.locator("img.qr").screenshot(), np.uint8)
    seen, _, _ = cv2.QRCodeDetectorAruco().detectAndDecode(cv2.imdecode(drawn, cv2.IMREAD_COLOR))
    assert seen == f"{room.address}/r/r12"
    page = new_page(java_script_enabled=script)
    page.goto(seen)
    page.get_by_role("link", name=EN.text("pages.something_wrong")).click()
    page.get_by_text(EN.text("pages.report.kind.everything"), exact=True).click()
    page.get_by_role("button", name=EN.text("pages.report.send")).click()
    number = int(page.locator("code.number").inner_text())
    assert room.incident(number)["phase"] == "open"
    room.say("resolve", by="wang", incident=number, force=True)
    if not script:
        page.reload()  # as the page does by itself every 15 seconds
    expect(page.locator(".verdict h1")).to_have_text(EN.text("pages.followed.over_word"))
    if not script:
        return  # the second report and its feedback would be more than one phone may send in ten minutes
    page.get_by_role("link", name=EN.text("pages.feedback.ask")).click()
    page.get_by_role("button", name=EN.text("pages.feedback.score.5")).click()
    expect(page.get_by_role("status")).to_have_text(EN.text("pages.feedback.thanks"))


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.long)], ids=["script", "no-script"])
def test_a_report_is_written_reviewed_and_signed_without_a_shell(
    room: BrowserRoom, new_page: NewPage, script: bool
) -> None:
    number = room.breaks()
    room.say("resolve", by="wang", incident=number, force=True)
    page, manager = new_page(java_script_enabled=script), new_page(java_script_enabled=script, locale="zh-CN")
    room.sign_in(page, "wang", to=f"/papers/{number}")
    chapter = page.locator("details", has=page.locator("input[value=cause]"))
    chapter.locator("summary").click()
    chapter.locator("textarea").fill("The cable was loose.")
    for verb in ("report_edit", "report_submit", "report_approve"):
        form = chapter.locator("form") if verb == "report_edit" else page.locator(f"form[data-act={verb}]")
        form.locator("button").click()
        expect(page.locator(".note.good")).to_have_text(EN.text(f"pages.papers.done.{verb}"))
    room.sign_in(manager, "李伟", to=f"/papers/{number}")
    manager.locator("form[data-act=report_sign] button").click()
    expect(manager.locator(".note.good")).to_have_text(load_words("zh-CN").text("pages.papers.done.report_sign"))
    expect(manager.locator("form[data-act]")).to_have_count(0)


def test_the_room_s_own_screen_says_where_the_meeting_goes_on_while_it_lies_open(
    room: BrowserRoom, new_page: NewPage
) -> None:
    screen = new_page(viewport={"width": 1920, "height": 1080})
    screen.goto(f"{room.address}/screen")
    number = room.breaks()
    room.say("backup_start", by="wang", incident=number)
    for words in (EN, load_words("zh-CN")):
        expect(screen.locator("[data-live]")).to_contain_text(words.text("pages.screen.move", place="402"))
    assert screen.evaluate("document.documentElement.scrollHeight") <= 1080, "nobody scrolls it"
    room.say("resolve", by="wang", incident=number, force=True)
    expect(screen.locator("[data-live]")).not_to_contain_text(EN.text("pages.screen.go"))


def test_an_open_page_says_when_no_news_can_come_and_catches_up(room: BrowserRoom, new_page: NewPage) -> None:
    page = new_page()
    page.goto(room.address)
    page.context.set_offline(True)
    expect(page.locator("[data-lost]")).to_be_visible()
    number = room.breaks("no light")
    page.context.set_offline(False)
    expect(page.locator("[data-lost]")).to_be_hidden()
    expect(page.locator("article.card h2", has_text=f"#{number} ")).to_be_visible()
    room.say("resolve", by="wang", incident=number, force=True)
    expect(page.locator("article.card h2", has_text=f"#{number} ")).to_have_count(0)


def test_by_the_keyboard_alone(room: BrowserRoom, new_page: NewPage) -> None:
    number = room.breaks()
    page = new_page()
    page.goto(room.link("wang", number))

    def reach(text: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.innerText || ''").strip() == text:
                return
        raise AssertionError(f"Tab never reaches {text!r}")

    reach(EN.text("pages.incident.button.take"))
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", "it is seen where one is"
    page.keyboard.press("Enter")
    done(page, "take", "Wang Qiang")
    reach(EN.text("pages.incident.group.words"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("the cable is loose")
    page.keyboard.press("Enter")
    done(page, "note", "Wang Qiang")
    expect(page.locator(".timeline")).to_contain_text("the cable is loose")


def test_without_a_connection_it_says_so_keeps_what_was_typed_and_sends_it_later(
    room: BrowserRoom, new_page: NewPage
) -> None:
    number = room.breaks()
    page = new_page()
    page.goto(room.link("wang", number))
    page.locator("#do-words summary").click()
    page.locator("form[data-act=note] input[name=text]").fill("seen from the corridor")
    page.context.set_offline(True)
    button(page, "note")
    expect(page.locator("[data-unsent]")).to_be_visible()
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("form[data-act=note] input[name=text]")).to_have_value("seen from the corridor")
    button(page, "note")
    done(page, "note", "Wang Qiang")
    expect(page.locator("form[data-act=note] input[name=text]")).to_have_value("")


def test_a_report_that_was_not_sent_says_so_and_goes_once_there_is_a_connection(
    room: BrowserRoom, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(f"{room.address}/report")
    page.get_by_text(EN.text("pages.report.kind.network"), exact=True).click()
    page.locator("input[name=text]").fill("no wifi at the window")
    page.context.set_offline(True)
    page.get_by_role("button", name=EN.text("pages.report.send")).click()
    expect(page.locator("[data-unsent]")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name=EN.text("pages.report.send")).click()
    number = int(page.locator("code.number").inner_text())
    assert "no wifi at the window" in room.incident(number)["text"]
    room.say("resolve", by="wang", incident=number, force=True)


def test_a_chapter_is_kept_for_who_must_sign_in_again_first(room: BrowserRoom, new_page: NewPage) -> None:
    number = room.breaks()
    room.say("resolve", by="wang", incident=number, force=True)
    page = new_page()
    room.sign_in(page, "wang", to=f"/papers/{number}")
    chapter = page.locator("details", has=page.locator("input[value=cause]"))
    chapter.locator("summary").click()
    chapter.locator("textarea").fill("The cable was loose.")
    page.context.clear_cookies()  # as after a restart of the daemon
    chapter.locator("form button").click()
    page.wait_for_url(lambda url: "/sign-in" in url)
    room.sign_in(page, "wang", to=f"/papers/{number}")
    expect(chapter.locator("textarea")).to_have_value("The cable was loose.")
    chapter.locator("form button").click()
    expect(page.locator(".note.good")).to_have_text(EN.text("pages.papers.done.report_edit"))


def test_two_phones_press_and_the_second_hears_who_was_first(room: BrowserRoom, new_page: NewPage) -> None:
    number = room.breaks()
    one, other = new_page(), new_page(locale="zh-CN")
    one.goto(room.link("wang", number))
    other.goto(room.link("li", number))
    button(one, "take")
    done(one, "take", "Wang Qiang")
    expect(other.locator("[data-live]")).to_contain_text("Wang Qiang")  # it is told while the page lies open
    button(other, "take")
    expect(other.locator(".note.bad[role=alert]:not([hidden])")).to_contain_text("Wang Qiang 刚刚已接单")
    button(other, "take")  # the fresh page takes over, on purpose
    done(other, "take", "李伟", "zh-CN")
    until(lambda: room.incident(number)["taken_by"] == "李伟")


def fetched(page: Page, address: str) -> int:
    """Bytes that come over the line before the page stands; all that it asks for, but for the stream of its news."""
    asked: list[Request] = []
    page.on("requestfinished", lambda one: asked.append(one))  # noqa: PLW0108 (Playwright names its callbacks)
    page.goto(address)
    page.wait_for_load_state()
    sizes = [one.sizes() for one in asked if "/events" not in one.url and one.url.startswith("http")]
    return sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)


def test_the_pages_are_light(room: BrowserRoom, new_page: NewPage) -> None:
    number = room.breaks()
    assert 1000 < fetched(new_page(), room.address) <= ROOM_MOST
    assert 1000 < fetched(new_page(), room.link("wang", number)) <= INCIDENT_MOST
