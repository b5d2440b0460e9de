"""A virtual source is as open as what stands behind it: the sound server's own answers, of PipeWire and PulseAudio."""

import json
from typing import Any

import pytest

from probes.linux.pactl_answer import understood
from probes.linux.sound_chain import behind
from probes.linux.sound_devices import SoundServer
from probes.microphone.chosen import closed_at, judge_settings


def node(index: int, name: str, *, mute: bool = False, volume: int = 65536, **properties: str) -> dict[str, Any]:
    return {
        "index": index, "name": name, "description": name, "state": "SUSPENDED", "mute": mute,
        "volume": {"mono": {"value": volume}}, "sample_specification": "s32le 2ch 48000Hz",
        "properties": {key.replace("_", "."): value for key, value in properties.items()},
    }  # fmt: skip


def server(default: str, sources: list[dict[str, Any]], streams: list[dict[str, Any]] | None = None) -> SoundServer:
    lists = {"sources": sources, "sinks": [], "source_outputs": streams or []}
    info = {"server_name": "PulseAudio (on PipeWire 1.4.10)", "default_source_name": default, "default_sink_name": ""}
    return understood(json.dumps(info).encode(), json.dumps(lists).encode())


VIRTUAL = {"media_class": "Audio/Source/Virtual", "device_class": ""}


def finding(seen: SoundServer) -> str:
    source = seen.source(seen.default_source)
    assert source is not None
    return judge_settings(seen, source, 0.05).finding


def test_a_virtual_source_over_the_only_microphone_is_muted_with_it() -> None:
    real = node(3, "alsa_input.usb-room.mono", mute=True, device_class="sound")
    assert finding(server("easyeffects_source", [real, node(6, "easyeffects_source", **VIRTUAL)])) == "microphone_muted"


def test_turned_down_behind_the_filter_counts_too() -> None:
    real = node(3, "alsa_input.usb-room.mono", volume=0, device_bus="usb")
    assert finding(server("clean", [real, node(6, "clean", **VIRTUAL)])) == "microphone_gain_zero"


def test_of_two_microphones_one_muted_nobody_can_tell_which_one_feeds_it() -> None:
    one, other = node(3, "a", mute=True, device_bus="usb"), node(4, "b", device_bus="pci")
    assert finding(server("clean", [one, other, node(6, "clean", **VIRTUAL)])) == ""
    both = node(4, "b", mute=True, device_bus="pci")
    assert finding(server("clean", [one, both, node(6, "clean", **VIRTUAL)])) == "microphone_muted"


@pytest.mark.parametrize("muted", [3, 4])
def test_the_link_of_a_filter_says_which_one_feeds_it(muted: int) -> None:
    sources = [node(n, f"mic{n}", mute=n == muted, device_bus="usb") for n in (3, 4)]
    clean = node(6, "clean", node_virtual="true", **{"node_link-group": "echo-cancel-1"})
    clean["properties"]["node.link-group"] = "echo-cancel-1"
    stream = {"source": 4, "properties": {"node.link-group": "echo-cancel-1"}}
    assert finding(server("clean", [*sources, clean], [stream])) == ("microphone_muted" if muted == 4 else "")


def test_the_master_that_pulseaudio_names_is_followed_through_two_filters() -> None:
    real = node(1, "real", mute=True, device_bus="usb")
    one = node(2, "one", device_class="filter")
    one["properties"]["device.master_device"] = "real"
    two = node(3, "two", device_class="filter")
    two["properties"]["device.master_device"] = "one"
    seen = server("two", [real, one, two])
    source = seen.source("two")
    assert source is not None
    assert [found.name for found in behind(seen, source)] == ["one", "real"]
    assert closed_at(seen, source, 0.05) == ("microphone_muted", "real")


def test_filters_that_feed_each_other_come_to_an_end() -> None:
    one, two = node(1, "one", device_class="filter"), node(2, "two", device_class="filter")
    one["properties"]["device.master_device"], two["properties"]["device.master_device"] = "two", "one"
    assert finding(server("one", [one, two])) == ""
