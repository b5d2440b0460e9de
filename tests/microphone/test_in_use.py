"""A microphone during a call: what its level and the loudspeaker's say, pure and against a real PipeWire."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes import microphone
from probes.linux.sound_server import Session
from probes.microphone import Settings, in_use
from probes.microphone.in_use import CallLevels, Verdict
from probes.microphone.source_kind import Kind
from probes.reading import CannotMeasure, Context, Outcome, Reading
from tests.reasons.english import english
from tests.sound.rig import SoundRig, room_noise, tone

NOTHING, ROOM, VOICE = -95.0, -55.0, -20.0


def call(
    levels: CallLevels, pid: int, *, looks: int = 14, peak: float = NOTHING,
    speaker: tuple[float, ...] = (VOICE, -90.0),
    kind: Kind = "processed", known: bool = True,
) -> list[Verdict]:  # fmt: skip
    """One look a minute; the loudspeaker's peaks repeat."""
    begin = pid * 100_000.0
    return [
        levels.take(pid, peak, speaker[look % len(speaker)], kind, begin + 60 * look, known=known)
        for look in range(looks)
    ]


def test_one_silent_call_proves_nothing_and_two_in_a_row_do() -> None:
    levels = CallLevels()
    assert set(call(levels, 1, looks=60)) == {"unknown"}
    second = call(levels, 2)
    assert second[0] == "unknown", "not before the second call has lasted"
    assert second[-1] == "dead"


def test_zeros_alone_are_called_so() -> None:
    levels = CallLevels()
    call(levels, 1, peak=-120.0)
    assert call(levels, 2, peak=-120.0)[-1] == "digital_silence"


def test_a_cough_in_between_begins_it_anew() -> None:
    levels = CallLevels()
    call(levels, 1)
    assert levels.take(1, ROOM, -90.0, "processed", 1e6, known=True) == "heard"
    assert call(levels, 2)[-1] == "unknown"
    levels.heard()  # by a look between two calls
    assert call(levels, 3)[-1] == "unknown"
    assert call(levels, 4)[-1] == "dead"


@pytest.mark.parametrize("speaker", [(VOICE,), (-90.0,), (VOICE,) * 9 + (-90.0,)])
def test_a_lecture_and_a_call_without_anybody_prove_nothing(speaker: tuple[float, ...]) -> None:
    levels = CallLevels()
    said = [verdict for pid in range(1, 6) for verdict in call(levels, pid, looks=30, speaker=speaker)]
    assert set(said) == {"unknown"}


def test_short_calls_prove_nothing() -> None:
    levels = CallLevels()
    assert {verdict for pid in range(1, 20) for verdict in call(levels, pid, looks=9)} == {"unknown"}


def test_what_was_never_heard_may_be_no_microphone() -> None:
    levels = CallLevels()
    assert {verdict for pid in range(1, 6) for verdict in call(levels, pid, known=False)} == {"unknown"}


def test_a_raw_microphone_always_carries_its_room() -> None:
    assert call(CallLevels(), 1, kind="raw", looks=3) == ["unknown", "unknown", "dead"]
    assert call(CallLevels(), 1, kind="raw", looks=3, peak=-120.0)[-1] == "digital_silence"


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(-120, -69), st.floats(-120, 0)), max_size=40))
def test_silence_alone_never_alarms_within_one_call(looks: list[tuple[int, float, float]]) -> None:
    levels = CallLevels()
    for minute, (_, peak, speaker) in enumerate(looks):
        assert levels.take(7, peak, speaker, "array", 60.0 * minute, known=True) == "unknown"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundRig]:
    with SoundRig(tmp_path_factory.mktemp("sound")) as rig:
        rig.add_microphone("mic")
        rig.add_microphone("table")  # its feed is the loudspeaker here
        rig.pactl("set-default-source", "mic")
        yield rig


@pytest.fixture
def in_a_call(rig: SoundRig) -> Iterator[None]:
    recorder = rig.record("mic")
    rig.wait_until(lambda: f'"{recorder.pid}"' in rig.pactl("list", "source-outputs"))
    yield
    recorder.kill()
    recorder.wait()


async def look(rig: SoundRig, memory: dict[str, object], state: Path, **more: object) -> list[Outcome]:
    session = Session(runtime_folder=str(rig.runtime))
    settings = Settings(source="mic", seconds=1.0, session=session, **more)  # type: ignore[arg-type]
    context = Context(now=time.time, monotonic=time.monotonic, in_meeting=True, memory=memory, state=state)
    return await microphone.probe(settings, context)


async def test_a_call_s_level_is_read_without_recording(rig: SoundRig, in_a_call: None, tmp_path: Path) -> None:
    rig.play("mic", room_noise(-40))
    rig.play("table", tone(440, -23))
    heard = (await look(rig, {}, tmp_path))[-1]
    assert isinstance(heard, Reading)
    assert (heard.passive, heard.finding) == (True, "")
    assert -32 < heard.values["call_peak_dbfs"] < -20
    assert heard.values["call_speaker_peak_dbfs"] > -35
    assert "roomwatch" not in rig.pactl("list", "source-outputs"), "the meters are gone"


async def test_a_silent_microphone_in_a_call_is_unknown_and_a_raw_one_dead(
    rig: SoundRig, in_a_call: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.stop_playing("mic")
    silent = (await look(rig, {}, tmp_path))[-1]
    assert isinstance(silent, CannotMeasure)
    assert "nothing is heard in this call" in english(silent.reason)
    monkeypatch.setattr(in_use, "RAW_LOOKS", 1)
    dead = (await look(rig, {}, tmp_path, kind="raw"))[-1]
    assert isinstance(dead, Reading)
    assert (dead.finding, dead.passive) == ("microphone_digital_silence", True)


async def test_a_muted_microphone_is_told_by_its_settings_and_not_measured(
    rig: SoundRig, in_a_call: None, tmp_path: Path
) -> None:
    rig.stop_playing("mic")
    rig.pactl("set-source-mute", "mic", "1")
    try:
        settings, held = await look(rig, {}, tmp_path, kind="raw")
    finally:
        rig.pactl("set-source-mute", "mic", "0")
    assert isinstance(settings, Reading)
    assert settings.finding == "microphone_muted"
    assert isinstance(held, Reading)
    assert (held.finding, "call_peak_dbfs" in held.values) == ("", False)
