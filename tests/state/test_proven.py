"""What was never seen working alarms nobody, until it has worked once; what worked yesterday alarms today."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.model.catalogue import KINDS
from monitor.pipeline.seen_working import FILE, SeenWorking
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.settings import Settings
from monitor.views.status_document import check_state
from probes.reading import Outcome, Reading
from tests.state.test_watch import Engine

SERVICE_DEAD = Reading(check="network.service", target="teams", finding="service_unreachable")
SERVICE_WELL = Reading(check="network.service", target="teams")
NO_MICROPHONE = Reading(check="microphone", finding="microphone_missing")
MICROPHONE = Reading(check="microphone", target="alsa_input.usb")
HUMMING = Reading(check="microphone", target="alsa_input.usb", finding="microphone_hum")
DEAD_SIX = Reading(check="network.internet6", finding="internet6_unreachable")


class Room:
    """One boot of the daemon over a state folder."""

    def __init__(self, folder: Path, expected: tuple[str, ...] = ()) -> None:
        self.clock, self.engine, self.proven = 1_000_000.0, Engine(), SeenWorking(folder)
        settings = Settings(patience=dict.fromkeys(KINDS, 0.0), expected=expected)
        self.snapshot = Snapshot("room", "0", self.clock, "act")
        self.watch = Watch(
            settings,
            {},
            self.snapshot,
            self.engine,
            now=lambda: self.clock,
            steady=lambda: self.clock,
            proven=self.proven,
        )

    async def see(self, *outcomes: Outcome, times: int = 3) -> list[str]:
        for _ in range(times):
            self.clock += 60
            for probe in sorted({one.check.partition(".")[0] for one in outcomes}):
                mine = [one for one in outcomes if one.check.partition(".")[0] == probe]
                await self.watch.deliver(probe, "interval", mine)
        self.proven.save()
        return self.engine.told

    def states(self) -> set[str]:
        return {check_state(entry) for entry in self.snapshot.entries.values()}


async def test_what_never_worked_opens_nothing_and_is_shown_as_never_seen(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert await room.see(SERVICE_DEAD, NO_MICROPHONE, DEAD_SIX) == []
    assert room.states() == {"unproven"}
    assert await Room(tmp_path).see(SERVICE_DEAD, NO_MICROPHONE, DEAD_SIX) == [], "nor after a restart"


async def test_what_worked_once_alarms_when_it_breaks(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.see(SERVICE_DEAD, NO_MICROPHONE)
    await room.see(SERVICE_WELL, MICROPHONE)
    assert await room.see(SERVICE_DEAD, NO_MICROPHONE) == ["+service_unreachable", "+microphone_missing"] or (
        set(room.engine.told) == {"+service_unreachable", "+microphone_missing"}
    )


async def test_what_worked_yesterday_alarms_on_a_freshly_booted_pc(tmp_path: Path) -> None:
    await Room(tmp_path).see(SERVICE_WELL, MICROPHONE)
    assert set(await Room(tmp_path).see(SERVICE_DEAD, NO_MICROPHONE)) == {"+service_unreachable", "+microphone_missing"}


async def test_a_device_that_is_there_and_bad_was_there(tmp_path: Path) -> None:
    await Room(tmp_path).see(HUMMING)
    assert "+microphone_missing" in await Room(tmp_path).see(NO_MICROPHONE)


async def test_each_service_has_to_have_worked_by_itself(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.see(SERVICE_WELL)
    assert await room.see(Reading(check="network.service", target="zoom", finding="service_unreachable")) == []


@pytest.mark.parametrize("expected", ["microphone", "network.service", "network"])
async def test_what_the_admin_expects_alarms_from_the_first_look_on(tmp_path: Path, expected: str) -> None:
    told = await Room(tmp_path, (expected,)).see(SERVICE_DEAD, NO_MICROPHONE)
    assert told == (["+microphone_missing"] if expected == "microphone" else ["+service_unreachable"])


async def test_a_microphone_that_is_named_is_expected(tmp_path: Path) -> None:
    named = Reading(check="microphone", target="Jabra", finding="microphone_missing")
    assert await Room(tmp_path).see(named) == ["+microphone_missing"]


async def test_other_faults_need_no_proof(tmp_path: Path) -> None:
    assert await Room(tmp_path).see(Reading(check="host.disk", target="/", finding="disk_full")) == ["+disk_full"]


async def test_a_room_that_an_earlier_version_watched_alarms_as_before(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"")
    assert await Room(tmp_path).see(SERVICE_DEAD) == ["+service_unreachable"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"worked": 3, "everything": false}', '{"worked": []}'])
async def test_a_damaged_memory_silences_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert await Room(tmp_path).see(SERVICE_DEAD) == ["+service_unreachable"]


async def test_a_full_disk_costs_nothing_but_the_memory_and_it_is_tried_again(tmp_path: Path) -> None:
    room = Room(tmp_path)
    (tmp_path / FILE).unlink(missing_ok=True)
    (tmp_path / FILE).with_suffix(".new").mkdir()
    await room.see(SERVICE_WELL)
    assert room.proven.changed
    (tmp_path / FILE).with_suffix(".new").rmdir()
    room.proven.save()
    assert not SeenWorking(tmp_path).lacks(KINDS["service_unreachable"], "network.service", "teams", ())
