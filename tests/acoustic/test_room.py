"""The acoustic check end to end: a real PipeWire, a real child, a simulated room between two of its devices."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from probes import acoustic
from probes.acoustic import Settings, volume
from probes.linux.sound_server import Session
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from tests.acoustic.fixture_room import LiveRoom
from tests.acoustic.rooms import Room
from tests.reasons.english import english
from tests.sound.rig import SoundRig, room_noise


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundRig]:
    with SoundRig(tmp_path_factory.mktemp("sound")) as rig:
        rig.pactl("load-module", "module-null-sink", "sink_name=speaker", "channel_map=stereo")
        rig.add_microphone("mic")
        rig.wait_until(lambda: "\tspeaker\t" in rig.pactl("list", "short", "sinks"))
        yield rig


def settings_for(rig: SoundRig, **more: object) -> Settings:
    session = Session(runtime_folder=str(rig.runtime))
    return Settings(**{"allowed": True, "sink": "speaker", "source": "mic", "session": session, **more})  # type: ignore[arg-type]


def empty_room(tmp_path: Path, **more: object) -> Context:
    usual = {"in_meeting": False, "wake": "once", "state": tmp_path}
    return Context(now=time.time, monotonic=time.monotonic, **{**usual, **more})  # type: ignore[arg-type]


LOADED = ("sound_stuttered", "too_loud_for_sweep", "somebody_joined", "no_sound_to_record", "device_fell_silent")


async def checked(rig: SoundRig, room: Room, tmp_path: Path, *, dead: bool = False, **settings: object) -> Outcome:
    """One look; another one where the machine is so loaded that the sound server stutters, which the check says."""
    with LiveRoom(rig, room, dead=dead):
        for _ in range(6):
            (outcome,) = await acoustic.probe(settings_for(rig, **settings), empty_room(tmp_path))
            if isinstance(outcome, Reading) or outcome.reason.code not in LOADED:
                break
    return outcome


async def test_a_room_that_works_is_good_and_says_how_long_sound_needs(rig: SoundRig, tmp_path: Path) -> None:
    delays: list[float] = []
    while len(delays) < 3 and (not delays or delays[-1] > 0.19):  # the rig's buffers only add to it, more so under load
        found = await checked(rig, Room(delay=0.04), tmp_path)
        assert isinstance(found, Reading), found
        assert found.finding == "", found
        assert found.evidence["loudspeaker"] == "speaker"
        delays.append(found.values["delay_seconds"])
    assert min(delays) == pytest.approx(0.04, abs=0.15)


@pytest.mark.parametrize(
    ("finding", "room"),
    [
        ("acoustic_speaker_silent", Room(gain=-200)),
        ("acoustic_delay", Room(delay=0.5)),
        ("acoustic_speaker_channel", Room(loudspeakers=(1.0, 0.0))),
        ("acoustic_level_low", Room(gain=-50, floor=-85)),
    ],
)
async def test_each_fault_of_the_room_is_named(rig: SoundRig, tmp_path: Path, finding: str, room: Room) -> None:
    found = await checked(rig, room, tmp_path)
    assert isinstance(found, Reading), found
    assert found.finding == finding, found


async def test_a_microphone_that_is_silent_while_the_loudspeaker_plays_is_named(rig: SoundRig, tmp_path: Path) -> None:
    found = await checked(rig, Room(), tmp_path, dead=True)
    assert isinstance(found, Reading), found
    assert found.finding == "acoustic_microphone_silent", found


async def test_the_volume_is_lowered_and_put_back_and_so_it_is_after_a_crash(rig: SoundRig, tmp_path: Path) -> None:
    session = Session(runtime_folder=str(rig.runtime))
    rig.pactl("set-sink-volume", "speaker", "100%")
    found = await checked(rig, Room(), tmp_path, most_volume=0.5)
    assert isinstance(found, Reading), found
    assert "100%" in rig.pactl("get-sink-volume", "speaker")
    assert volume.left_behind(tmp_path) is None
    (tmp_path / volume.FILE).write_text(json.dumps({"sink": "speaker", "volume": 0.8}))
    rig.pactl("set-sink-volume", "speaker", "30%")
    await acoustic.probe(settings_for(rig), empty_room(tmp_path, in_meeting=True))
    assert "80%" in rig.pactl("get-sink-volume", "speaker")
    assert volume.left_behind(tmp_path) is None
    rig.pactl("set-sink-volume", "speaker", "100%")
    assert session == settings_for(rig).session


@pytest.mark.parametrize(
    ("context", "why"),
    [
        ({"in_meeting": True}, "a meeting is running"),
        ({"in_meeting": None}, "not known whether"),
        ({"meeting_in_seconds": 600.0}, "begins in 10 minutes"),
    ],
)
async def test_around_a_meeting_nothing_is_played(
    rig: SoundRig, tmp_path: Path, context: dict[str, object], why: str
) -> None:
    (outcome,) = await acoustic.probe(settings_for(rig), empty_room(tmp_path, **context))
    assert isinstance(outcome, CannotMeasure)
    assert why in english(outcome.reason)


async def test_a_screen_that_sleeps_is_no_broken_loudspeaker(tmp_path: Path, rig: SoundRig) -> None:
    """By the computer's word nothing is played; by its own nobody is told, unless a person asked."""
    rig.pactl("load-module", "module-null-sink", "sink_name=hdmi-stereo", "channel_map=stereo")
    rig.wait_until(lambda: "hdmi-stereo" in rig.pactl("list", "short", "sinks"))
    place = tmp_path / "sys" / "class" / "drm" / "card0-HDMI-A-1"
    place.mkdir(parents=True)
    (place / "status").write_text("connected")
    rig.play("mic", room_noise(-60, seconds=6.0))  # the microphone hears its room, and nothing of the screen
    try:
        said = {}
        for dpms, asked in (("Off", True), ("On", False), ("On", True)):
            (place / "dpms").write_text(dpms)
            context = empty_room(tmp_path, sys=tmp_path / "sys")
            for _ in range(6):
                said[dpms, asked] = await acoustic.check_now(
                    settings_for(rig, sink="hdmi-stereo"), context, asked=asked
                )
                outcome = said[dpms, asked]
                if isinstance(outcome, Reading) or outcome.reason.code not in LOADED:
                    break
    finally:
        rig.stop_playing("mic")
    asleep, by_night, by_person = said["Off", True], said["On", False], said["On", True]
    assert isinstance(asleep, CannotMeasure) and asleep.reason.code == "screen_asleep"
    assert isinstance(by_night, CannotMeasure) and by_night.reason.code == "screen_may_sleep", by_night
    assert isinstance(by_person, Reading) and by_person.finding == "acoustic_speaker_silent", by_person


