"""What is read of a calendar: recurrences, zones, refusals, importance, and everything that a calendar can do wrong."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.calendar.child import read
from probes.child.isolated import table_of
from tests.calendar.calendars import ATTENDEE, NOW, TITLE, at, calendar, event
from tests.reasons.english import english

HOUR = 3600.0


def reading(tmp_path: Path, body: bytes, **more: Any) -> dict[str, Any]:
    file = tmp_path / "room.ics"
    file.write_bytes(body)
    wanted = {"file": str(file), "now": NOW, "seconds": 48 * HOUR, "max_bytes": 50 << 20, "zone": "Asia/Shanghai"}
    answer = read({**wanted, **more})
    told = json.dumps(answer, ensure_ascii=False, default=table_of)
    assert TITLE not in told
    assert ATTENDEE not in told
    assert len(told) <= 4096
    return dict(json.loads(told))


def starts(answer: dict[str, Any]) -> list[float]:
    """Hours from NOW at which the meetings start."""
    return [round((start - NOW) / HOUR, 3) for start, _, _, _ in answer["meetings"]]


def test_a_plain_meeting_is_its_times_and_organiser(tmp_path: Path) -> None:
    answer = reading(tmp_path, calendar(event(start=f":{at(1)}", end=f":{at(2)}")))
    assert answer["meetings"] == [[NOW + HOUR, NOW + 2 * HOUR, False, "chief@example.com"]]
    assert (answer["seen"], answer["skipped"], answer["odd_zones"]) == (1, 0, 0)


STORIES: dict[str, tuple[str, list[float]]] = {
    "daily since years": (event("RRULE:FREQ=DAILY", start=":20200101T100000Z", end=":20200101T110000Z"), [1, 25]),
    "every Tuesday in the room's zone": (
        event("RRULE:FREQ=WEEKLY;BYDAY=TU", start=";TZID=Asia/Shanghai:20260106T180000"),
        [1],
    ),
    "a Windows zone": (event(start=";TZID=China Standard Time:20261124T180000"), [1]),
    "no zone is the room's": (event(start=":20261124T180000"), [1]),
    "a zone that does not exist is the room's": (event(start=";TZID=Mars/Phobos:20261124T180000"), [1]),
    "one taken out": (
        event("RRULE:FREQ=DAILY", f"EXDATE:{at(1)}", start=":20200101T100000Z"),
        [25],
    ),
    "one moved": (
        event("RRULE:FREQ=DAILY", start=":20200101T100000Z", uid="m")
        + "\r\n"
        + event(f"RECURRENCE-ID:{at(1)}", start=f":{at(3)}", uid="m"),
        [3, 25],
    ),
    "one of a series cancelled": (
        event("RRULE:FREQ=DAILY", start=":20200101T100000Z", uid="c")
        + "\r\n"
        + event(f"RECURRENCE-ID:{at(1)}", "STATUS:CANCELLED", start=f":{at(1)}", uid="c"),
        [25],
    ),
    "one of a past month moved into today": (
        event("RRULE:FREQ=MONTHLY;UNTIL=20261101T000000Z", start=":20260105T100000Z", uid="p")
        + "\r\n"
        + event("RECURRENCE-ID:20261005T100000Z", start=f":{at(2)}", uid="p"),
        [2],
    ),
    "cancelled": (event("STATUS:CANCELLED", start=f":{at(1)}"), []),
    "transparent": (event("TRANSP:TRANSPARENT", start=f":{at(1)}"), []),
    "marked free in Outlook": (event("X-MICROSOFT-CDO-BUSYSTATUS:FREE", start=f":{at(1)}"), []),
    "declined by the room": (
        event("ATTENDEE;PARTSTAT=DECLINED;CN=Room:MAILTO:Room@Example.com", start=f":{at(1)}"),
        [],
    ),
    "declined by somebody else": (event("ATTENDEE;PARTSTAT=DECLINED:mailto:x@example.com", start=f":{at(1)}"), [1]),
    "all day is no meeting": (event(start=";VALUE=DATE:20261124"), []),
    "over": (event(start=f":{at(-30)}", end=f":{at(-29)}"), []),
    "running": (event(start=f":{at(-0.5)}", end=f":{at(0.5)}"), [-0.5]),
    "far": (event(start=f":{at(400)}"), []),
    "for three days": (event("DURATION:P3D", start=f":{at(-20)}"), [-20]),
    "by the second, for ever": (event("RRULE:FREQ=SECONDLY", start=":19700101T000000Z"), []),
    "by the hour since 1970 takes too long": (
        event("RRULE:FREQ=HOURLY;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=1,2,3,4,5,6,7,8", start=":19000101T000000Z"),
        [],
    ),
    "a date that is none": (event(start=":someday"), []),
    "a time that does not exist": (event(start=":20261124T256100Z"), []),
    "a rule that is none": (event("RRULE:FREQ=SOMETIMES;COUNT=nan", start=":20200101T100000Z"), []),
    "no start": (event(), []),
    "ends before it starts": (event(start=f":{at(2)}", end=f":{at(1)}"), [2]),
    "a folded line": (event(start=f":{at(1)}\r\n ").replace("SUMMARY:", "SUMMARY:a\r\n b"), [1]),
    "not UTF-8": (event(start=f":{at(1)}").replace("UID:", "UID:\udcff"), [1]),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_calendar_is_read_as_people_mean_it(story: str, tmp_path: Path) -> None:
    text, expected = STORIES[story]
    answer = reading(tmp_path, calendar(text), address="room@example.com")
    assert answer["state"] == "ok"
    assert starts(answer) == expected
    broken = ("date that is none", "does not exist", "rule that is none", "no start", "too long", "by the second")
    if story.startswith("a zone"):
        assert answer["odd_zones"] == 1
    elif any(part in story for part in broken):
        assert answer["skipped"] == 1


def test_a_broken_entry_costs_only_itself(tmp_path: Path) -> None:
    good = event(start=f":{at(1)}")
    answer = reading(tmp_path, calendar(event(start=":someday"), good, event("RRULE:COUNT=no", start=f":{at(5)}")))
    assert (starts(answer), answer["skipped"]) == ([1], 2)
    torn = calendar(event(start=f":{at(1)}", uid="a").replace("END:VEVENT", ""), event(start=f":{at(2)}", uid="b"))
    assert starts(reading(tmp_path, torn)) == [1, 2]


@pytest.mark.parametrize(
    ("lines", "rules", "expected"),
    [
        (("CATEGORIES:Blue,Important",), {"categories": ["IMPORTANT"]}, True),
        (("CATEGORIES:重要会议",), {"categories": ["重要会议"]}, True),
        (("CATEGORIES:Blue",), {"categories": ["important"]}, False),
        (("PRIORITY:1",), {}, True),
        (("PRIORITY:1",), {"priority": False}, False),
        (("PRIORITY:9",), {}, False),
        (("X-MICROSOFT-CDO-IMPORTANCE:2",), {}, True),
        ((), {"organisers": ["CHIEF@example.com"]}, True),
        ((), {"titles": ["^merger"]}, True),
        ((), {"titles": ["picnic"]}, False),
    ],
)
def test_important_is_by_category_or_rule(
    lines: tuple[str, ...], rules: dict[str, Any], expected: bool, tmp_path: Path
) -> None:
    answer = reading(tmp_path, calendar(event(*lines, start=f":{at(1)}")), **rules)
    assert answer["meetings"][0][2] is expected


def test_all_day_counts_where_the_room_says_so(tmp_path: Path) -> None:
    answer = reading(tmp_path, calendar(event(start=";VALUE=DATE:20261125")), all_day=True)
    assert answer["meetings"][0][:2] == [
        dt.datetime(2026, 11, 24, 16, tzinfo=dt.UTC).timestamp(),
        dt.datetime(2026, 11, 25, 16, tzinfo=dt.UTC).timestamp(),
    ]


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b"\0" * 5000, "BEGIN:VCARD\n".encode("utf-16")])
def test_what_is_no_calendar_is_said_to_be_none(body: bytes, tmp_path: Path) -> None:
    answer = reading(tmp_path, body)
    assert (answer["state"], "no iCalendar" in english(answer["reason"])) == ("unreadable", True)


def test_an_empty_calendar_is_a_calendar(tmp_path: Path) -> None:
    assert reading(tmp_path, calendar())["meetings"] == []


def test_more_meetings_than_may_cross_are_cut_and_the_horizon_says_where(tmp_path: Path) -> None:
    many = [event(start=f":{at(index / 10)}", end=f":{at(index / 10 + 0.1)}", uid=f"u{index}") for index in range(400)]
    answer = reading(tmp_path, calendar(*many))
    kept = answer["meetings"]
    assert 40 <= len(kept) <= 60
    assert answer["horizon"] == kept[-1][0]
    assert kept[0][3] == "chief@example.com"


words = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)


NAMES = """BEGIN:VEVENT END:VEVENT DTSTART RRULE:FREQ=DAILY DTEND;VALUE=DATE RECURRENCE-ID BEGIN:VTIMEZONE TZID EXDATE
END:VTIMEZONE BEGIN:VALARM END:VCALENDAR RDATE;VALUE=PERIOD ORGANIZER STATUS"""
names = st.sampled_from([*NAMES.split(), " "])


@given(st.lists(st.tuples(names, words), max_size=30))
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_brings_it_down(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    body = "BEGIN:VCALENDAR\r\n" + "\r\n".join(f"{name}:{value}" if value else name for name, value in lines)
    assert reading(tmp_path, body.encode())["state"] in ("ok", "unreadable")


def test_what_the_process_did_before_takes_nothing_from_the_time_for_a_calendar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.calendar.recurrence.time.process_time", lambda: 1000.0)
    answer = reading(tmp_path, calendar(event(start=f":{at(1)}", end=f":{at(2)}")))
    assert (starts(answer), answer["left"]) == ([1], 0)
