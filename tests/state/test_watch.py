"""Outcomes in, faults out: symptoms held, maintenance held, restarts remembered."""

import asyncio

import msgspec
import pytest

from alerting.alertmanager.silences import AlertSilence, Matcher
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.settings import Maintenance, Settings
from probes.reading import CannotMeasure, Outcome, Reading


class Engine:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.faults: list[Fault] = []
        self.breaks_over = ""
        self.unwatched = False

    async def fault_opened(self, fault: Fault, meeting: MeetingState) -> None:
        if fault.code == self.breaks_over:
            raise RuntimeError("broken")
        self.told.append(f"+{fault.code}")
        self.faults.append(fault)

    async def fault_cleared(self, fault: Fault) -> None:
        await asyncio.sleep(0)  # the journal's disk: others run meanwhile
        self.told.append(f"-{fault.code}")
        self.unwatched = fault.evidence.get("unwatched") is True


class Room:
    def __init__(self, settings: Settings | None = None) -> None:
        self.clock = 1_000_000.0
        self.engine = Engine()
        base = settings or Settings(patience={"link_down": 0.0, "dns_dead": 0.0})
        self.watch = Watch(
            base,
            {},
            Snapshot("room", "0", self.clock, "act"),
            self.engine,
            now=lambda: self.clock,
            steady=lambda: self.clock,
        )

    async def see(self, *outcomes: Outcome, probe: str = "network") -> float | None:
        self.clock += 15
        return await self.watch.deliver(probe, "interval", outcomes)


LINK_DOWN = Reading(check="network.link", target="eth0", finding="link_down", evidence={"carrier": 0})
LINK_UP = Reading(check="network.link", target="eth0")
DNS_DEAD = Reading(check="network.dns", finding="dns_dead")
DNS_OK = Reading(check="network.dns")


async def test_only_the_cause_is_told_and_its_symptoms_are_listed() -> None:
    room = Room()
    await room.see(LINK_DOWN, DNS_DEAD)
    assert room.engine.told == ["+link_down"]
    assert room.engine.faults[0].symptoms == ("dns_dead",)
    assert room.engine.faults[0].evidence["carrier"] == 0


async def test_recovery_is_told_once() -> None:
    room = Room()
    await room.see(LINK_DOWN)
    for _ in range(4):
        await room.see(LINK_UP)
    assert room.engine.told == ["+link_down", "-link_down"]


async def test_a_symptom_that_outlives_its_cause_is_told_then() -> None:
    room = Room()
    await room.see(LINK_DOWN, DNS_DEAD)
    await room.see(LINK_UP, DNS_DEAD)
    await room.see(LINK_UP, DNS_DEAD)
    assert room.engine.told == ["+link_down", "+dns_dead", "-link_down"]


async def test_a_symptom_that_ends_with_its_cause_is_never_told() -> None:
    room = Room()
    await room.see(LINK_DOWN, DNS_DEAD)
    for _ in range(3):
        await room.see(LINK_UP, DNS_OK)
    assert room.engine.told == ["+link_down", "-link_down"]


async def test_a_symptom_that_could_not_be_measured_since_is_told_once_it_is_seen_again() -> None:
    room = Room()
    await room.see(LINK_DOWN, DNS_DEAD)
    unknown = CannotMeasure(check="network.dns", reason="not asked")
    for _ in range(3):
        await room.see(LINK_UP, unknown)
    assert room.engine.told == ["+link_down", "-link_down"]
    await room.see(LINK_UP, DNS_DEAD)
    assert room.engine.told == ["+link_down", "-link_down", "+dns_dead"]


async def test_another_port_that_takes_over_ends_the_old_one_and_its_wall_port_is_told_as_that() -> None:
    room = Room(Settings(patience={"link_down": 0.0, "wired_link_down": 0.0, "gateway_unreachable": 0.0}))
    dead = Reading(check="network.gateway", target="eth0", finding="gateway_unreachable")
    await room.see(LINK_UP, dead)
    await room.see(LINK_DOWN)
    assert room.engine.told == ["+gateway_unreachable", "+link_down"]
    dark = Reading(check="network.wired", target="eth0", finding="wired_link_down")
    sound = [Reading(check=f"network.{name}", target="wlan0") for name in ("link", "address", "gateway")]
    for _ in range(3):
        await room.see(*sound, dark)
    assert sorted(room.engine.told[2:]) == ["+wired_link_down", "-gateway_unreachable", "-link_down"]
    assert not room.engine.unwatched


async def test_a_fault_open_before_a_restart_is_not_told_again_and_its_recovery_is_not_lost() -> None:
    room = Room()
    evidence = {"check": "network.link"}
    room.watch.restore([Fault(room="room", code="link_down", target="eth0", since=1.0, evidence=evidence)], 2.0)
    await room.see(LINK_DOWN)
    assert room.engine.told == []
    await room.see(LINK_UP)
    await room.see(LINK_UP)
    assert room.engine.told == ["-link_down"]


