"""What people say after an incident and after a meeting: kept once, asked where the plan wants it, counted in time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from monitor.pages.participant_report import ReportLimit
from monitor.pages.routes import Pages
from monitor.pipeline.last_meeting import LastMeeting
from tests.pages.phone import Phone, forms
from tests.pages.stage import LOOPBACK, Room, served

OpenRoom = Callable[..., Room]


@pytest.fixture
async def phone() -> AsyncIterator[tuple[Phone, Room]]:
    room = Room()
    room.document["feedback_after_meetings"] = True
    pages = Pages({"r12": room}, "r12", public_url=str, networks=lambda: LOOPBACK)
    async with served(pages) as address:
        made = Phone(address)
        yield made, room
        await made.close()


@pytest.mark.parametrize(
    ("place", "kept", "thanks"),
    [
        ("/feedback/7", (7, 5, "quick"), "report of this incident"),
        ("/feedback", (0, 5, "quick"), "review of this room"),
    ],
)
async def test_one_tap_is_kept_once_however_often_it_is_sent(
    phone: tuple[Phone, Room], place: str, kept: tuple[int, int, str], thanks: str
) -> None:
    person, room = phone
    form = forms(await person.open(f"{place}?lang=en"))[0]
    for _ in range(2):
        assert thanks in await person.send({**form, "score": "5", "text": "quick"})
    assert room.scores == [kept]
    assert person.url.endswith("done=1"), "a reload sends nothing"


@pytest.mark.parametrize("score", ["", "0", "6", "99", "5.0", "five", "-1"])
async def test_what_is_no_answer_is_said_and_the_words_stay(phone: tuple[Phone, Room], score: str) -> None:
    person, room = phone
    form = forms(await person.open("/feedback?lang=en"))[0]
    page = await person.send({**form, "score": score, "text": "<b>loud\u202e"})
    assert (person.status, room.scores) == (400, [])
    assert "Tap one of the three answers." in page
    assert 'value="&lt;b&gt;loud"' in page


async def test_nobody_is_asked_where_the_plan_does_not_want_it(phone: tuple[Phone, Room]) -> None:
    person, room = phone
    room.document["feedback_after_meetings"] = False
    assert "Nobody asks" in await person.open("/feedback?lang=en")
    assert person.status == 404
    await person.send({"": "/feedback", "score": "5"})
    assert (person.status, room.scores) == (404, [])


async def test_an_incident_that_never_was_takes_no_feedback(phone: tuple[Phone, Room]) -> None:
    person, room = phone
    await person.send({"": "/feedback/4711?lang=zh-CN", "score": "5"})
    assert (person.status, room.scores) == (404, [])


async def test_a_hall_may_answer_and_one_phone_may_not_storm(phone: tuple[Phone, Room]) -> None:
    person, room = phone
    for _ in range(5):
        await person.send({"": "/feedback?lang=en", "score": "3"})
    assert (person.status, len(room.scores)) == (429, 3)
    limit = ReportLimit(lambda: 0.0, from_all=120)
    assert sum(limit.allows(f"10.0.0.{one}", "r12") for one in range(200)) == 120
    assert limit.allows("10.0.0.250", "r13"), "one room's crowd is not another's"


async def test_the_room_s_page_asks_after_a_meeting(phone: tuple[Phone, Room]) -> None:
    person, room = phone
    assert "How was the meeting?" not in await person.open("/?lang=en")
    room.document["meeting"] = {**room.document["meeting"], "running": False, "ended_at": -60.0}
    assert "How was the meeting?" in await person.open("/?lang=en")


def test_a_meeting_counts_from_five_minutes_and_doubt_ends_none() -> None:
    last = LastMeeting()
    for running, now, ended_at in (
        (None, 0.0, None),
        (True, 10.0, None),
        (False, 300.0, None),  # shorter than five minutes
        (True, 400.0, None),
        (None, 600.0, None),
        (False, 700.0, 700.0),
        (False, 800.0, 700.0),
        (True, 900.0, None),
    ):
        last.look(running, now)
        assert last.ended_at == ended_at, now
