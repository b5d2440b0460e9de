"""The calendar probe with a real server and a real child: fetched, unchanged, refused, slow, stale, huge, private."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probes.calendar import Settings, agenda_of, probe
from probes.calendar.kept_meetings import FILE, Agenda, Meeting
from probes.reading import Context, NothingToMeasure, Reading
from tests.calendar.calendars import ATTENDEE, NOW, TITLE, Site, at, calendar, event, served
from tests.reasons.english import english

HOUR = 3600.0
ROOM = calendar(event(start=f":{at(1)}", end=f":{at(2)}"), event("PRIORITY:1", start=f":{at(5)}"))


@pytest.fixture
def site() -> Iterator[Site]:
    with served(Site(body=ROOM)) as site:
        yield site


class Probe:
    """The probe with its memory, at a time that the test sets."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self.memory: dict[str, object] = {}
        self.folder = folder
        self.now = NOW

    async def run(self) -> Reading:
        (outcome,) = await probe(self.settings, self.context)
        assert isinstance(outcome, Reading)
        return outcome

    @property
    def context(self) -> Context:
        return Context(now=lambda: self.now, monotonic=lambda: self.now, state=self.folder, memory=self.memory)

    @property
    def agenda(self) -> Agenda:
        return agenda_of(self.memory)


async def test_without_a_calendar_there_is_nothing_to_measure(tmp_path: Path) -> None:
    (outcome,) = await probe(Settings(), Probe(tmp_path).context)
    assert isinstance(outcome, NothingToMeasure)


async def test_an_unchanged_calendar_is_not_sent_again(site: Site, tmp_path: Path) -> None:
    site.etag = '"v1"'
    room = Probe(tmp_path, url=site.url)
    first = await room.run()
    assert (first.finding, first.values["meetings"], first.values["age_seconds"]) == ("", 2.0, 0.0)
    assert room.agenda.next(NOW) == Meeting(NOW + HOUR, NOW + 2 * HOUR, False, "chief@example.com")
    room.now += 300
    second = await room.run()
    assert second.values["age_seconds"] == 0.0
    assert [mark for _, mark, _ in site.asked] == ["", '"v1"']
    room.now += 25 * HOUR  # less than a day is left of what was read
    await room.run()
    assert site.asked[-1][1] == ""


async def test_the_login_goes_to_its_own_server_only(site: Site, tmp_path: Path) -> None:
    site.login = "room:geheim"
    secret = tmp_path / "password"
    secret.write_text("geheim\n")
    room = Probe(tmp_path, url=site.url, user="room", password={"file": str(secret)})
    assert (await room.run()).finding == ""
    with served(Site(redirect=site.url)) as elsewhere:
        away = Probe(tmp_path, url=elsewhere.url, user="room", password={"file": str(secret)})
        refused = await away.run()
    assert (refused.finding, english(refused.evidence["reason"])) == (
        "calendar_unreadable",
        "127.0.0.1 answered with status 401",
    )
    assert site.asked[-1][2] == ""


async def test_a_missing_secret_is_named_by_its_place(site: Site, tmp_path: Path) -> None:
    found = await Probe(tmp_path, url_from={"env": "NO_SUCH_ADDRESS"}).run()
    assert english(found.evidence["reason"]) == "the environment has no NO_SUCH_ADDRESS"


async def test_a_server_that_fails_makes_the_calendar_stale_after_its_time_and_not_at_once(
    site: Site, tmp_path: Path
) -> None:
    room = Probe(tmp_path, url=site.url, stale_after=3600.0)
    await room.run()
    site.status, site.body = 503, b""
    room.now += 600
    soon = await room.run()
    assert (soon.finding, english(soon.evidence["reason"])) == ("", "127.0.0.1 answered with status 503")
    assert room.agenda.next(room.now) is not None, "what was known stays known"
    room.now += 3600
    assert (await room.run()).finding == "calendar_stale"
    site.status, site.body = 200, ROOM
    assert (await room.run()).finding == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://no-such-host.invalid/x"])
async def test_a_server_that_was_never_reached_is_stale_at_once(url: str, tmp_path: Path) -> None:
    found = await Probe(tmp_path, url=url).run()
    assert found.finding == "calendar_stale"
    assert found.evidence["reason"]
    assert "age_seconds" not in found.values, "what was never read has no age"


