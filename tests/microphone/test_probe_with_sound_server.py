"""The microphone probe against a real PipeWire: level, silence, mute, gain, default, in use, gone."""

import time
from collections.abc import Iterator

import pytest

from probes import microphone
from probes.child.isolate import Isolation
from probes.linux import sound_server
from probes.linux.sound_server import Session
from probes.microphone import Settings
from probes.reading import CannotMeasure, Context, Outcome, Reading
from tests.reasons.english import english
from tests.sound.rig import SoundRig, room_noise, tone


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundRig]:
    with SoundRig(tmp_path_factory.mktemp("sound")) as rig:
        rig.add_microphone("mic")
        rig.add_microphone("other")
        rig.pactl("set-default-source", "mic")
        yield rig


@pytest.fixture(autouse=True)
def settled(rig: SoundRig) -> None:
    rig.pactl("set-source-mute", "mic", "0")
    rig.pactl("set-source-volume", "mic", "100%")
    rig.pactl("set-default-source", "mic")


def settings_for(rig: SoundRig, **more: object) -> Settings:
    session = Session(runtime_folder=str(rig.runtime))
    return Settings(**{"source": "mic", "seconds": 1.0, "session": session, **more})  # type: ignore[arg-type]


def free_room(**more: object) -> Context:
    return Context(now=time.time, monotonic=time.monotonic, **{"in_meeting": False, **more})  # type: ignore[arg-type]


def reading_of(outcomes: list[Outcome], check: str) -> Reading:
    found = [outcome for outcome in outcomes if outcome.check == check]
    assert len(found) == 1
    assert isinstance(found[0], Reading), found
    return found[0]


async def test_the_level_of_a_live_room_is_read_to_half_a_decibel(rig: SoundRig) -> None:
    rig.play("mic", room_noise(-40))
    reading = reading_of(await microphone.probe(settings_for(rig), free_room()), "microphone")
    assert reading.finding == ""
    assert reading.target == "mic"
    assert reading.values["level_dbfs"] == pytest.approx(-40, abs=0.5)


async def test_a_raw_source_that_is_idle_is_digital_silence(rig: SoundRig) -> None:
    rig.stop_playing("mic")
    reading = reading_of(await microphone.probe(settings_for(rig, kind="raw"), free_room()), "microphone")
    assert reading.finding == "microphone_digital_silence"


async def test_the_silence_of_a_virtual_source_is_no_evidence(rig: SoundRig) -> None:
    rig.stop_playing("mic")
    outcome = (await microphone.probe(settings_for(rig), free_room()))[-1]
    assert isinstance(outcome, CannotMeasure)
    assert "can be in an empty room (the sound server made it)" in english(outcome.reason)


async def test_a_filter_over_a_muted_microphone_is_muted_and_says_where(rig: SoundRig) -> None:
    module = int(rig.pactl("load-module", "module-remap-source", "master=mic", "source_name=clean"))
    try:
        rig.pactl("set-default-source", "clean")
        rig.pactl("set-source-mute", "mic", "1")
        rig.wait_until(lambda: "input.clean" in rig.pactl("list", "source-outputs"))
        for _ in range(20):  # the session manager links the filter some tenths of a second later
            outcomes = await microphone.probe(settings_for(rig, source="clean"), free_room())
            settings = reading_of(outcomes, "microphone.settings")
            if settings.finding == "microphone_muted":
                break
        assert settings.finding == "microphone_muted", settings
        assert settings.evidence["closed_at"] == "mic"
        assert isinstance(outcomes[1], CannotMeasure)
    finally:
        rig.remove(module)


async def test_clipped_sound_is_clipping(rig: SoundRig) -> None:
    rig.play("mic", (room_noise(-10, 10) * 4).clip(-1, 1))
    reading = reading_of(await microphone.probe(settings_for(rig), free_room()), "microphone")
    assert reading.finding == "microphone_clipping"


async def test_a_muted_microphone_is_the_operators_fault_and_nobody_listens(rig: SoundRig) -> None:
    rig.pactl("set-source-mute", "mic", "1")
    isolation = Isolation()
    outcomes = await microphone.probe(settings_for(rig), free_room(memory={"isolation": isolation}))
    assert reading_of(outcomes, "microphone.settings").finding == "microphone_muted"
    assert isinstance(outcomes[1], CannotMeasure)
    assert isolation.started_total == 0


