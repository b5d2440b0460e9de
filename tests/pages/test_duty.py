"""A day of duty that two people swap: on the page, and for whom the next alarm is."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerting.plan.swaps import Swap, duty_day, swapped
from alerting.words import load_words
from tests.alerting.stage import RUNNING, START
from tests.pages.phone import Phone
from tests.pages.stage import Office, open_office
from tests.rooms.site import PLAN, ROOMS, Site

EN = load_words("en")
TODAY = dt.datetime.fromtimestamp(START, dt.UTC).date()
DAY = (TODAY + dt.timedelta(days=1)).isoformat()
LATER = 86400.0 + 2 * 3600.0
"""Seconds from the start to the next day, after its handover."""
ON_DUTY = (
    PLAN.replace('members = ["wang"]', 'members = ["wang", "li", "chen"]\nroster = "desk"')
    + f"""
[contacts.li]
name = "Li Wei"
language = "en"
channels = ["json://127.0.0.1:1/li"]
[rosters.desk]
owner = "wang"
start = {TODAY - dt.timedelta(days=70)}
rotation = ["wang"]
handover = "09:00"
[materials.camera]
name = "USB camera"
place = "Cupboard"
quantity = 1
checked = 2026-01-05
[inspections.round]
name = "Monthly round"
every_days = 30
start = {TODAY - dt.timedelta(days=1)}
"""
)


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Office]:
    site = Site(folder, ON_DUTY, rooms=ROOMS[:1], home=ROOMS[0])
    await site.until(1)
    async with open_office(site, ("wang", "li", "chen")) as made:
        yield made


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with serving(tmp_path) as made:
        yield made


async def at(office: Office, name: str) -> Phone:
    return await office.signed_in(name, to="/duty")


def done(verb: str) -> str:
    return EN.text(f"pages.duty.done.{verb}")


async def ask(phone: Phone, to: str = "li", day: str = DAY) -> None:
    await phone.press("duty_ask", roster="desk", day=day, taker=to)


async def test_after_the_other_s_word_the_alarm_of_that_day_is_theirs(office: Office) -> None:
    service, tomorrow = office.site.service, START + LATER
    phone = await at(office, "wang")
    await ask(phone)
    assert phone.note() == done("duty_ask")
    assert service.plan.on_duty("technical", tomorrow) == ("wang",)
    other = await at(office, "li")
    assert EN.text("pages.duty.asks_you", giver="Wang Qiang", taker="", day=DAY) in other.page
    await other.press("duty_agree")
    assert other.note() == done("duty_agree")
    assert service.plan.on_duty("technical", tomorrow) == ("li",)
    assert service.plan.on_duty("technical", START + 1) == ("wang",)
    assert service.plan.on_duty("technical", START + 3 * 86400) == ("wang",)
    assert await service.reload(office.site.settings) == ""
    assert service.plan.on_duty("technical", tomorrow) == ("li",)
    office.site.clock.now = tomorrow
    await office.site.breaks("camera_missing", "cam0", RUNNING)
    await office.site.until(LATER + 1)
    assert {who for at, who, row in office.site.post.arrived if at >= LATER and "CRITICAL" in row.title} == {"li"}
    assert [one for one in office.site.verbs(0) if one.startswith("duty")] == ["duty_asked", "duty_swapped"]


async def test_only_the_two_may_and_only_what_makes_sense(office: Office) -> None:
    wang, li, chen = [await at(office, name) for name in ("wang", "li", "chen")]
    form = {"": "/duty", "verb": "duty_ask", "roster": "desk", "day": DAY, "taker": "li"}
    for number, (phone, more) in enumerate(
        [
            (li, {}),
            (wang, {"taker": "wang"}),
            (wang, {"taker": "nobody"}),
            (wang, {"day": "2020-01-01"}),
            (wang, {"day": "soon"}),
            (wang, {"roster": "none"}),
        ]
    ):
        await phone.send({**form, **more, "once": f"one {number}"})
        assert phone.status == 409, more
    await ask(wang)
    await ask(await at(office, "wang"))
    await chen.send({"": "/duty", "verb": "duty_agree", "key": "1", "once": "x"})
    assert chen.status == 409
    await wang.send({"": "/duty", "verb": "duty_agree", "key": "1", "once": "y"})
    assert wang.status == 409
    await wang.send({**form, "once": "z"}, headers={"Origin": "http://evil.example"})
    assert wang.status == 400
    await li.open("/duty")
    await li.press("duty_withdraw")
    assert li.note() == done("duty_withdraw")
    await li.send({"": "/duty", "verb": "duty_agree", "key": "1", "once": "w"})
    assert li.status == 409
    assert office.site.service.plan.on_duty("technical", START + 86400) == ("wang",)


async def test_stock_and_inspections_are_recorded_once(office: Office) -> None:
    phone = await at(office, "wang")
    assert phone.page.count(EN.text("pages.duty.due")) >= 2
    for verb, more in (
        ("spare_take", {}),
        ("spare_return", {}),
        ("spare_checked", {}),
        ("inspection_done", {"text": "all well"}),
    ):
        await phone.open("/duty")
        await phone.press(verb, **more)
        assert phone.note() == done(verb)
    counted = office.site.verbs(0)
    assert [counted.count(one) for one in ("spare_taken", "spare_returned", "material_checked", "inspection_done")] == [
        1
    ] * 4
    form = {"": "/duty", "verb": "spare_take", "name": "camera", "once": "again"}
    await phone.send(form)
    await phone.send(form)
    assert office.site.verbs(0).count("spare_taken") == 2


def test_a_swap_holds_from_its_agreement_and_from_handover_to_handover() -> None:
    one = Swap(key="1", roster="desk", day="2026-12-01", giver="a", taker="b", asked_at=0, agreed="2026-12-01T11:00:00")

    def on(day: int, clock: str) -> tuple[str, ...]:
        return swapped(("a",), "desk", dt.datetime.fromisoformat(f"2026-12-0{day}T{clock}"), "09:00", (one,))

    assert [on(1, "10:59"), on(1, "11:00"), on(2, "08:59"), on(2, "09:00")] == [("a",), ("b",), ("b",), ("a",)]
    assert duty_day(dt.datetime(2026, 12, 1, 8, 59), "09:00") == "2026-11-30"
