"""The pages over a real HTTP server: a report from the room, from the first tap to the receipt; bad input."""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from alerting.model.fault import FaultClass
from alerting.service.cleaned_text import lines, one_line, upright
from alerting.words import LANGUAGES, load_words
from monitor.pages import live_updates, table_sign
from monitor.pages.participant_report import FROM_ALL, inside
from monitor.pages.routes import Pages
from tests.pages.stage import LOOPBACK, Room, served
from tests.pages.test_incidents import INCIDENT
from tests.pages.test_server import STATUS


@dataclass
class Site:
    rooms: dict[str, Room]
    pages: Pages
    client: aiohttp.ClientSession
    clock: list[float]

    async def get(self, path: str, **more: Any) -> tuple[int, str]:
        async with self.client.get(path, **more) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, fields: dict[str, str], **more: Any) -> tuple[int, str, str]:
        """(status, page, where it led)."""
        async with self.client.post(path, data=fields, **more) as answer:
            return answer.status, await answer.text(), str(answer.url.path)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    rooms = {"r12": Room(), "r13": Room(id="r13", document={**STATUS, "room": "r13", "name": "Room 13"})}
    clock = [1000.0]
    pages = Pages(
        rooms, "r12", public_url=lambda: "https://rooms.example", networks=lambda: LOOPBACK, clock=lambda: clock[0]
    )
    async with served(pages) as address, aiohttp.ClientSession(address) as client:
        yield Site(rooms, pages, client, clock)


async def test_three_taps_and_the_report_is_there_with_its_number(site: Site) -> None:
    status, form = await site.get("/report?lang=en")
    assert (status, "Something is wrong" in (await site.get("/?lang=en"))[1]) == (200, True)
    once = form.partition('name="once" value="')[2].partition('"')[0]
    status, page, path = await site.post("/report?lang=en", {"kind": "sound", "once": once})
    assert (status, path) == (200, "/report/7")
    for text in ("Your number:", ">7<", "Room 402", "Look whether the microphone is muted"):
        assert text in page
    assert site.rooms["r12"].reports == [(FaultClass.DEVICE, "Sound", "")]
    await site.post("/report?lang=en", {"kind": "sound", "once": once})
    assert len(site.rooms["r12"].reports) == 1, "a second press is no second report"


@pytest.mark.parametrize(("path", "looks"), [("/", 1), ("/screen", 1), ("/report", 0), ("/feedback/7", 0)])
async def test_a_page_makes_the_status_document_once_at_most(site: Site, path: str, looks: int) -> None:
    await site.get(path)
    assert site.rooms["r12"].looks == looks


async def test_every_room_has_its_own_address(site: Site) -> None:
    await site.post("/r/r13/report", {"kind": "network", "text": "no wifi", "name": "Ann"})
    assert site.rooms["r13"].reports == [(FaultClass.NETWORK, "no wifi", "Ann")]
    assert not site.rooms["r12"].reports
    assert (await site.get("/r/nowhere?lang=en"))[0] == 404


async def test_what_somebody_typed_is_shown_as_text(site: Site) -> None:
    dark = '<script>alert(1)</script>\u202e"><b>'
    await site.post("/report", {"kind": "other", "text": dark, "name": dark})
    assert site.rooms["r12"].reports == [
        (FaultClass.OTHER, '<script>alert(1)</script> "><b>', dark.replace("\u202e", " "))
    ]
    _, page, _ = await site.post("/report?lang=en", {"kind": "", "text": dark})
    assert "<script>alert" not in page
    assert "Tap first what it is about." in page


async def test_one_phone_may_not_storm_and_others_still_may(site: Site) -> None:
    found = [(await site.post("/report?lang=zh-CN", {"kind": "sound"}))[0] for _ in range(5)]
    assert found == [200, 200, 200, 429, 429]
    site.clock[0] += 601
    assert (await site.post("/report", {"kind": "sound"}))[0] == 200


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/report", "/feedback/7"])
async def test_what_is_too_long_is_said_so_and_nothing_is_kept(site: Site, path: str, language: str) -> None:
    asks = {"Accept": "text/html", "Accept-Language": language}
    for form in ({"kind": "sound", "score": "5", "text": "x" * 70_000}, {"x" * 70_000: "sound"}):
        status, page, _ = await site.post(path, form, headers=asks)
        assert (status, load_words(language).text("pages.problem.too_large") in page) == (413, True)
    assert not site.rooms["r12"].reports


async def test_forty_phones_that_report_at_once_are_heard_up_to_a_bound_and_told_whom_to_call(site: Site) -> None:
    found = []
    for number in range(1, 41):
        connector = aiohttp.TCPConnector(local_addr=(f"127.0.1.{number}", 0))
        async with (
            aiohttp.ClientSession(site.client._base_url, connector=connector) as phone,
            phone.post("/report?lang=en", data={"kind": "sound"}) as answer,
        ):
            found.append((answer.status, "Please call IT support." in await answer.text()))
    assert [status for status, _ in found] == [200] * FROM_ALL + [429] * (40 - FROM_ALL)
    assert all(called for status, called in found if status == 429)
    assert len(site.rooms["r12"].reports) == FROM_ALL


async def test_another_sites_form_and_a_stranger_outside_are_refused(site: Site) -> None:
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    status, page, _ = await site.post("/report?lang=en", {"kind": "sound"}, headers=foreign)
    assert (status, "from another website" in page) == (403, True)
    site.pages.frame.networks = lambda: ("10.0.0.0/8",)
    assert (await site.post("/report", {"kind": "sound"}))[0] == 403
    assert not site.rooms["r12"].reports


