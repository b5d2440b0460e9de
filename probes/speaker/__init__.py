"""The speaker: present, the default, not muted, its volume not zero. Plays nothing and opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from probes.judge_reading import Threshold
from probes.linux import sound_server
from probes.linux.sound_devices import Node, SoundServer, SoundServerError
from probes.linux.sound_server import Session
from probes.reading import CannotMeasure, Context, Evidence, NothingToMeasure, Outcome, Reading, SessionSilent
from probes.why import because

CHECK = "speaker"

DUMMY_SINK = "auto_null"
"""PipeWire and PulseAudio put this sink in place when there is no speaker at all."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[probe.speaker]"""

    sink: str = ""
    # The room's speaker: a part of its stable name. Empty: the default one.
    required: bool = True
    # False where a room may be without a speaker: its absence is then no fault.
    least_volume: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05
    # Volume at or below this (1 is 100 %, 0.05 is −78 dB) counts as turned off. Raise in loud rooms.
    session: Session = Session()
    # Where the sound server of the room's user is.


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    """None: each fault is a setting or an absence, seen as such."""
    del settings
    return ()


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """One reading of the room's speaker."""
    try:
        server = await sound_server.look(settings.session)
    except SoundServerError as error:
        try:
            told = await context.session("sound", {"sink": settings.sink}) if context.session is not None else None
        except SessionSilent as silent:
            return [CannotMeasure(check=CHECK, target=settings.sink, reason=silent.reason, remedy=silent.remedy)]
        if told is not None:
            return [_told(told, settings)]
        reason, remedy = error.reason, error.remedy
        return [CannotMeasure(check=CHECK, target=settings.sink, reason=reason, remedy=remedy, broke=error.garbled)]
    sink = choose(server, settings.sink)
    if sink is None and server.garbled:
        return [
            CannotMeasure(
                check=CHECK,
                target=settings.sink,
                reason=because("sound_not_understood", detail=server.garbled),
                broke=True,
            )
        ]
    if sink is None:
        if not settings.required:
            return [NothingToMeasure(check=CHECK, target=settings.sink, reason=because("no_speaker"))]
        evidence: Evidence = {
            "wanted": settings.sink or "any",
            "speakers": len(server.sinks),
            "default": server.default_sink,
        }
        return [Reading(check=CHECK, target=settings.sink, finding="speaker_missing", evidence=evidence)]
    return [judge(server, sink, settings)]


def _told(told: Mapping[str, float], settings: Settings) -> Outcome:
    """What the room user's session part says, when the sound server is closed to us. It names no sink."""
    if not told.get("sink_present"):
        if not settings.required:
            return NothingToMeasure(check=CHECK, target=settings.sink, reason=because("no_speaker"))
        evidence: Evidence = {"wanted": settings.sink or "any", "speakers": told.get("speakers", 0.0)}
        return Reading(check=CHECK, target=settings.sink, finding="speaker_missing", evidence=evidence)
    muted, volume = bool(told.get("sink_muted")), told.get("sink_volume", 1.0)
    finding = "speaker_muted" if muted else "speaker_volume_zero" if volume <= settings.least_volume else ""
    if not finding and not told.get("sink_is_default"):
        finding = "speaker_wrong_default"
    return Reading(
        check=CHECK,
        target=settings.sink,
        values={"volume_ratio": volume, "muted": float(muted)},
        finding=finding,
        evidence={"sound_server": because("asked_through_session")},
    )


def choose(server: SoundServer, wanted: str) -> Node | None:
    """The sink that the configuration names, else the default one where it is a real speaker."""
    if wanted:
        return server.sink(wanted) or next(
            (node for node in server.sinks if wanted in node.name or wanted in node.description), None
        )
    real = [node for node in server.sinks if node.name != DUMMY_SINK and node.available]
    default = next((node for node in real if node.name == server.default_sink), None)
    if default is not None or server.garbled:  # the default one may be what we do not understand
        return default
    return real[0] if real else None


def judge(server: SoundServer, sink: Node, settings: Settings) -> Reading:
    """Mute, volume and default device, worst first."""
    finding = ""
    if not sink.available:
        finding = "speaker_missing"
    elif sink.muted:
        finding = "speaker_muted"
    elif sink.volume <= settings.least_volume:
        finding = "speaker_volume_zero"
    elif server.default_sink != sink.name:
        finding = "speaker_wrong_default"
    return Reading(
        check=CHECK,
        target=sink.name,
        values={"volume_ratio": sink.volume, "muted": float(sink.muted)},
        finding=finding,
        evidence={"default_sink": server.default_sink, "sink": sink.name, "sound_server": server.name},
    )
