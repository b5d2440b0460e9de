"""What no browser sends: forms that nothing can read, odd cookies, wrong methods, two presses within a moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from alerting.journal.contract import JournalUnavailable
from alerting.model.reason import Reason
from alerting.words import LANGUAGES, load_words
from monitor.pages import bodies
from monitor.pages.routes import Pages
from tests.pages.stage import LOOPBACK, Office, Room, open_office, served
from tests.rooms.site import PLAN, ROOMS, Site

PART = b'--x\r\nContent-Disposition: form-data; name="kind"\r\n%s\r\nsound\r\n--x--\r\n'
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
UNREADABLE = {
    "an encoding that nobody knows": (f"{URLENCODED}; charset=bogus", b"kind=sound", {}),
    "an encoding that is none of text": (f"{URLENCODED}; charset=rot13", b"kind=sound", {}),
    "JSON": ("application/json", b'{"kind": "sound"}', {}),
    "no boundary": ("multipart/form-data", PART % b"", {}),
    "a part with an unknown encoding": (MULTIPART, PART % b"Content-Transfer-Encoding: bogus\r\n", {}),
    "a part in an unknown character set": (MULTIPART, PART % b"Content-Type: text/plain; charset=bogus\r\n", {}),
    "a part with a long head": (MULTIPART, PART % (b"X: " + b"y" * 20_000 + b"\r\n"), {}),
    "a file": (MULTIPART, PART.replace(b'"kind"', b'"kind"; filename="../../x"') % b"", {}),
    "parts in a part": (MULTIPART, PART % b"Content-Type: multipart/mixed; boundary=y\r\n", {}),
    "said to be compressed": (URLENCODED, b"kind=sound", {"Content-Encoding": "gzip"}),
    "compressed by something else": (URLENCODED, b"kind=sound", {"Content-Encoding": "br"}),
}


@dataclass
class Hostile:
    room: Room
    client: aiohttp.ClientSession

    async def raw(self, request: str) -> str:
        """Bytes as they are written, which no client of good manners would send; the answer's first line."""
        address = urlsplit(str(self.client._base_url))
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(request.replace("\n", "\r\n").encode("latin-1"))
        answer = (await asyncio.wait_for(reader.read(100), 20)).decode("latin-1")
        writer.close()
        return answer.partition("\r\n")[0]


@pytest.fixture
async def hostile() -> AsyncIterator[Hostile]:
    room = Room()
    pages = Pages({"r12": room}, "r12", public_url=str, networks=lambda: LOOPBACK)
    async with served(pages) as address, aiohttp.ClientSession(address) as client:
        yield Hostile(room, client)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(Site(tmp_path, PLAN, rooms=ROOMS, home=ROOMS[0]), ("wang",)) as made:
        yield made


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", UNREADABLE)
async def test_a_form_that_cannot_be_read_is_an_empty_one(hostile: Hostile, way: str, language: str) -> None:
    kind, body, more = UNREADABLE[way]
    headers = {"Content-Type": kind, "Accept": "text/html", "Accept-Language": language, **more}
    async with hostile.client.post("/report", data=body, headers=headers) as answer:
        page = await answer.text()
    assert (answer.status, load_words(language).text("pages.report.choose") in page) == (400, True)
    assert not hostile.room.reports


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_form_that_does_not_come_whole_is_waited_for_no_longer_than_it_takes(
    hostile: Hostile, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "FORM_SECONDS", 0.2)

    async def drips() -> AsyncIterator[bytes]:
        yield b"kind=sound"
        await asyncio.sleep(30)

    headers = {"Content-Type": URLENCODED, "Accept": "text/html", "Accept-Language": language}
    async with hostile.client.post("/report", data=drips(), headers=headers) as answer:
        page = await answer.text()
    assert (answer.status, load_words(language).text("pages.problem.too_slow") in page) == (408, True)
    assert not hostile.room.reports


async def test_half_a_letter_is_written_out(hostile: Hostile) -> None:
    headers = {"Content-Type": f"{URLENCODED}; charset=unicode_escape", "Accept": "text/html"}
    async with hostile.client.post("/report", data=rb"kind=\ud800&text=\ud800", headers=headers) as answer:
        assert (answer.status, "\\ud800" in await answer.text()) == (400, True)


async def test_an_odd_cookie_is_none(office: Office) -> None:
    odd = ("roomwatch_session=\xff", 'roomwatch_browser="\\303\xff"', "=;;;,=", "a" * 7000)
    async with aiohttp.ClientSession(office.address) as client:
        hostile = Hostile(Room(), client)
        for path in ("/", "/duty", "/sign-in", "/i/1?k=x", "/history"):
            for cookie in odd:
                said = await hostile.raw(f"GET {path} HTTP/1.1\nHost: localhost\nCookie: {cookie}\n\n")
                assert said.split()[1] in ("200", "303", "403"), (path, cookie)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("PUT", "/report"), ("DELETE", "/report/7"), ("PATCH", "/feedback/7"), ("POST", "/qr")],
)
async def test_a_wrong_method_is_said_so(hostile: Hostile, method: str, path: str, language: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": language}
    async with hostile.client.request(method, path, headers=headers) as answer:
        page = await answer.text()
    assert (answer.status, load_words(language).text("pages.problem.wrong_method") in page) == (405, True)
    assert "GET" in answer.headers["Allow"]


async def test_a_stream_has_no_head_alone(hostile: Hostile) -> None:
    async with hostile.client.head("/events") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("asked", ["%0d%0aX-Evil:1", "a%26b%3dc", "x" * 2000, "%ff"], ids=lambda asked: asked[:9])
@pytest.mark.parametrize("path", ["/report", "/r/r12/report"])
async def test_the_language_of_an_address_is_one_that_there_is(hostile: Hostile, path: str, asked: str) -> None:
    async with hostile.client.post(f"{path}?lang={asked}", data={"kind": "sound"}, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"].partition("?")[2].startswith("lang=&kind=sound")


@pytest.mark.parametrize(("path", "form"), [("/report", {"kind": "sound"}), ("/feedback/7", {"score": "5"})])
async def test_two_presses_within_a_moment_are_one(hostile: Hostile, path: str, form: dict[str, str]) -> None:
    async def press() -> str:
        async with hostile.client.post(path, data={**form, "once": "abc"}, allow_redirects=False) as answer:
            return answer.headers["Location"].removesuffix("&joined=1")

    assert len(set(await asyncio.gather(*(press() for _ in range(8))))) == 1
    assert len(hostile.room.reports + hostile.room.scores) == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_page_that_breaks_says_so_and_so_does_one_without_a_journal(
    hostile: Hostile, language: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Accept": "text/html", "Accept-Language": language}
    raised: Exception = RuntimeError("a mistake of ours")

    async def breaks(number: int) -> None:
        raise raised

    monkeypatch.setattr(hostile.room, "incident", breaks)
    async with hostile.client.get("/report/7", headers=headers) as answer:
        page = await answer.text()
    assert (answer.status, load_words(language).text("pages.problem.broken_sentence") in page) == (500, True)
    assert "a mistake of ours" in caplog.text
    raised = JournalUnavailable(Reason("journal_busy"))
    async with hostile.client.get("/report/7", headers=headers) as answer:
        page = await answer.text()
    assert (answer.status, load_words(language).text("pages.problem.unreadable") in page) == (503, True)
