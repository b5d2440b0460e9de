"""Answers of a sound server that nobody expects: one odd entry costs itself alone, and nothing is taken for missing."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes import microphone, speaker
from probes.linux import sound_server
from probes.linux.pactl_answer import understood
from probes.linux.sound_devices import ANY_SOURCE, SoundServerError
from probes.reading import CannotMeasure, Context, Reading
from tests.reasons.english import english

MICROPHONE = {
    "index": 3,
    "name": "mic",
    "mute": False,
    "volume": {"mono": {"value": 65536}},
    "sample_specification": "s16le 1ch 48000Hz",
}
SPEAKER = {
    "index": 1,
    "name": "box",
    "mute": False,
    "volume": {"left": {"value": 30000}},
    "monitor_source": "box.monitor",
}
INFO = {"server_name": "odd", "default_source_name": "mic", "default_sink_name": "box"}


class Pactl:
    """A ``pactl`` that prints what it is told: no real server can be made to answer so."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        script = folder / "pactl"
        script.write_text(f'#!/bin/sh\nfor last; do :; done\nexec cat "{folder}/$last"\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=":")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        self.say()

    def say(self, info: object = INFO, **lists: object) -> None:
        lists = {"sources": [MICROPHONE], "sinks": [SPEAKER], "source_outputs": []} | lists
        self.say_bytes(json.dumps(info).encode(), json.dumps(lists).encode())

    def say_bytes(self, info: bytes, lists: bytes) -> None:
        (self.folder / "info").write_bytes(info)
        (self.folder / "list").write_bytes(lists)


@pytest.fixture
def pactl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pactl:
    return Pactl(tmp_path, monkeypatch)


def stream(**more: Any) -> dict[str, Any]:
    return {"source": 3, "properties": {"application.process.id": "77", "application.name": "zoom"}, **more}


def busy_room(folder: Path) -> Context:
    return Context(now=time.time, monotonic=time.monotonic, in_meeting=True, proc=folder, sys=folder, dev=folder)


@pytest.mark.parametrize(("pid", "known"), [("²", 0), ("٣", 3), ("-5", 0), ("9" * 30, 0), (12, 12), (None, 0), ([], 0)])
async def test_a_process_id_may_be_any_text(pactl: Pactl, pid: object, known: int) -> None:
    pactl.say(source_outputs=[stream(properties={"application.process.id": pid})])
    (recording,) = (await sound_server.look()).recordings
    assert recording.pid == known


async def test_bytes_that_are_no_text_are_part_of_a_name(pactl: Pactl) -> None:
    lists = json.dumps({"sources": [MICROPHONE | {"description": "Jabra ?"}], "sinks": [SPEAKER]}).encode()
    pactl.say_bytes(json.dumps(INFO).encode(), lists.replace(b"?", b"\xff\xfe"))
    server = await sound_server.look()
    assert [one.description for one in server.sources] == ["Jabra \ufffd\ufffd"]
    assert server.garbled == ""


@pytest.mark.parametrize(
    "odd", [{"index": "x"}, {"volume": {"a": {"value": -1}}}, {"volume": {"a": {"value": 10**400}}}, 7, None]
)
async def test_an_odd_device_hides_no_other_one(pactl: Pactl, odd: object, tmp_path: Path) -> None:
    entry = {**MICROPHONE, "name": "odd", **odd} if isinstance(odd, dict) else odd
    pactl.say(sources=[entry, MICROPHONE], sinks=[SPEAKER, entry])
    settings_seen, sound = await microphone.probe(microphone.Settings(), busy_room(tmp_path))
    assert isinstance(settings_seen, Reading)
    assert (settings_seen.target, settings_seen.finding) == ("mic", "")
    assert isinstance(sound, Reading)
    assert sound.target == "mic"
    (played,) = await speaker.probe(speaker.Settings(), busy_room(tmp_path))
    assert isinstance(played, Reading)
    assert (played.target, played.finding) == ("box", "")


async def test_a_device_that_is_not_understood_is_not_missing_and_no_other_one_is_wrong(
    pactl: Pactl, tmp_path: Path
) -> None:
    odd_microphone, odd_speaker = {**MICROPHONE, "index": "x"}, {**SPEAKER, "index": "x"}
    others = {"sources": [{**MICROPHONE, "name": "other"}], "sinks": [{**SPEAKER, "name": "other"}]}
    for sources, sinks in (
        ([odd_microphone], [odd_speaker]),
        ([odd_microphone, *others["sources"]], [odd_speaker, *others["sinks"]]),
    ):
        pactl.say(sources=sources, sinks=sinks)
        for found in (
            await microphone.probe(microphone.Settings(), busy_room(tmp_path)),
            await speaker.probe(speaker.Settings(), busy_room(tmp_path)),
        ):
            (outcome,) = found
            assert isinstance(outcome, CannotMeasure)
            assert outcome.broke
            assert "not understood" in english(outcome.reason)


@pytest.mark.parametrize("endless", ["yes", "yes >&2", "head -c 3000000 /dev/zero"])
async def test_an_answer_without_end_is_given_up_and_not_kept(pactl: Pactl, endless: str) -> None:
    (pactl.folder / "pactl").write_text(f"#!/bin/sh\nexec {endless}\n")
    with pytest.raises(SoundServerError) as caught:
        await sound_server.look(sound_server.Session(query_seconds=20.0))
    assert caught.value.garbled
    assert "> 1 MiB" in english(caught.value.reason)


async def test_a_recording_that_is_not_understood_may_be_from_any_microphone(pactl: Pactl) -> None:
    pactl.say(source_outputs=[stream(source="x")])
    server = await sound_server.look()
    (holder,) = server.holders_of(server.sources[0])
    assert holder.source == ANY_SOURCE


@pytest.mark.parametrize("lists", [b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"sources": {}}', b"\xff\xfe{"])
async def test_an_answer_that_is_none_is_said_and_the_probe_says_that_it_broke(
    pactl: Pactl, lists: bytes, tmp_path: Path
) -> None:
    pactl.say_bytes(json.dumps(INFO).encode(), lists)
    with pytest.raises(SoundServerError, match="not_understood"):
        await sound_server.look()
    for found in (
        await microphone.probe(microphone.Settings(), busy_room(tmp_path)),
        await speaker.probe(speaker.Settings(), busy_room(tmp_path)),
    ):
        assert [isinstance(one, CannotMeasure) and one.broke for one in found] == [True]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "index",
    "name",
    "description",
    "state",
    "mute",
    "volume",
    "sample_specification",
    "properties",
    "ports",
    "source",
    "active_port",
    "corked",
    "monitor_source",
)
ENTRIES = st.lists(ANYTHING | st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=5), max_size=3)


@settings(deadline=None)
@given(ENTRIES, ENTRIES, ENTRIES, ANYTHING | st.just(INFO))
def test_no_answer_raises_anything_else(sources: object, sinks: object, outputs: object, info: object) -> None:
    lists = {"sources": sources, "sinks": sinks, "source_outputs": outputs}
    with contextlib.suppress(SoundServerError):
        server = understood(json.dumps(info).encode(), json.dumps(lists).encode())
        for source in server.sources:
            server.holders_of(source)
        microphone.choose(server, "")
        speaker.choose(server, "")


@settings(deadline=None)
@given(st.binary(), st.binary())
def test_no_bytes_raise_anything_else(info: bytes, lists: bytes) -> None:
    with contextlib.suppress(SoundServerError):
        understood(info, lists)