async def test_without_leave_nothing_is_played(rig: SoundRig, tmp_path: Path) -> None:
    (outcome,) = await acoustic.probe(settings_for(rig, allowed=False), empty_room(tmp_path))
    assert isinstance(outcome, NothingToMeasure)


async def test_while_somebody_records_or_speaks_nothing_is_played(rig: SoundRig, tmp_path: Path) -> None:
    recorder = rig.record("mic")
    try:
        rig.wait_until(lambda: f'"{recorder.pid}"' in rig.pactl("list", "source-outputs"))
        (outcome,) = await acoustic.probe(settings_for(rig), empty_room(tmp_path))
        assert isinstance(outcome, CannotMeasure)
        assert outcome.busy_holder == "pacat"
    finally:
        recorder.kill()
        recorder.wait()


async def test_while_somebody_is_heard_in_the_room_nothing_is_played(rig: SoundRig, tmp_path: Path) -> None:
    words = room_noise(-60, seconds=2.0)
    words[::1] += np.repeat((np.arange(20) % 3 == 0) * 0.03, len(words) // 20) * room_noise(0, seconds=2.0)
    with LiveRoom(rig, Room()):
        rig.play("mic", words.astype(np.float32))
        (outcome,) = await acoustic.probe(settings_for(rig), empty_room(tmp_path))
    assert isinstance(outcome, CannotMeasure), outcome
    assert "in the room" in english(outcome.reason)


async def test_who_joins_ends_the_sweep_at_once(rig: SoundRig, tmp_path: Path) -> None:
    rig.pactl("set-sink-volume", "speaker", "100%")
    with LiveRoom(rig, Room()):
        checking = asyncio.create_task(acoustic.probe(settings_for(rig, most_volume=0.5), empty_room(tmp_path)))
        while "acoustic check" not in rig.pactl("list", "sink-inputs"):
            await asyncio.sleep(0.02)
            assert not checking.done(), checking.result()
        recorder = rig.record("mic")
        (outcome,) = await checking
        rig.wait_until(lambda: "acoustic check" not in rig.pactl("list", "sink-inputs"))
        recorder.kill()
        recorder.wait()
    assert isinstance(outcome, CannotMeasure)
    assert "somebody joined" in english(outcome.reason)
    assert "100%" in rig.pactl("get-sink-volume", "speaker")


async def test_it_comes_once_a_night_and_its_answer_stays(rig: SoundRig, tmp_path: Path) -> None:
    night = time.mktime((2026, 11, 30, 3, 40, 0, 0, 0, -1))
    memory: dict[str, object] = {}

    def at(seconds: float, **more: object) -> Context:
        return replace(empty_room(tmp_path, memory=memory, wake="interval", **more), now=lambda: seconds)

    assert await acoustic.probe(settings_for(rig), at(night - 7200)) == []
    with LiveRoom(rig, Room()):
        for _ in range(6):  # until the machine does not stutter: what could not be measured is tried again
            (first,) = await acoustic.probe(settings_for(rig), at(night))
            if isinstance(first, Reading):
                break
        assert isinstance(first, Reading), first
        (again,) = await acoustic.probe(settings_for(rig), at(night + 60))
        assert isinstance(again, Reading)
        assert (again.finding, again.values["gain_db"]) == (first.finding, first.values["gain_db"])
        assert (first.values["listened_ago_seconds"], again.values["listened_ago_seconds"]) == (0.0, 60.0)
        (busy,) = await acoustic.probe(settings_for(rig), at(night + 86400, in_meeting=True))
        assert isinstance(busy, CannotMeasure)
        (next_night,) = await acoustic.probe(settings_for(rig), at(night + 86460))
        assert next_night is not busy
        before = at(night + 126_000, meeting_in_seconds=1100.0)
        (unasked,) = await acoustic.probe(settings_for(rig), before)
        assert isinstance(unasked, CannotMeasure) or unasked.values["listened_ago_seconds"] > 0, (
            "not allowed: not played"
        )
        for _ in range(6):
            (allowed,) = await acoustic.probe(settings_for(rig, before_meetings=True), before)
            if isinstance(allowed, Reading):
                break
        assert isinstance(allowed, Reading), allowed
        assert allowed.values["listened_ago_seconds"] == 0.0
