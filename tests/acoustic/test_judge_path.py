"""The way through the room by its impulse response: each fault of it by name, healthy rooms by none."""

from collections.abc import Callable

import numpy as np
import pytest

from probes.acoustic.judge_path import Heard, PathJudgement, judge_path
from probes.acoustic.sweep import LOUDEST_DBFS, RATE, SECONDS, Sweep
from tests.acoustic.rooms import Room, Sound, gated, levelled, noise

LEAD, TOTAL = 0.6, 4.3


def playing(sweep: Sweep) -> Sound:
    out, wave = np.zeros((round(TOTAL * RATE), sweep.channels)), sweep.played()
    out[round(LEAD * RATE) : round(LEAD * RATE) + len(wave)] = wave
    return out


def heard(name: str, *channels: Sound) -> Heard:
    return Heard(name=name, samples=np.stack(channels, axis=1).astype(np.float32), begins=100.0)


def judged(room: Room | Sound, *more: Heard, loudspeakers: int = 1, cancels: bool = False) -> PathJudgement:
    sweep = Sweep(channels=loudspeakers)
    played = playing(sweep)
    sound = room.heard(played) if isinstance(room, Room) else room
    monitor = Heard(name="monitor", samples=played.astype(np.float32), begins=100.0)
    return judge_path(sweep, monitor, heard("room microphone", sound), more, cancels=cancels)


ROOMS = [
    Room(), Room(gain=-3, distance=0.4, delay=0.01), Room(gain=-30, reverberation=1.2, distance=4, delay=0.15),
    Room(floor=-50, gain=-20), Room(process=gated), Room(process=levelled), Room(reverberation=0.2, seed=9),
    Room(process=lambda x: np.clip(x * 4, -1, 1)), Room(distance=3.5, reverberation=0.9, floor=-70, seed=4),
]  # fmt: skip


@pytest.mark.parametrize("loudspeakers", [1, 2])
@pytest.mark.parametrize("number", range(len(ROOMS)))
def test_a_healthy_room_has_no_finding_and_its_delay_is_right(number: int, loudspeakers: int) -> None:
    room = ROOMS[number]
    found = judged(room, loudspeakers=loudspeakers)
    assert found.finding == "", found
    assert found.numbers["delay_seconds"] == pytest.approx(room.delay, abs=0.02)


def distorted(sound: Sound) -> Sound:
    peak = np.abs(sound).max()
    return np.clip(sound, -0.25 * peak, 0.1 * peak)


def echoing(sound: Sound) -> Sound:
    shift = round(0.25 * RATE)
    return sound + 0.6 * np.concatenate((np.zeros(shift), sound[:-shift]))


def at_rate(factor: float) -> Callable[[Sound], Sound]:
    return lambda sound: np.interp(np.arange(0, len(sound) * 1.0, factor), np.arange(len(sound)), sound)


SILENCE = np.zeros(round(TOTAL * RATE))
FAULTS: dict[str, tuple[str, Room | Sound]] = {
    "loudspeaker dead": ("speaker_silent", Room(gain=-200)),
    "loudspeaker at its lowest": ("speaker_silent", Room(gain=-90)),
    "microphone exact zeros": ("microphone_silent", SILENCE),
    "microphone converter noise": ("microphone_silent", noise(len(SILENCE), -92, 3)),
    "late": ("delay", Room(delay=0.34)),
    "too soft": ("level_low", Room(gain=-47, floor=-80)),
    "a second way": ("echo", Room(process=echoing)),
    "overdriven": ("distorted", Room(process=distorted, distance=0.5)),
    "twice as fast": ("wrong_rate", Room(process=at_rate(2.0))),
    "three times as fast": ("wrong_rate", Room(process=at_rate(3.0))),
    "48 for 44.1": ("wrong_rate", Room(process=at_rate(48 / 44.1))),
    "44.1 for 48": ("wrong_rate", Room(process=at_rate(44.1 / 48))),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_the_way_is_named(name: str) -> None:
    finding, room = FAULTS[name]
    found = judged(room)
    assert found.finding == finding, found


@pytest.mark.parametrize("silent", [0, 1])
def test_a_silent_loudspeaker_channel_is_named(silent: int) -> None:
    found = judged(Room(loudspeakers=(0.0, 1.0) if silent == 0 else (1.0, 0.0)), loudspeakers=2)
    assert (found.finding, found.numbers["channel"]) == ("speaker_channel", silent + 1)


def test_a_microphone_channel_that_hears_nothing_is_named() -> None:
    sweep = Sweep()
    played = playing(sweep)
    monitor = Heard(name="monitor", samples=played.astype(np.float32), begins=100.0)
    pair = heard("pair", Room().heard(played), noise(len(played), -70, 8))
    found = judge_path(sweep, monitor, pair)
    assert (found.finding, found.numbers["channel"]) == ("microphone_channel", 2)


def test_another_microphone_that_hears_is_named() -> None:
    sweep = Sweep()
    other = heard("webcam", Room(gain=-25).heard(playing(sweep)))
    found = judged(noise(len(SILENCE), -60, 5), other)
    assert (found.finding, found.hears) == ("wrong_microphone", "webcam")


def test_who_cancels_its_own_loudspeaker_proves_nothing_by_hearing_nothing() -> None:
    assert judged(Room(gain=-200), cancels=True).finding == "unknown"
    assert judged(SILENCE, cancels=True).finding == "unknown"
    assert judged(Room(), cancels=True).finding == ""


def test_a_loud_room_and_a_sweep_that_was_not_played_cannot_be_told() -> None:
    assert judged(Room(gain=-200, floor=-28)).finding == "unknown"
    sweep = Sweep()
    monitor = Heard(name="monitor", samples=np.zeros((len(SILENCE), 1), np.float32), begins=100.0)
    assert judge_path(sweep, monitor, heard("m", SILENCE)).finding == "unknown"


@pytest.mark.parametrize("channels", [1, 2])
def test_the_sweep_is_short_quiet_and_never_louder_than_asked(channels: int) -> None:
    for dbfs in (-50.0, -34.0, 0.0):
        sweep = Sweep(channels=channels, dbfs=dbfs)
        wave = sweep.wave()
        assert len(sweep.played()) / RATE <= 2.0
        assert len(sweep.played()) / RATE == pytest.approx(SECONDS, abs=0.01)
        assert 10 * np.log10(np.mean(wave**2)) <= LOUDEST_DBFS + 1e-3
        assert abs(float(wave[0])) < 1e-6