async def test_a_probe_that_cannot_measure_does_not_clear_a_fault() -> None:
    room = Room()
    await room.see(LINK_DOWN)
    await room.see(CannotMeasure(check="network", reason="no permission"))
    await room.see(CannotMeasure(check="network", reason="no permission"))
    assert room.engine.told == ["+link_down"]


async def test_in_maintenance_nothing_is_told_until_the_window_ends() -> None:
    window = Maintenance(start="1970-01-12T00:00+00:00", end="1970-01-12T13:48:00+00:00")
    room = Room(msgspec.structs.replace(Settings(patience={"link_down": 0.0}), maintenance={"works": window}))
    await room.see(LINK_DOWN)
    assert room.engine.told == []
    room.clock += 3600
    await room.see(LINK_DOWN)
    assert room.engine.told == ["+link_down"]


@pytest.mark.parametrize("checks", [[], ["camera"]])
async def test_prometheus_hears_of_a_maintenance_of_the_whole_room_alone(checks: list[str]) -> None:
    """What announces one is not silent to it when it dies: the works on its camera do not switch the room off."""
    window = Maintenance(start="1970-01-12T00:00+00:00", end="1970-01-12T13:48:00+00:00", checks=checks)
    room = Room(msgspec.structs.replace(Settings(), maintenance={"works": window}))
    await room.see(LINK_DOWN)
    assert (room.watch.snapshot.maintenance_until > 0) == (not checks)


@pytest.mark.parametrize(
    ("matcher", "held"),
    [
        (Matcher("room", "room"), True),
        (Matcher("code", "link_down"), True),
        (Matcher("room", "another"), False),
        (Matcher("alertname", "RoomSilent"), False),
    ],
)
async def test_what_alertmanager_would_mute_is_told_once_its_silence_ends(matcher: Matcher, held: bool) -> None:
    room = Room(Settings(patience={"link_down": 0.0}))
    silence = AlertSilence("1", (matcher,), starts_at=room.clock, ends_at=room.clock + 600)
    room.watch.silences = lambda: (silence,)
    await room.see(LINK_DOWN)
    assert room.engine.told == ([] if held else ["+link_down"])
    assert room.watch.snapshot.in_maintenance == (frozenset({("network.link", "eth0")}) if held else frozenset())
    assert room.watch.snapshot.maintenance_until == (silence.ends_at if held and matcher.name == "room" else 0.0)
    room.clock += 3600
    await room.see(LINK_DOWN)
    assert room.engine.told == ["+link_down"]


async def test_a_first_bad_reading_asks_for_a_confirmation_soon() -> None:
    room = Room(Settings())
    assert await room.see(LINK_UP) is None
    again = await room.see(LINK_DOWN)
    assert again == 2.0


async def test_faults_that_clear_together_are_each_told_once_though_the_tick_looks_in_between() -> None:
    room = Room(Settings(patience=dict.fromkeys(("camera_missing", "microphone_missing", "link_down"), 0.0)))
    await room.see(LINK_DOWN)
    for one in ("camera", "microphone") * 4:
        await room.see(Reading(check=f"{one}.present", target="0", finding=f"{one}_missing"), probe=one)
    assert len(room.watch.announced) == 3
    room.watch.snapshot.entries.clear()
    await asyncio.gather(*(room.watch.announce(room.clock) for _ in range(4)))
    assert sorted(room.engine.told[3:]) == ["-camera_missing", "-link_down", "-microphone_missing"]


async def test_a_fault_that_breaks_the_engine_is_told_again_and_holds_no_other() -> None:
    room = Room()
    room.engine.breaks_over = "link_down"
    camera = Reading(check="camera.present", target="0", finding="camera_missing")
    await room.see(LINK_DOWN)
    for _ in range(8):
        await room.see(camera, probe="camera")
    assert room.engine.told == ["+camera_missing"]
    room.engine.breaks_over = ""
    await room.watch.announce(room.clock)
    assert room.engine.told == ["+camera_missing", "+link_down"]


async def test_a_fault_whose_check_is_made_no_more_is_not_told_as_verified() -> None:
    for vanishes in (True, False):
        room = Room()
        await room.see(LINK_DOWN)
        if vanishes:
            room.watch.snapshot.entries.clear()
            await room.watch.announce(room.clock)
        else:
            for _ in range(4):
                await room.see(LINK_UP)
        assert room.engine.told == ["+link_down", "-link_down"]
        assert room.engine.unwatched is vanishes


MISSING = Reading(check="microphone", target="", finding="microphone_missing")
HEARD = Reading(check="microphone", target="usb-mic")
HUM = Reading(check="microphone", target="usb-mic", finding="microphone_hum")


async def a_room_whose_microphone_is_missing() -> Room:
    room = Room(Settings(patience=dict.fromkeys(("microphone_missing", "microphone_hum", "camera_missing"), 0.0)))
    for _ in range(4):
        await room.see(MISSING, probe="microphone")
    assert room.engine.told == ["+microphone_missing"]
    return room