async def test_gain_at_zero_is_the_operators_fault(rig: SoundRig) -> None:
    rig.pactl("set-source-volume", "mic", "0%")
    outcomes = await microphone.probe(settings_for(rig), free_room())
    assert reading_of(outcomes, "microphone.settings").finding == "microphone_gain_zero"


async def test_another_default_source_is_the_operators_fault(rig: SoundRig) -> None:
    rig.play("mic", room_noise(-40))
    rig.pactl("set-default-source", "other")
    outcomes = await microphone.probe(settings_for(rig), free_room())
    settings = reading_of(outcomes, "microphone.settings")
    assert settings.finding == "microphone_wrong_default"
    assert settings.evidence["default_source"] == "other"
    assert reading_of(outcomes, "microphone").finding == ""


async def test_while_a_program_records_nobody_listens_and_the_holder_is_named(rig: SoundRig) -> None:
    recorder = rig.record("mic")
    try:
        rig.wait_until(lambda: f'"{recorder.pid}"' in rig.pactl("list", "source-outputs"))
        isolation = Isolation()
        outcomes = await microphone.probe(settings_for(rig), free_room(memory={"isolation": isolation}))
        reading = reading_of(outcomes, "microphone")
        assert reading.passive
        assert reading.finding == ""
        assert reading.evidence["busy_pid"] == recorder.pid
        assert reading.evidence["busy_holder"] == "pacat"
        assert isolation.started_total == 0
    finally:
        recorder.kill()
        recorder.wait()


async def test_a_filter_in_between_hides_neither_the_program_nor_a_free_microphone(rig: SoundRig) -> None:
    rig.play("mic", room_noise(-40))
    module = int(rig.pactl("load-module", "module-remap-source", "master=mic", "source_name=denoised"))
    try:
        free = reading_of(await microphone.probe(settings_for(rig), free_room()), "microphone")
        assert (free.passive, free.finding) == (False, "")
        recorder = rig.record("denoised")
        try:
            rig.wait_until(lambda: f'"{recorder.pid}"' in rig.pactl("list", "source-outputs"))
            held = reading_of(await microphone.probe(settings_for(rig), free_room()), "microphone")
            assert held.passive
            assert held.evidence["busy_pid"] == recorder.pid
        finally:
            recorder.kill()
            recorder.wait()
    finally:
        rig.remove(module)


@pytest.mark.parametrize("context", [{"in_meeting": True}, {"in_meeting": None}, {"meeting_in_seconds": 200.0}])
async def test_around_a_meeting_nobody_listens(rig: SoundRig, context: dict[str, object]) -> None:
    isolation = Isolation()
    outcomes = await microphone.probe(settings_for(rig), free_room(memory={"isolation": isolation}, **context))
    assert reading_of(outcomes, "microphone").passive
    assert isolation.started_total == 0


async def test_a_microphone_that_is_not_there_is_missing(rig: SoundRig) -> None:
    outcomes = await microphone.probe(settings_for(rig, source="usb-none"), free_room())
    assert reading_of(outcomes, "microphone").finding == "microphone_missing"


async def test_the_server_names_sources_defaults_and_volumes(rig: SoundRig) -> None:
    rig.pactl("set-source-volume", "mic", "50%")
    server = await sound_server.look(Session(runtime_folder=str(rig.runtime)))
    source = server.source("mic")
    assert source is not None
    assert source.volume == pytest.approx(0.5, abs=0.01)
    assert server.default_source == "mic"
    assert "mic-feed.monitor" not in {node.name for node in server.microphones}


async def test_an_oscillator_is_a_constant_tone_of_exact_level(rig: SoundRig) -> None:
    rig.play("mic", tone(1000, -20))
    reading = reading_of(await microphone.probe(settings_for(rig), free_room()), "microphone")
    assert reading.finding == "microphone_constant_tone"
    assert reading.values["level_dbfs"] == pytest.approx(-20, abs=0.2)
    assert reading.values["tone_hertz"] == pytest.approx(1000, abs=8)
