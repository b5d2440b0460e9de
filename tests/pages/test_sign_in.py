"""Signing in over a real HTTP server and a whole service: who may, who is kept out, and what the journal says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerting.configuration import Secret
from alerting.words import load_words
from monitor.pages.sign_in_pages import local
from monitor.sign_in.lockout import ADDRESS_FAILURES, FIRST_SECONDS, MOST_SECONDS, NAME_FAILURES, Lockout
from monitor.sign_in.password import make, matches, well_formed
from monitor.sign_in.sessions import IDLE_SECONDS, LIFE_SECONDS, Sessions
from tests.alerting.stage import RUNNING
from tests.commands.test_entrance import entered
from tests.pages.cheap_hash import cheap_hash
from tests.pages.phone import forms
from tests.pages.stage import PASSWORD, WRITTEN, Office, open_office, sign_in
from tests.rooms.site import PLAN, ROOMS, Site

EN = load_words("en")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    site = Site(tmp_path, PLAN, rooms=ROOMS, home=ROOMS[0])
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(1)
    async with open_office(site, ("wang", "gone")) as made:
        yield made


async def test_a_signed_in_contact_takes_an_incident_without_a_link_and_signs_out(office: Office) -> None:
    phone = office.phone()
    await phone.open("/i/1")
    assert phone.url.endswith("/sign-in?to=/i/1")
    await sign_in(phone, "Wang Qiang", to="/i/1")
    assert (phone.status, phone.url.endswith("/i/1")) == (200, True)
    form = next(one for one in forms(phone.page) if one.get("verb") == "take")
    await phone.send(form)
    assert phone.note() == EN.text("pages.incident.done.take", name="Wang Qiang")
    assert entered(office.site, "taken") == [("wang", {"kind": "contact", "by": "wang", "address": "127.0.0.1"})]
    await phone.send(form)
    assert phone.status == 409
    await phone.send({"": "/sign-out"})
    await phone.open("/i/1")
    assert "/sign-in" in phone.url
    assert [one for one in office.site.verbs(0) if one.startswith("sign")] == ["signed_in", "signed_out"]


async def test_the_cookie_is_for_this_site_and_no_script(office: Office) -> None:
    phone = office.phone()
    body = {"name": "wang", "password": PASSWORD, "to": "//elsewhere.example"}
    async with phone._session.post("/sign-in", data=body, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


@pytest.mark.parametrize("name", ["wang", "nobody", "gone", "<script>", "\u202e"])
async def test_wrong_words_open_nothing_and_tell_no_name(office: Office, name: str) -> None:
    phone = office.phone()
    await sign_in(phone, name, "wrong words here")
    assert (phone.status, phone.note()) == (403, EN.text("pages.sign_in.wrong"))
    assert "<script>" not in phone.page
    assert "sign_in_failed" in office.site.verbs(0)


async def test_after_five_failures_the_right_password_waits_too(office: Office) -> None:
    phone = office.phone()
    await asyncio.gather(*(sign_in(office.phone(), "wang", "wrong words") for _ in range(NAME_FAILURES)))
    await sign_in(phone, "Wang Qiang")
    assert (phone.status, phone.note()) == (429, EN.text("pages.sign_in.locked", minutes=1))
    assert office.site.verbs(0).count("sign_in_locked") == 1


@pytest.mark.parametrize("breaks", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)", "raise MemoryError"])
async def test_a_check_that_broke_says_nothing_of_the_password_and_counts_for_nobody(
    office: Office, breaks: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resource.py").write_text(f"{breaks}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    phone = office.phone()
    for _ in range(NAME_FAILURES):
        await sign_in(phone, "wang")
        assert (phone.status, phone.note()) == (503, EN.text("pages.sign_in.unmatched"))
    monkeypatch.delenv("PYTHONPATH")
    await office.signed_in("wang")
    assert [one for one in office.site.verbs(0) if one.startswith("sign")] == ["signed_in"]


async def test_another_site_s_form_and_a_password_that_changed(office: Office) -> None:
    phone = office.phone()
    body = {"name": "wang", "password": PASSWORD}
    async with phone._session.post("/sign-in", data=body, headers={"Origin": "http://evil.example"}) as answer:
        assert answer.status == 403
    visitor = await office.signed_in("wang")
    await visitor.open("/i/1")
    assert "/sign-in" not in visitor.url
    office.users["wang"] = Secret("literal", WRITTEN.replace("a", "b"))
    await visitor.open("/i/1")
    assert "/sign-in" in visitor.url


def test_a_hash_matches_its_own_password_alone() -> None:
    written = make(PASSWORD)
    assert well_formed(written)
    assert matches(PASSWORD, written)
    assert not matches(PASSWORD + " ", written)
    assert not matches("", WRITTEN)
    assert cheap_hash(PASSWORD) != WRITTEN, "each has a salt of its own"


@pytest.mark.parametrize(
    "bad",
    ["", "secret", WRITTEN[:-60], WRITTEN.replace("m=64,", "m=99999999,"), "$argon2i" + WRITTEN],
    ids=["nothing", "a password", "cut off", "too much memory", "another kind"],
)
def test_what_is_no_hash_matches_nothing(bad: str) -> None:
    assert not well_formed(bad)
    assert not matches(PASSWORD, bad)


def test_the_wait_doubles_up_to_an_hour_and_an_address_is_locked_for_all_names() -> None:
    now = [0.0]
    lockout, waits = Lockout(lambda: now[0]), []
    for _ in range(NAME_FAILURES + 8):
        now[0] += lockout.wait("wang", "a")
        lockout.failed("wang", "a")
        waits.append(lockout.wait("wang", "b"))
    assert waits[: NAME_FAILURES - 1] == [0.0] * (NAME_FAILURES - 1)
    assert waits[NAME_FAILURES - 1 :][:3] == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS]
    assert waits[-1] == MOST_SECONDS
    for number in range(ADDRESS_FAILURES):
        lockout.failed(f"guess {number}", "c")
    assert lockout.wait("anybody", "c") > 0
    assert lockout.wait("anybody", "d") == 0
    lockout.succeeded("wang", "b")
    assert lockout.wait("wang", "b") == 0


def test_a_try_that_was_not_made_counts_for_nobody() -> None:
    lockout = Lockout(lambda: 0.0)
    for _ in range(NAME_FAILURES):
        lockout.failed("wang", "192.0.2.7")
        lockout.untried("wang", "192.0.2.7")
    assert lockout.wait("wang", "192.0.2.7") == 0
    assert [lockout.failed("wang", "192.0.2.7") for _ in range(NAME_FAILURES)] == [False] * (NAME_FAILURES - 1) + [True]
    assert lockout.wait("wang", "192.0.2.7") == FIRST_SECONDS


def test_a_session_ends_by_itself() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    written = {"wang": "h"}.get
    token = sessions.begin("wang", "h")
    while now[0] < LIFE_SECONDS:
        assert sessions.holder(token, lambda one: written(one) or "") == "wang"
        now[0] += IDLE_SECONDS
    now[0] += IDLE_SECONDS
    assert sessions.holder(token, lambda one: written(one) or "") == ""
    other = sessions.begin("wang", "h")
    now[0] += IDLE_SECONDS + 1
    assert sessions.holder(other, lambda one: written(one) or "") == ""


@pytest.mark.parametrize(
    "to", ["//x.example", "https://x.example", "/\\x.example", "", "x", "/a\r\nb", "/" + "a" * 300]
)
def test_no_way_leads_elsewhere(to: str) -> None:
    assert local(to) == "/"