async def test_a_report_that_cannot_be_kept_says_whom_to_call(site: Site) -> None:
    site.rooms["r12"].refuses = True
    status, page, _ = await site.post("/report?lang=en", {"kind": "sound"})
    assert (status, "Please call IT support" in page) == (409, True)


@pytest.mark.parametrize("path", ["/", "/screen"])
async def test_where_to_go_instead_stands_beside_the_verdict(site: Site, path: str) -> None:
    assert "Instead: Room 402" in (await site.get(f"{path}?lang=en"))[1]
    well = [{**STATUS["checks"][0], "state": "ok"}]
    site.rooms["r12"].document = {**STATUS, "faults": [], "checks": well}
    assert "Instead" not in (await site.get(f"{path}?lang=en"))[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/report", "/report/7", "/feedback/7", "/screen", "/r/r13"])
async def test_every_page_has_its_language_and_its_headers(site: Site, path: str, language: str) -> None:
    async with site.client.get(path, headers={"Accept-Language": language}) as answer:
        page = await answer.text()
        assert answer.status == 200
        assert f'<html lang="{language}">' in page
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert len(page) < 60_000


async def test_news_reaches_an_open_page_and_a_reader_who_went_costs_nothing(site: Site) -> None:
    async with site.client.get("/events") as stream:
        await stream.content.readuntil(b"\n\n")
        site.pages.look()
        site.rooms["r12"].document = {**STATUS, "incidents": [INCIDENT]}
        site.pages.look()
        said = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 10)
    assert said.startswith(b"event: news")
    for _ in range(100):
        if site.pages.news["r12"].streams == 0:
            break
        site.rooms["r12"].document = {**STATUS, "incidents": [] if _ % 2 else [INCIDENT]}
        site.pages.look()
        await asyncio.sleep(0.05)
    assert site.pages.news["r12"].streams == 0


async def test_a_page_hears_at_once_what_happened_before_its_stream_began_or_while_it_was_cut(site: Site) -> None:
    async def begin(address: str, **headers: str) -> dict[str, str]:
        async with site.client.get(address, headers=headers) as stream:
            said = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 10)
        return dict(line.split(": ") for line in said.decode().split("\n") if line)

    page = (await site.get("/"))[1]
    address = page.partition('data-live="')[2].partition('"')[0]
    first = await begin(address)
    assert first["event"] == "here"
    site.rooms["r12"].document = {**STATUS, "incidents": [INCIDENT]}
    later = await begin(address, **{"Last-Event-ID": first["id"]})
    assert (later["event"], (await begin(address))["event"]) == ("news", "news")
    assert (await begin(address, **{"Last-Event-ID": later["id"]}))["event"] == "here"


async def test_pages_that_lie_open_do_not_hold_up_a_server_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_updates, "KEEP_ALIVE", 1000.0)
    pages = Pages({"r12": Room()}, "r12", public_url=str, networks=lambda: LOOPBACK)
    async with asyncio.timeout(30), aiohttp.ClientSession() as client, served(pages) as address:
        stream = await client.get(f"{address}/events")
        await stream.content.readuntil(b"\n\n")
        assert pages.news["r12"].streams == 1


async def test_the_code_leads_to_the_room(site: Site) -> None:
    status, drawn = await site.get("/r/r13/qr")
    assert (status, drawn.startswith("<svg")) == (200, True)


async def test_the_table_sign_is_one_page_of_a6(site: Site) -> None:
    async with site.client.get("/sign.pdf") as answer:
        assert answer.status == 200
        assert (await answer.read()).startswith(b"%PDF")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_signs_for_ever_new_names_are_bounded_and_what_is_missing_is_said(
    site: Site, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[table_sign.TableSign] = []

    async def draw(sign: table_sign.TableSign) -> bytes:
        drawn.append(sign)
        if len(drawn) > 4:
            raise table_sign.CannotDraw("no fonts")
        return b"%PDF"

    monkeypatch.setattr(table_sign, "_draw", draw)
    monkeypatch.setattr(table_sign, "_kept", OrderedDict())
    monkeypatch.setattr(table_sign, "_drawn_at", deque(maxlen=table_sign.FRESH))
    site.pages.frame.public_url = str
    headers = {"Accept": "text/html", "Accept-Language": language}
    names = [f"room{number}" for number in (0, 0, *range(10))]
    found = [await site.get("/sign.pdf", headers={**headers, "Host": name}) for name in names]
    assert [status for status, _ in found] == [200] * 6 + [503] * 6
    assert len(drawn) == table_sign.FRESH
    words = load_words(language)
    assert words.text("pages.problem.no_sign_sentence") in found[6][1]
    assert words.text("pages.papers.busy") in found[-1][1]


async def test_a_sign_whose_child_was_ended_asks_nobody_to_install_anything(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_sign, "_CHILD", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
    monkeypatch.setattr(table_sign, "_kept", OrderedDict())
    monkeypatch.setattr(table_sign, "_drawn_at", deque(maxlen=table_sign.FRESH))
    status, page = await site.get("/sign.pdf", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert (status, load_words("en").text("pages.papers.busy") in page) == (503, True)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("::ffff:127.0.0.9", True), ("192.0.2.7", False), ("::1", False), ("", False), ("x", False)],
)
def test_who_is_inside(address: str, expected: bool) -> None:
    assert inside(address, LOOPBACK) is expected


def test_a_line_holds_no_marks_that_turn_it() -> None:
    assert one_line("a\u202eb\x00c\n\td", 10) == "a b c d"
    assert len(one_line("x" * 900, 500)) == 500
    assert lines("a\u202eb\x00c\r\nd", 10) == "abc\nd"
    assert upright("שלום \u202e7\u2066\u200fخ") == "שלום 7خ", "letters stay"