async def test_a_trickle_and_a_flood_are_ended(site: Site, tmp_path: Path) -> None:
    site.trickle = 0.2
    slow = await Probe(tmp_path, url=site.url, timeout_seconds=1.0).run()
    assert slow.finding == "calendar_stale"
    site.trickle, site.body = 0.0, ROOM + b"X-A:" + b"a" * (2 << 20)
    large = await Probe(tmp_path, url=site.url, max_mib=1).run()
    assert english(large.evidence["reason"]) == "it is larger than 1 MiB (calendar.max_mib)"


async def test_a_restart_without_network_still_knows_the_meetings(site: Site, tmp_path: Path) -> None:
    await Probe(tmp_path, url=site.url).run()
    site.status = 500
    later = Probe(tmp_path, url=site.url)
    later.now += 60
    assert (await later.run()).finding == ""
    assert len(later.agenda.meetings) == 2
    other = Probe(tmp_path, url=site.url + "?other")
    await other.run()
    assert other.agenda.meetings == (), "another calendar's meetings are not this one's"


async def test_a_file_is_read_when_it_changed_and_stale_when_it_did_not(tmp_path: Path) -> None:
    file = tmp_path / "room.ics"
    file.write_bytes(ROOM)
    os.utime(file, (NOW - 60, NOW - 60))
    room = Probe(tmp_path, file=str(file), file_stale_after=HOUR)
    assert (await room.run()).values == {
        "age_seconds": 60.0, "meetings": 2.0, "skipped_events": 0.0, "odd_zones_events": 0.0,
    }  # fmt: skip
    isolation: Any = room.memory["isolation"]
    assert (await room.run()).values["meetings"] == 2.0
    assert isolation.started_total == 1, "an unchanged file starts no child"
    room.now += 2 * HOUR
    stale = await room.run()
    assert (stale.finding, english(stale.evidence["reason"])) == (
        "calendar_stale",
        "the file has not changed for 2 hours",
    )
    file.write_bytes(calendar())
    os.utime(file, (room.now, room.now))
    assert (await room.run()).finding == ""
    assert room.agenda.meetings == ()
    file.unlink()
    assert (await room.run()).finding == "calendar_unreadable"


async def test_fifty_thousand_events_are_read_and_only_todays_are_kept(tmp_path: Path) -> None:
    old = [event(start=f":{at(-24 * (index % 3000) - 72)}", uid=f"o{index}") for index in range(49_500)]
    series = [event("RRULE:FREQ=WEEKLY", start=":20200107T100000Z", uid=f"s{index}") for index in range(500)]
    file = tmp_path / "room.ics"
    file.write_bytes(calendar(*old, *series))
    found = await Probe(tmp_path, file=str(file)).run()
    assert found.finding == ""
    assert found.values["skipped_events"] == 0
    assert found.values["meetings"] > 10


async def test_no_title_and_no_attendee_is_anywhere(
    site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    broken = event("RRULE:FREQ=SOMETIMES", f"DTSTART:{TITLE}") + event(start=f":{TITLE}")
    for body in (ROOM, calendar(broken), calendar(event(start=f":{at(1)}")) + TITLE.encode(), TITLE.encode()):
        site.body = body
        room = Probe(tmp_path / "state", url=site.url, important_titles=("merger",))
        room.folder.mkdir(exist_ok=True)
        said = repr(await room.run()) + repr(room.memory) + caplog.text + "".join(capfd.readouterr())
        said += "".join(file.read_text() for file in room.folder.iterdir())
        for secret in ("Merger", "Acme", "secret", ATTENDEE, "spy"):
            assert secret not in said
    kept = tmp_path / "state" / FILE
    assert kept.stat().st_mode & 0o077 == 0
    assert site.url not in kept.read_text(), "a published calendar's address is a secret"


def test_the_agenda_says_what_runs_what_is_next_and_what_weighs() -> None:
    agenda = Agenda(
        meetings=(Meeting(0, 3600), Meeting(1800, 5400), Meeting(7200, 9000, True, "chief@example.com")),
    )
    assert agenda.running(2000) == Meeting(1800, 5400)
    assert agenda.running(6000) is None
    assert agenda.next(2000) == Meeting(7200, 9000, True, "chief@example.com")
    assert [agenda.important(now) for now in (0, 5300, 5400, 8999, 9000)] == [False, False, True, True, False]
