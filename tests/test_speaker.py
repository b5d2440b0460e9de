"""The speaker probe against a real PipeWire: muted, at zero, not the default, gone."""

import time
from collections.abc import Iterator

import pytest

from probes import speaker
from probes.linux.sound_server import Session
from probes.reading import CannotMeasure, Context, NothingToMeasure, Reading
from probes.speaker import Settings
from tests.reasons.english import english
from tests.sound.rig import SoundRig

CONTEXT = Context(now=time.time, monotonic=time.monotonic)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundRig]:
    with SoundRig(tmp_path_factory.mktemp("sound")) as rig:
        yield rig


async def finding(rig: SoundRig, wanted: str = "room") -> str:
    outcomes = await speaker.probe(Settings(sink=wanted, session=Session(runtime_folder=str(rig.runtime))), CONTEXT)
    assert len(outcomes) == 1
    assert isinstance(outcomes[0], Reading), outcomes
    return outcomes[0].finding


async def test_a_speaker_goes_through_its_faults_and_back(rig: SoundRig) -> None:
    module = rig.add_sink("room")
    rig.add_sink("television")
    rig.pactl("set-default-sink", "room")
    assert await finding(rig) == ""
    rig.pactl("set-sink-mute", "room", "1")
    assert await finding(rig) == "speaker_muted"
    rig.pactl("set-sink-mute", "room", "0")
    rig.pactl("set-sink-volume", "room", "0")
    assert await finding(rig) == "speaker_volume_zero"
    rig.pactl("set-sink-volume", "room", "80%")
    rig.pactl("set-default-sink", "television")
    assert await finding(rig) == "speaker_wrong_default"
    rig.pactl("set-default-sink", "room")
    assert await finding(rig) == ""
    rig.remove(module)
    assert await finding(rig) == "speaker_missing"


async def test_a_room_that_needs_no_speaker_has_nothing_to_measure(rig: SoundRig) -> None:
    session = Session(runtime_folder=str(rig.runtime))
    outcomes = await speaker.probe(Settings(sink="none", required=False, session=session), CONTEXT)
    assert isinstance(outcomes[0], NothingToMeasure)


async def test_without_a_sound_server_the_reason_names_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("empty")
    outcomes = await speaker.probe(Settings(session=Session(runtime_folder=str(empty))), CONTEXT)
    assert isinstance(outcomes[0], CannotMeasure)
    assert "no sound server" in english(outcomes[0].reason)
