"""What ``pactl -f json`` printed → a SoundServer. Pure. A device's name may hold any byte, and PulseAudio and PipeWire
say the same things in different properties.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from probes.linux.sound_devices import ANY_SOURCE, Node, Recording, SoundServer, SoundServerError
from probes.why import because

NORMAL_VOLUME = 65536
"""PA_VOLUME_NORM of the PulseAudio protocol: 100 %."""


class _Volume(msgspec.Struct):
    value: Annotated[int, msgspec.Meta(ge=0, le=1 << 32)] = 0


class _Port(msgspec.Struct):
    name: str = ""
    availability: str = ""


class _Node(msgspec.Struct):
    """A source or sink as pactl's JSON gives it; what is not named here is ignored."""

    index: int
    name: str
    description: str | None = None
    state: str | None = None
    mute: bool = False
    volume: dict[str, _Volume] = {}
    sample_specification: str = ""
    monitor_source: str | None = None
    properties: dict[str, Any] = {}
    ports: list[_Port] = []
    active_port: str | None = None


class _Stream(msgspec.Struct):
    source: int | None = None
    sink: int | None = None
    corked: bool = False
    properties: dict[str, Any] = {}
    resample_method: str | None = None


class _List(msgspec.Struct):
    """Each entry is understood by itself: one odd device must not hide the others."""

    sources: list[msgspec.Raw] = []
    sinks: list[msgspec.Raw] = []
    source_outputs: list[msgspec.Raw] = []
    sink_inputs: list[msgspec.Raw] = []


class _Info(msgspec.Struct):
    server_name: str = ""
    default_sink_name: str | None = None
    default_source_name: str | None = None


def understood(info: bytes, lists: bytes) -> SoundServer:
    """info, lists: what ``pactl -f json info`` and ``list`` printed. Raises SoundServerError."""
    try:
        told = msgspec.json.decode(info.decode(errors="replace"), type=_Info)
        return _server(told, msgspec.json.decode(lists.decode(errors="replace"), type=_List))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SoundServerError(because("sound_not_understood", detail=str(error)), garbled=True) from error


def _server(info: _Info, lists: _List) -> SoundServer:
    complaints: list[str] = []
    sources, sinks = _each(lists.sources, _Node, complaints), _each(lists.sinks, _Node, complaints)
    recordings = [_recording(stream) for stream in _each(lists.source_outputs, _Stream, [])]
    unclear = len(lists.source_outputs) - len(recordings)
    recordings += [Recording(source=ANY_SOURCE, pid=0, program="?")] * unclear
    monitors = {sink.monitor_source for sink in sinks if sink.monitor_source}
    return SoundServer(
        name=info.server_name,
        sources=tuple(_node(node, monitors) for node in sources),
        sinks=tuple(_node(node, set()) for node in sinks),
        default_source=info.default_source_name or "",
        default_sink=info.default_sink_name or "",
        recordings=tuple(recordings),
        garbled=complaints[0] if complaints else "",
        playing=tuple(
            (-1 if stream.sink is None else stream.sink, _recording(stream).program)
            for stream in _each(lists.sink_inputs, _Stream, [])
            if not stream.corked
        ),
    )


T = TypeVar("T")


def _each(entries: list[msgspec.Raw], kind: type[T], complaints: list[str]) -> list[T]:
    """Those that are understood; of the others the first complaint is added."""
    found = []
    for entry in entries:
        try:
            found.append(msgspec.json.decode(entry, type=kind))
        except msgspec.MsgspecError as error:
            if not complaints:
                complaints.append(str(error))
    return found


def _node(raw: _Node, monitors: set[str]) -> Node:
    channels, rate = _specification(raw.sample_specification)
    port = next((port for port in raw.ports if port.name == raw.active_port), None)
    return Node(
        index=raw.index,
        name=raw.name,
        description=raw.description or raw.name,
        state=raw.state or "",
        muted=raw.mute,
        volume=max((channel.value for channel in raw.volume.values()), default=0) / NORMAL_VOLUME,
        monitor=raw.name in monitors or str(raw.properties.get("device.class", "")) == "monitor",
        channels=channels,
        rate=rate,
        card=str(raw.properties.get("alsa.card", raw.properties.get("api.alsa.pcm.card", ""))),
        bus=str(raw.properties.get("device.bus", "")),
        available=port is None or port.availability != "not available",
        virtual=_virtual(raw.properties),
        link=_link(raw.properties),
        master=str(raw.properties.get("device.master_device", "")),
    )


def _virtual(properties: Mapping[str, Any]) -> bool:
    """A device has a bus or a card; what has neither and says that it is a filter, or virtual, is none."""
    if any(key in properties for key in ("device.bus", "alsa.card", "api.alsa.pcm.card", "api.bluez5.address")):
        return False
    return (
        "Virtual" in str(properties.get("media.class", ""))
        or str(properties.get("node.virtual", "")) == "true"
        or properties.get("device.class") in ("filter", "abstract")
    )


def _link(properties: Mapping[str, Any]) -> str:
    return str(properties.get("node.link-group") or properties.get("pulse.module.id") or "")


def _specification(text: str) -> tuple[int, int]:
    """Channels and rate of "float32le 2ch 48000Hz"; zeros where it says something else."""
    channels = rate = 0
    for part in text.split():
        with contextlib.suppress(ValueError):
            if part.endswith("ch"):
                channels = int(part[:-2])
            elif part.endswith("Hz"):
                rate = int(part[:-2])
    return channels, rate


def _recording(raw: _Stream) -> Recording:
    pid = str(raw.properties.get("application.process.id", ""))
    program = raw.properties.get("application.process.binary") or raw.properties.get("application.name") or "unknown"
    return Recording(
        source=-1 if raw.source is None else raw.source,
        pid=int(pid) if pid.isdecimal() and len(pid) < 12 else 0,
        program=str(program)[:60],
        corked=raw.corked,
        link=_link(raw.properties),
        meter=_is_meter(raw),
    )


def _is_meter(raw: _Stream) -> bool:
    """PulseAudio names the way of resampling, PipeWire a property; volume controls call the stream so themselves."""
    peaks = str(raw.properties.get("resample.peaks", "")).lower() in ("true", "1")
    return peaks or raw.resample_method == "peaks" or raw.properties.get("media.name") == "Peak detect"
