"""A part never passes for the whole, and what is no calendar is named for what it is."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.calendar.calendars import NOW, Site, at, calendar, event, served
from tests.calendar.test_probe import Probe
from tests.calendar.test_reading import reading, starts
from tests.reasons.english import english

FIVE = [event(start=f":{at(hour)}", end=f":{at(hour + 0.5)}", uid=f"u{hour}") for hour in range(1, 6)]
WHOLE = calendar(*FIVE)


def one(method: str, *events: str) -> bytes:
    return calendar(*events, head=f"METHOD:{method}")


def test_events_without_an_end_are_all_read_where_the_calendar_has_one(tmp_path: Path) -> None:
    torn = WHOLE.replace(b"END:VEVENT\r\n", b"")
    assert starts(reading(tmp_path, torn)) == [1, 2, 3, 4, 5]
    alarm = event("BEGIN:VALARM", "ACTION:DISPLAY", start=f":{at(1)}", uid="a").replace("END:VEVENT", "")
    assert starts(reading(tmp_path, calendar(alarm, event(start=f":{at(2)}", uid="b")))) == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        WHOLE.replace(b"END:VCALENDAR\r\n", b""),
        WHOLE.replace(b"END:VEVENT\r\n", b"").replace(b"END:VCALENDAR\r\n", b"") + b"END:VEVENT\r\n",
        WHOLE[: len(WHOLE) // 2],
        WHOLE + WHOLE[: len(WHOLE) // 2],
    ],
)
def test_a_calendar_without_an_end_is_incomplete(body: bytes, tmp_path: Path) -> None:
    answer = reading(tmp_path, body)
    assert (answer["state"], "incomplete" in english(answer["reason"])) == ("unreadable", True)


def test_of_several_calendars_each_has_a_method_of_its_own(tmp_path: Path) -> None:
    gone = event("STATUS:CANCELLED", "SEQUENCE:1", start=f":{at(3)}", uid="u3")
    assert starts(reading(tmp_path, WHOLE + one("CANCEL", gone))) == [1, 2, 4, 5]
    assert starts(reading(tmp_path, one("CANCEL", gone) + WHOLE)) == [1, 2, 4, 5]
    foreign = event(start=f":{at(3)}", uid="another")
    assert starts(reading(tmp_path, one("CANCEL", foreign) + one("PUBLISH", *FIVE))) == [1, 2, 3, 4, 5]
    assert starts(reading(tmp_path, WHOLE + one("REPLY", event(start=f":{at(9)}", uid="x")))) == [1, 2, 3, 4, 5]


def test_a_cancellation_of_one_of_a_series_takes_only_that_one(tmp_path: Path) -> None:
    series = event("RRULE:FREQ=DAILY", start=":20200101T100000Z", uid="s")
    gone = event(f"RECURRENCE-ID:{at(1)}", "SEQUENCE:2", start=f":{at(1)}", uid="s")
    assert starts(reading(tmp_path, calendar(series) + one("CANCEL", gone))) == [25]


def test_a_newer_version_replaces_an_older_one_wherever_it_lies(tmp_path: Path) -> None:
    old = event("SEQUENCE:1", start=f":{at(1)}", uid="m")
    moved = event("SEQUENCE:2", start=f":{at(3)}", uid="m")
    away = event("SEQUENCE:3", start=f":{at(2000)}", uid="m")
    back = event("SEQUENCE:5", start=f":{at(4)}", uid="m")
    gone = event("SEQUENCE:4", start=f":{at(1)}", uid="m")
    assert starts(reading(tmp_path, one("REQUEST", old) + one("REQUEST", moved))) == [3]
    assert starts(reading(tmp_path, one("REQUEST", moved) + one("REQUEST", old))) == [3]
    assert starts(reading(tmp_path, one("REQUEST", old) + one("REQUEST", away))) == []
    assert starts(reading(tmp_path, one("REQUEST", moved) + one("CANCEL", gone))) == []
    assert starts(reading(tmp_path, one("REQUEST", moved) + one("CANCEL", gone) + one("REQUEST", back))) == [4]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",), []),
        (("X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT:TRUE",), []),
        (("X-FUNAMBOL-ALLDAY:1",), []),
        (("X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",), [1]),
    ],
)
def test_an_entry_that_is_marked_as_all_day_is_no_meeting_though_it_has_times(
    lines: tuple[str, ...], expected: list[float], tmp_path: Path
) -> None:
    body = calendar(event(*lines, start=f":{at(1)}", end=f":{at(25)}"))
    assert starts(reading(tmp_path, body)) == expected
    assert starts(reading(tmp_path, body, all_day=True)) == [1]


def test_an_exception_in_another_zone_than_its_series_moves_one(tmp_path: Path) -> None:
    series = event("RRULE:FREQ=DAILY;COUNT=8", start=";TZID=Pacific/Auckland:20261123T230000", uid="d")
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Paris:20261124T110000", start=";TZID=Europe/Paris:20261124T150000", uid="d"
    )
    assert starts(reading(tmp_path, calendar(series, moved))) == [5, 25]


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"\r\n", b"\n"),
        lambda body: body.replace(b"\r\n", b"\r"),
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: body.decode().encode("utf-16"),
        lambda body: body.decode().encode("utf-16-be"),
        lambda body: body.decode().encode("utf-32"),
        lambda body: b"\r\n\r\n" + body + b"\r\n\0",
    ],
)
def test_a_calendar_is_one_in_every_encoding_and_with_every_line_end(
    change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    assert starts(reading(tmp_path, change(WHOLE))) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
        (b"\n <HTML><body>", "web page"),
        (b'{"error": "x"}', "JSON"),
        (b'<?xml version="1.0"?><multistatus/>', "XML"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"BEGIN:VCARD\r\nEND:VCARD", "contacts"),
        (b"  \r\n", "empty"),
    ],
)
def test_what_is_no_calendar_is_named(body: bytes, name: str, tmp_path: Path) -> None:
    answer = reading(tmp_path, body)
    assert answer["state"] == "unreadable"
    assert name in english(answer["reason"])


PACKED: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(WHOLE)),
    "two members": ("gzip", gzip.compress(WHOLE[:300]) + gzip.compress(WHOLE[300:])),
    "with zeros behind": ("x-gzip", gzip.compress(WHOLE) + b"\0" * 40),
    "deflate": ("deflate", zlib.compress(WHOLE)),
    "identity": ("identity", WHOLE),
    "twice": ("gzip, gzip", gzip.compress(gzip.compress(WHOLE))),
}
raw = zlib.compressobj(wbits=-15)
PACKED["deflate without its head"] = ("deflate", raw.compress(WHOLE) + raw.flush())


@pytest.mark.parametrize("how", PACKED)
async def test_what_comes_packed_is_unpacked_though_nobody_asked_for_it(how: str, tmp_path: Path) -> None:
    encoding, body = PACKED[how]
    with served(Site(body=body, headers={"Content-Encoding": encoding})) as site:
        found = await Probe(tmp_path, url=site.url).run()
    assert (found.finding, found.values.get("meetings")) == ("", 5.0), found.evidence


CUT: dict[str, Any] = {
    "shorter than announced": Site(body=WHOLE, headers={"Content-Length": str(len(WHOLE) + 1000)}),
    "gzip without its end": Site(body=gzip.compress(WHOLE)[:-20], headers={"Content-Encoding": "gzip"}),
    "chunks without an end": Site(body=b"200\r\n" + WHOLE[:300], headers={"Transfer-Encoding": "chunked"}),
    "no last chunk": Site(
        body=f"{len(WHOLE):x}\r\n".encode() + WHOLE + b"\r\n", headers={"Transfer-Encoding": "chunked"}
    ),
}


@pytest.mark.parametrize("how", CUT)
async def test_what_is_cut_off_on_its_way_leaves_the_old_agenda(how: str, tmp_path: Path) -> None:
    room = Probe(tmp_path, url="http://127.0.0.1:1/x", stale_after=3600.0)
    with served(Site(body=WHOLE)) as site:
        room.settings = Probe(tmp_path, url=site.url).settings
        assert (await room.run()).values["meetings"] == 5.0
        fresh = CUT[how]
        site.body, site.headers = fresh.body, fresh.headers
        room.now += 60
        found = await room.run()
    assert "cut off" in english(found.evidence["reason"])
    assert found.values["meetings"] == 5.0
    assert len(room.agenda.meetings) == 5


async def test_a_packed_bomb_is_ended_by_the_size_that_it_unpacks_to(tmp_path: Path) -> None:
    bomb = gzip.compress(b"BEGIN:VCALENDAR\r\n" + b"X" * (30 << 20))
    with served(Site(body=bomb, headers={"Content-Encoding": "gzip"})) as site:
        found = await Probe(tmp_path, url=site.url, max_mib=1).run()
    assert "larger than 1 MiB" in english(found.evidence["reason"])


async def test_an_unknown_packing_is_named(tmp_path: Path) -> None:
    with served(Site(body=b"\x0b\x02", headers={"Content-Encoding": "br"})) as site:
        found = await Probe(tmp_path, url=site.url).run()
    assert (found.finding, "br" in english(found.evidence["reason"])) == ("calendar_unreadable", True)


async def test_a_redirect_to_a_webcal_address_is_followed(tmp_path: Path) -> None:
    with served(Site(body=WHOLE)) as site, served(Site(redirect=site.url.replace("http", "webcal"))) as before:
        found = await Probe(tmp_path, url=before.url).run()
    assert found.values["meetings"] == 5.0
    with served(Site(redirect="ftp://127.0.0.1/x")) as before:
        odd = await Probe(tmp_path, url=before.url).run()
    assert odd.finding == "calendar_unreadable"


@pytest.mark.parametrize(
    ("good", "broken", "finding"),
    [
        (9, 1, ""),
        (9, 3, ""),
        (9, 4, "calendar_unreadable"),
        (0, 1, "calendar_unreadable"),
        (100, 5, ""),
        (100, 9, "calendar_unreadable"),
    ],
)
async def test_broken_entries_beyond_a_few_are_a_fault(good: int, broken: int, finding: str, tmp_path: Path) -> None:
    events = [event(start=f":{at(1)}", uid=f"g{n}") for n in range(good)]
    events += [event(start=":someday", uid=f"b{n}") for n in range(broken)]
    file = tmp_path / "room.ics"
    file.write_bytes(calendar(*events))
    found = await Probe(tmp_path, file=str(file)).run()
    assert found.finding == finding


def test_what_there_is_no_room_for_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.calendar.prefilter.MOST_KEPT", 500)
    answer = reading(tmp_path, WHOLE)
    assert answer["left"] > 0
    assert len(answer["meetings"]) < 5


def test_a_line_of_many_pieces_takes_no_longer_than_its_length(tmp_path: Path) -> None:
    folded = b"X-A:" + b"\r\n a" * 300_000
    body = WHOLE.replace(b"VERSION:2.0", b"VERSION:2.0\r\n" + folded + b"\r\nX-B:" + b"b" * (3 << 20))
    assert starts(reading(tmp_path, body)) == [1, 2, 3, 4, 5]


SERIES = event("RRULE:FREQ=DAILY", start=":20200101T100000Z", end=":20200101T110000Z", uid="s")
ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:z{}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n"
    "TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE"
)
LARGE: dict[str, bytes] = {
    "events that are over": calendar(*(event(start=":20200101T100000Z", uid=f"{n}") for n in range(30_000)), *FIVE),
    "events of one day": calendar(*FIVE, *(event(start=f":{at(6)}", uid=f"{n}") for n in range(5_000))),
    "changes of one series": calendar(
        *FIVE, *(event(f"RECURRENCE-ID:{at(1)}", start=f":{at(6)}", uid="s") for _ in range(12_000))
    ),
    "cancellations": WHOLE + one("CANCEL", *(event(start=f":{at(6)}", uid=f"{n}") for n in range(5_000))),
    "zones": calendar(*map(ZONE.format, range(3000)), *FIVE),
    "dates that are taken out": calendar(
        SERIES.replace("END:", f"EXDATE:{'20200101T100000Z,' * 40_000}20200101T100000Z\r\nEND:"), *FIVE
    ),
    "components within each other": calendar(*FIVE) + b"BEGIN:X\r\n" * 150_000,
    "lines": calendar("X-A:\r\n" + " a\r\n" * 900_000, *FIVE),
}


@pytest.mark.parametrize("how", LARGE)
async def test_a_large_calendar_is_read_within_20_mib_and_the_next_meetings_are_known(how: str, tmp_path: Path) -> None:
    """The child itself holds its memory within that. Without the next meetings it would have met its end."""
    file = tmp_path / "room.ics"
    file.write_bytes(LARGE[how])
    room = Probe(tmp_path, file=str(file))
    found = await room.run()
    incomplete = how == "components within each other"
    expected = [] if incomplete else [1, 2, 3, 4, 5]
    assert [round((one.start - NOW) / 3600) for one in room.agenda.meetings[:5]] == expected
    assert "incomplete" in english(found.evidence["reason"]) if incomplete else "memory" not in str(found.evidence)
