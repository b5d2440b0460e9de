"""The incident's page over a real HTTP server and a whole service: one press counts once, and says so to all others."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerting.inbound.link_signing import LIFE_SECONDS, Grant, sign
from alerting.messages.facts import MessageFacts
from alerting.model.catalogue import KINDS
from alerting.model.fault import Fault
from alerting.words import load_words
from monitor.pages.incident_actions import FIELDS
from monitor.pages.routes import Pages
from tests.alerting.stage import RUNNING, START
from tests.commands.test_entrance import entered
from tests.pages.phone import Phone, forms
from tests.pages.stage import LOOPBACK, Office, Room, served
from tests.pages.test_server import STATUS
from tests.rooms.site import PLAN, ROOMS, Site

MORE = """
[contacts.li]
name = "Li Wei"
language = "zh-CN"
[backups.hall]
name = "Hall"
kind = "room"
room = "4F"
[remedies.usb]
kind = "reset_usb"
faults = ["camera_missing"]
notice = 5
"""
CHECK = {
    "check": KINDS["camera_missing"].check, "target": "cam0", "state": "failed", "values": {"frames_per_second": 0.0},
    "note": "", "fault": "camera_missing", "limit": None, "at": START, "since": START - 60,
    "limits": {"frames_per_second": {"limit": 10.0, "above": False}},
}  # fmt: skip
LINES = {(KINDS["camera_missing"].check, "cam0", "frames_per_second"): [(START - 3600, 25.0), (START, 0.0)]}


class WatchedRoom(Room):
    async def series(self) -> dict[tuple[str, str, str], list[tuple[float, float]]]:
        return LINES


class Hall(Office):
    """A site with an open incident in R1, its pages, and people who got a link."""

    def link(self, contact: str = "wang", number: int = 1, room: str = "") -> str:
        key = self.site.service.inbound.links.key(number, contact, self.site.clock.now)
        return f"{room}/i/{number}?k={key}"

    async def visitor(self, contact: str = "wang") -> Phone:
        phone = self.phone()
        await phone.open(self.link(contact))
        return phone

    def incident(self) -> Any:
        return next(one for one in self.site.service.engine.incidents() if one.id == 1)


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    site = Site(tmp_path, PLAN + MORE, rooms=ROOMS, home=ROOMS[0])
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(1)
    document = {**STATUS, "room": "R1", "name": "Lakeside", "timezone": "UTC", "now": START + 60, "checks": [CHECK]}
    rooms = {"R1": WatchedRoom(id="R1", document=document), "R2": Room(id="R2", document={**document, "room": "R2"})}
    pages = Pages(rooms, "R1", public_url=lambda: "", networks=lambda: LOOPBACK, desk=site.service.desk)
    async with served(pages) as address:
        made = Hall(site, address)
        yield made
        for phone in made.phones:
            await phone.close()
    await site.service.close()


async def test_the_page_says_what_where_since_when_how_bad_and_what_to_do_first(hall: Hall) -> None:
    phone = await hall.visitor()
    words = load_words("en")
    for text in (
        words.text("fault.camera_missing.title", target="cam0", room="Lakeside"),
        words.text("fault.camera_missing.act", target="cam0", room="Lakeside"),
        "Critical",
        "Not taken yet",
        "Lakeside",
        'class="spark"',
        "What happened",
    ):
        assert text in html.unescape(phone.page)
    assert len(phone.page) < 16_000
    assert set(phone.verbs()) >= {"take", "note", "order", "assign", "mitigate", "backup_start", "class", "resolve"}


async def test_looking_changes_nothing(hall: Hall) -> None:
    before = hall.site.verbs()
    phone = hall.phone()
    for _ in range(3):
        await phone.open(hall.link())
    async with phone._session.head(hall.link()) as answer:
        assert answer.status == 200
    assert hall.site.verbs() == before


async def test_two_taps_take_it_and_a_second_press_says_by_whom(hall: Hall) -> None:
    phone = await hall.visitor("li")
    form = next(one for one in forms(phone.page) if one["verb"] == "take")
    await phone.press("take")
    assert (phone.status, phone.note()) == (200, "Li Wei，您已接单，其他已通知人员会收到消息。")
    assert entered(hall.site, "taken") == [("li", {"kind": "link", "by": "li", "address": "127.0.0.1"})]
    await phone.send(form)
    assert phone.status == 409
    assert "Li Wei" in phone.note()
    assert len(entered(hall.site, "taken")) == 1
    assert "confirm" in phone.verbs()


async def test_of_two_who_press_at_once_one_wins_and_the_other_is_told(hall: Hall) -> None:
    one, other = await hall.visitor("wang"), await hall.visitor("chen")
    await asyncio.gather(one.press("take"), other.press("take"))
    assert sorted((one.status, other.status)) == [200, 409]
    assert len(entered(hall.site, "taken")) == 1
    late = one if one.status == 409 else other
    winner = {"wang": "Wang Qiang", "chen": "Chen Li"}[hall.incident().taken_by]
    assert winner in late.note()
    await late.press("take")  # now it is a takeover, on purpose
    assert late.status == 200
    assert len(entered(hall.site, "taken")) == 2


@pytest.mark.parametrize(
    ("verb", "typed", "event"),
    [
        ("note", {"text": "cable is loose"}, "note"),
        ("confirm", {}, "confirmed"),
        ("done", {"text": "new cable"}, "done"),
        ("class", {"fault_class": "operator"}, "class"),
        ("severity", {"severity": "warning"}, "severity"),
        ("assign", {"to": "chen", "text": "bring a cable"}, "assigned"),
        ("order", {"to": "technical", "text": "go there"}, "order"),
        ("backup_start", {"name": "hall"}, "backup_ordered"),
        ("mitigate", {"text": "in the hall"}, "mitigated"),
        ("remedy_approve", {}, "remedy_approved"),
        ("remedy_refuse", {}, "remedy_refused"),
        ("resolve", {"force": "1", "text": "works"}, "resolved"),
    ],
)
async def test_every_button_does_what_it_says_once(hall: Hall, verb: str, typed: dict[str, str], event: str) -> None:
    phone = await hall.visitor()
    if verb == "confirm":
        await phone.press("take")
    form = {**next(one for one in forms(phone.page) if one["verb"] == verb), **typed}
    await phone.send(form)
    assert phone.status == 200, phone.note()
    assert phone.note() == load_words("en").text(f"pages.incident.done.{verb}", name="Wang Qiang")
    assert hall.site.verbs(1).count(event) == 1
    await phone.send(form)
    assert (phone.status, "Wang Qiang" in phone.note()) == (409, True)
    assert hall.site.verbs(1).count(event) == 1


async def test_who_was_asked_to_help_answers_by_one_button(hall: Hall) -> None:
    await (await hall.visitor()).press("assign", to="chen")
    helper = await hall.visitor("chen")
    assert helper.verbs()[:2] == ["accept", "decline"]
    await helper.press("accept")
    assert helper.status == 200
    assert "helper_accepted" in hall.site.verbs(1)


async def test_what_is_refused_says_why_and_keeps_what_was_typed(hall: Hall) -> None:
    phone = await hall.visitor()
    dark = '<script>alert(1)</script>\u202e"'
    await phone.press("resolve", text=dark)
    assert phone.status == 409
    assert "still" in phone.note().lower()
    assert forms(phone.page)[-1]["text"] == '<script>alert(1)</script>\u202e"'
    assert "<script>alert" not in phone.page
    assert hall.incident().phase.live
    await phone.press("note", text=dark)
    assert "\u202e" not in phone.page


async def test_forged_shared_and_foreign_presses_do_nothing(hall: Hall) -> None:
    phone = await hall.visitor()
    before = hall.site.verbs()
    form = next(one for one in forms(phone.page) if one["verb"] == "take")
    token = form["token"]
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for other in (
        {**form, "token": changed},
        {**form, "token": ""},
        {**form, "verb": "resolve"},
        {**form, "verb": "people_delete"},
        {**form, "verb": "close"},
        {**form, "token": form["k"]},
        {
            **form,
            "token": next(one for one in forms((await hall.visitor("li")).page) if one["verb"] == "take")["token"],
        },
    ):
        await phone.send(other)
        assert phone.status in (400, 403), other
        assert phone.note()
    await phone.send(form, headers={"Sec-Fetch-Site": "cross-site"})
    assert phone.status == 400
    for path in ("/i/1", "/i/1?k=abc", "/i/2?k=" + form["k"], "/i/1?k=" + changed, "/take/" + token, "/i/1?k=" + token):
        await phone.open(path, headers={"Accept-Language": "zh-CN", "Accept": "text/html"})
        assert phone.status == 403, path
        assert "链接无法使用" in phone.page
    assert hall.site.verbs() == before


async def test_a_link_acts_in_the_browser_that_used_it_first(hall: Hall) -> None:
    link = hall.link()
    mine, stranger = hall.phone(), hall.phone()
    await mine.open(link)
    await stranger.open(link)
    await mine.press("note", text="mine")
    await stranger.press("take")
    assert stranger.status == 409
    assert "another browser" in stranger.note()
    assert not hall.incident().taken_by
    await stranger.open(link)
    assert not stranger.verbs(), "it shows and offers nothing"
    await mine.open(link)
    await mine.press("take")
    assert mine.status == 200
    kept = str(hall.site.service.journal.reader.memories())
    assert all(cookie.value not in kept for cookie in mine._session.cookie_jar)


async def test_an_hour_of_wrong_clock_spoils_nothing_and_an_old_link_or_page_is_told_so(hall: Hall) -> None:
    phone = await hall.visitor()
    for off in (3600.0, -3600.0):
        hall.site.clock.now += off
        await phone.press("note", text=f"by a clock that is {off} off")
        assert phone.status == 200, phone.note()
        hall.site.clock.now -= off
    form = {**next(one for one in forms(phone.page) if one["verb"] == "note"), "text": "typed slowly"}
    hall.site.clock.now += 3 * 3600
    await phone.send(form)
    assert (phone.status, "open for too long" in phone.note()) == (403, True)
    assert 'value="typed slowly"' in phone.page
    await phone.press("note")
    assert phone.status == 200
    link = hall.link()
    hall.site.clock.now += LIFE_SECONDS + 1
    await phone.open(link)
    assert (phone.status, "expired" in phone.page) == (403, True)


async def test_who_left_and_an_incident_that_never_was_are_told_so(hall: Hall) -> None:
    phone = hall.phone()
    await phone.open(hall.link(number=77))
    assert phone.status == 410
    link = hall.link()
    hall.site.service.plan.data.contacts.pop("wang")
    await phone.open(link)
    assert phone.status == 410


async def test_after_the_end_words_are_still_taken_and_nothing_else_is_offered(hall: Hall) -> None:
    await hall.site.service.engine.fault_cleared(Fault(room="R1", code="camera_missing", target="cam0", since=START))
    phone = await hall.visitor()
    assert set(phone.verbs()) == {"done", "note"}
    await phone.press("done", text="a new cable")
    assert phone.status == 200


async def test_a_link_of_an_earlier_version_opens_the_page_and_takes_nothing(hall: Hall) -> None:
    key = (hall.site.folder / "link.key").read_bytes()
    old = sign(Grant(purpose="take", incident=1, contact="li", expires_at=int(START + 600)), key)
    phone = hall.phone()
    await phone.open(f"/take/{old}")
    assert (phone.status, "接单" in phone.page) == (200, True)
    assert not hall.incident().taken_by
    await phone.press("take")
    assert hall.incident().taken_by == "li"


async def test_every_room_and_language_has_the_page(hall: Hall) -> None:
    phone = hall.phone()
    await phone.open(hall.link(number=2, room="/r/R2") + "&lang=zh-CN")
    assert '<html lang="zh-CN">' in phone.page
    assert "&amp;lang=en" in phone.page, "the switch keeps the key"


@pytest.mark.parametrize("room", ["R1", "R2", "mistyped"])
async def test_the_link_of_a_message_leads_to_the_page_whatever_room_was_named(hall: Hall, room: str) -> None:
    service = hall.site.service
    fault = Fault(room=room, code="reported_device", target="", since=hall.site.clock.now)
    number = await service.engine.fault_opened(fault, RUNNING)
    incident = next(one for one in service.engine.incidents() if one.id == number)
    service.inbound.links.leads_here = True
    now = hall.site.clock.now
    facts = MessageFacts(kind="opened", incidents=(incident,), contact="wang", channel="1", language="en", now=now)
    phone = hall.phone()
    await phone.open(service.inbound.links.link(facts))
    assert (phone.status, "take" in phone.verbs()) == (200, True)


async def test_what_the_server_refuses_is_a_page_in_the_reader_s_language(hall: Hall) -> None:
    asks = {"Accept": "text/html", "Accept-Language": "zh-CN"}
    phone = hall.phone()
    await phone.open("/nowhere", headers=asks)
    assert (phone.status, '<html lang="zh-CN">' in phone.page) == (404, True)
    async with phone._session.put("/i/1", headers=asks) as answer:
        assert (answer.status, '<html lang="zh-CN">' in await answer.text()) == (405, True)
    async with phone._session.get("/nowhere") as answer:
        assert answer.content_type == "text/plain"
    await phone.open(hall.link())
    form = next(one for one in forms(phone.page) if one["verb"] == "note")
    await phone.send({**form, "text": "x" * 70_000}, headers=asks)
    assert phone.status in (403, 413)
    assert "note" not in hall.site.verbs(1)


def test_every_button_has_words_in_every_language() -> None:
    for language in ("en", "zh-CN"):
        words = load_words(language)
        assert all(words.has(f"pages.incident.done.{verb}") for verb in FIELDS)
        assert all(words.has(f"pages.incident.button.{verb}") for verb in FIELDS)