async def test_a_missing_microphone_that_has_no_name_is_back_under_its_own() -> None:
    room = await a_room_whose_microphone_is_missing()
    for _ in range(6):
        await room.see(HEARD, probe="microphone")
    assert room.engine.told == ["+microphone_missing", "-microphone_missing"]
    assert not room.engine.unwatched
    assert list(room.watch.snapshot.entries) == [("microphone", "usb-mic")]


async def test_a_missing_microphone_that_hums_when_it_is_back_is_back_and_hums() -> None:
    room = await a_room_whose_microphone_is_missing()
    for _ in range(6):
        await room.see(HUM, probe="microphone")
    assert sorted(room.engine.told[1:]) == ["+microphone_hum", "-microphone_missing"]


async def test_what_was_missing_before_a_restart_is_back_after_it() -> None:
    before = await a_room_whose_microphone_is_missing()
    room = Room(before.watch.settings)
    room.watch.restore(before.engine.faults, room.clock)
    for _ in range(6):
        await room.see(HEARD, probe="microphone")
    assert room.engine.told == ["-microphone_missing"]


async def test_a_fault_of_the_microphone_lasts_while_it_is_missing() -> None:
    room = await a_room_whose_microphone_is_missing()
    for outcomes in ([HUM], [HUM], [HUM], [HUM], [MISSING], [MISSING], [MISSING], [MISSING]):
        await room.see(*outcomes, probe="microphone")
    assert "-microphone_hum" not in room.engine.told
    await room.see(CannotMeasure(check="microphone", target="usb-mic", reason="in use"), probe="microphone")
    assert room.engine.told[-1] == "+microphone_missing"
    for _ in range(6):
        await room.see(HEARD, probe="microphone")
    assert sorted(room.engine.told[-2:]) == ["-microphone_hum", "-microphone_missing"]


async def test_one_camera_does_not_speak_for_another() -> None:
    room = await a_room_whose_microphone_is_missing()
    for _ in range(4):
        await room.see(Reading(check="camera.present", target="front", finding="camera_missing"), probe="camera")
    for _ in range(6):
        await room.see(Reading(check="camera.present", target="rear"), probe="camera")
    assert room.engine.told == ["+microphone_missing", "+camera_missing"]


async def test_what_came_early_opens_its_fault_at_once_and_is_not_counted_again() -> None:
    room = Room(Settings(patience={"link_down": 0.0}))
    twice = msgspec.structs.replace(room.watch.settings.schedule["network"], fail_after=2)
    room.watch.settings = msgspec.structs.replace(
        room.watch.settings, schedule={**room.watch.settings.schedule, "network": twice}
    )
    assert not room.watch.take_early("network", LINK_DOWN)
    await room.see(LINK_DOWN)
    assert room.engine.told == [], "one reading, though it was handed over twice"
    assert room.watch.take_early("network", Reading(check="network.link", target="eth0", finding="link_down"))
    await room.watch.announce(room.clock)
    assert room.engine.told == ["+link_down"]


async def test_a_run_that_died_is_forgotten_with_the_next_whole_one() -> None:
    room = Room()
    await room.see(LINK_UP, CannotMeasure(check="network", reason="no answer within 10 s"))
    assert ("network", "") in room.watch.snapshot.entries
    await room.see(LINK_UP)
    assert set(room.watch.snapshot.entries) == {("network.link", "eth0")}


async def test_a_probe_that_broke_says_so_and_alarms_until_it_works_again() -> None:
    room = Room()
    fine = Reading(check="software.process", target="zoom")
    died = CannotMeasure(check="software", reason="ValueError: ²", broke=True)
    busy = CannotMeasure(check="software.update", target="zoom", reason="dpkg is locked")
    await room.see(fine, busy, probe="software")
    assert not any(check == "monitor.probe" for check, _ in room.watch.snapshot.entries)
    await room.see(fine, died, probe="software")
    entry = room.watch.snapshot.entries["monitor.probe", "software"]
    assert entry.probe == "software"
    assert room.engine.told == [], "one odd answer is no broken probe yet"
    for _ in range(10):
        await room.see(fine, died, probe="software")
    assert room.engine.told == ["+probe_broken"]
    (fault,) = room.engine.faults
    assert (fault.target, fault.evidence["reason"]) == ("software", "ValueError: ²")
    for _ in range(4):
        await room.see(fine, probe="software")
    assert room.engine.told == ["+probe_broken", "-probe_broken"]


async def test_after_a_restart_a_broken_probe_is_the_same_fault() -> None:
    room = Room()
    fault = Fault(room="room", code="probe_broken", target="camera", since=1.0, evidence={"check": "monitor.probe"})
    room.watch.restore([fault], room.clock)
    assert room.watch.snapshot.entries["monitor.probe", "camera"].probe == "camera"
    for _ in range(4):
        await room.see(Reading(check="camera", target="c"), probe="camera")
    assert room.engine.told == ["-probe_broken"]
