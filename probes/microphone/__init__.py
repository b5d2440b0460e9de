"""The microphone: is it there, set right, and does it deliver sound? Capture runs in a child; only numbers come back.

Does not listen while anybody records, while a meeting runs or is about to start; then it says what it saw instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

import msgspec

from probes.child.isolate import Isolation, IsolationError
from probes.guard import guarded
from probes.judge_reading import Threshold
from probes.linux import sound_server
from probes.linux.sound_devices import Node, SoundServer, SoundServerError
from probes.linux.sound_server import Session
from probes.microphone import by_session
from probes.microphone.chosen import SETTINGS_CHECK, choose, closed_at, facts_of, judge_settings
from probes.microphone.discovery_linux import CaptureDevice, capture_devices
from probes.microphone.heard import CHECK, weigh
from probes.microphone.limits import Limits
from probes.microphone.measured_in_use import levels_of, measured, measured_by_session
from probes.microphone.pulse import recording_environment
from probes.microphone.source_kind import KINDS, Facts
from probes.reading import CannotMeasure, Context, Evidence, Fact, NothingToMeasure, Outcome, Reading, SessionSilent
from probes.why import Why, because

OPEN_SECONDS = 5.0
"""PortAudio opens a stream in 0.2 s; a sound server that wakes from sleep, on a loaded machine, takes several times
that."""

SILENCES = ("microphone_digital_silence", "microphone_dead", "microphone_stalled")
"""Findings of silence. With every other finding something was heard."""

STILL_SECONDS = 2.0
"""A running stream moves by a period, at most 0.1 s; one that stood still for so long has stalled."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[probe.microphone]"""

    source: str = ""
    # The room's microphone: a part of its stable name (`roomwatch probe microphone` prints it). Empty: the default.
    kind: Literal["auto", "raw", "processed", "virtual", "array"] = "auto"
    # What the source is. The silence of a raw one (a microphone at a plain converter) is a fault; all others gate or
    # suppress, and their silence may be an empty room. auto: found out from the device, the sound server and days of
    # looks; until it is known, silence alarms nobody.
    required: bool = True
    # False where a room may be without a microphone: its absence is then no fault.
    seconds: Annotated[float, msgspec.Meta(ge=0.5, le=30)] = 3.0
    # Seconds of sound that are judged. Longer tells slow faults apart better and holds the microphone longer.
    stall_seconds: Annotated[float, msgspec.Meta(gt=0, le=30)] = 2.0
    # An open microphone that delivers nothing for so long is stalled. Raise for radio links that take time to wake.
    least_gain: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05
    # Volume of the source at or below this (1 is 100 %, 0.05 is −78 dB) counts as turned off.
    cpu_seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5
    # The kernel ends a capture that burns more: PortAudio spins on some dead sources. A good one needs 0.5 s.
    session: Session = Session()
    # Where the sound server of the room's user is.
    limits: Limits = Limits()
    # What makes sound a fault.


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    """None: the judge in the child has its own limits and names the fault as a finding."""
    del settings
    return ()


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """Look at the settings that people touch, then listen, or say what was seen instead."""
    devices = capture_devices(context.proc, context.dev)
    try:
        server = await sound_server.look(settings.session)
    except SoundServerError as error:
        try:
            told = await context.session("sound", {"source": settings.source}) if context.session is not None else None
        except SessionSilent as silent:
            # That the sound server is closed to us is known, and meant so: what is wrong is the part that should tell.
            error, told = SoundServerError(silent.reason, silent.remedy, error.other_user, garbled=error.garbled), None
        if told is not None:
            said = await _through_session(settings, context, devices, told)
            return [await _in_call(one, settings, context, told) for one in said]
        return await _without_server(settings, context, devices, error)
    source = choose(server, settings.source)
    if source is None:
        return [_absent(settings, context, devices, server)]
    outcomes: list[Outcome] = [judge_settings(server, source, settings.least_gain)]
    context.say(outcomes[0])
    holders = server.holders_of(source)
    closed = closed_at(server, source, settings.least_gain)
    if holders:
        held = _in_use(context, source, holders[0].pid, holders[0].program, devices)
        if held.finding or closed[0] or not context.in_meeting:
            outcomes.append(held)
        else:
            facts = facts_of(server, source, settings.kind)
            outcomes.append(await measured(held, settings.session, context, server, source, facts))
    elif closed[0]:
        reason = _closed(closed[0] == "microphone_muted", "" if closed[1] == source.name else closed[1])
        outcomes.append(CannotMeasure(check=CHECK, target=source.name, reason=reason))
    elif not context.may_touch_devices:
        outcomes.append(_untouched(source.name, {"source_state": source.state, "seen_in": because("in_sound_server")}))
    else:
        listen = partial(_listen_through_server, settings, context, server, source)
        outcomes += await guarded(context, CHECK, listen, source.name)
    return outcomes


def _absent(settings: Settings, context: Context, devices: tuple[CaptureDevice, ...], server: SoundServer) -> Outcome:
    """Not in the server's list. A program that took the ALSA device for itself makes it vanish from there."""
    for device in devices:
        if device.held_by_program and device.answers_to(settings.source):
            return _in_use_alsa(context, device)
    if server.garbled:
        return CannotMeasure(
            check=CHECK,
            target=settings.source,
            reason=because("sound_not_understood", detail=server.garbled),
            broke=True,
        )
    if not settings.required:
        return NothingToMeasure(check=CHECK, target=settings.source, reason=because("no_microphone"))
    return Reading(
        check=CHECK,
        target=settings.source,
        finding="microphone_missing",
        evidence={"wanted": settings.source or "any", "microphones": len(server.microphones), "cards": len(devices)},
    )


def _closed(muted: bool, where: str) -> Why:
    """where: the source along the chain that is closed, "" for the microphone itself."""
    if where:
        return because("muted_at" if muted else "turned_down_at", name=where)
    return because("muted" if muted else "turned_down")


def _unknown(target: str, error: SoundServerError) -> CannotMeasure:
    return CannotMeasure(check=CHECK, target=target, reason=error.reason, remedy=error.remedy, broke=error.garbled)


def _in_use(context: Context, source: Node, pid: int, program: str, devices: tuple[CaptureDevice, ...]) -> Reading:
    evidence: dict[str, Fact] = {
        "busy_holder": program,
        "busy_pid": pid,
        "source_state": source.state,
        "seen_in": because("in_recordings"),
    }
    device = next((device for device in devices if source.card and str(device.card) == source.card), None)
    stands = device is not None and _stands_still(context, device)
    if device is not None:
        evidence["frames_delivered"] = device.position
    return _untouched(source.name, evidence, "microphone_stalled" if stands else "")


def _in_use_alsa(context: Context, device: CaptureDevice) -> Reading:
    evidence: Evidence = {
        "busy_holder": device.holder or "unknown",
        "busy_pid": device.holder_pid,
        "source_state": device.state,
        "frames_delivered": device.position,
        "seen_in": "/proc/asound",
    }
    finding = "microphone_stalled" if _stands_still(context, device) else ""
    return _untouched(device.stable_name, evidence, finding)


def _stands_still(context: Context, device: CaptureDevice) -> bool:
    """True when a running stream has delivered nothing since the last look: the holder waits for sound in vain."""
    seen = (device.state, device.holder_pid, device.position)
    key = f"position of {device.stable_name}"
    before = context.memory.get(key)
    now = context.monotonic()
    if isinstance(before, tuple) and before[1] == seen:
        return device.state == "RUNNING" and device.position >= 0 and now - float(before[0]) >= STILL_SECONDS
    context.memory[key] = (now, seen)
    return False


def _untouched(target: str, evidence: Evidence, finding: str = "") -> Reading:
    return Reading(check=CHECK, target=target, passive=True, evidence=evidence, finding=finding)


async def _listen_through_server(settings: Settings, context: Context, server: SoundServer, source: Node) -> Outcome:
    """Pinned to the source, and checked afterwards: a stream whose source goes away moves on to another in silence."""
    environment = settings.session.environment() | recording_environment(source.name)
    facts = facts_of(server, source, settings.kind)
    heard = await _listen(settings, context, "pulse", source.name, source.rate, source.channels, environment, facts)
    if not isinstance(heard, Reading) or heard.finding == "microphone_missing":
        return heard
    try:
        after = await sound_server.look(settings.session, since=True)
    except SoundServerError as error:
        return _unknown(source.name, error)
    still = after.source(source.name)
    if still is None or still.index != source.index:
        return CannotMeasure(check=CHECK, target=source.name, reason=because("microphone_went"))
    if closed_at(after, still, 0.0)[0] == "microphone_muted":
        return CannotMeasure(check=CHECK, target=source.name, reason=because("microphone_muted_meanwhile"))
    if heard.finding not in SILENCES:
        levels_of(context, source.name).heard()
    return heard


async def _through_session(
    settings: Settings, context: Context, devices: tuple[CaptureDevice, ...], told: Mapping[str, float]
) -> list[Outcome]:
    """What the room user's session part says, when the sound server is closed to us. It names no source."""
    assert context.session is not None
    target = settings.source
    if not told.get("source_present"):
        none = SoundServer(name="", sources=(), sinks=(), default_source="", default_sink="", recordings=())
        return [_absent(settings, context, devices, none)]
    muted, volume = bool(told.get("source_muted")), told.get("source_volume", 1.0)
    turned_down = volume <= settings.least_gain
    finding = "microphone_muted" if muted else "microphone_gain_zero" if turned_down else ""
    if not finding and not told.get("source_is_default"):
        finding = "microphone_wrong_default"
    evidence: Evidence = {"sound_server": because("asked_through_session")}
    values = {"gain_ratio": volume, "muted": float(muted)}
    outcomes: list[Outcome] = [
        Reading(check=SETTINGS_CHECK, target=target, values=values, finding=finding, evidence=evidence)
    ]
    if told.get("source_recordings"):
        pid = int(told.get("source_recorder", 0.0))
        program = by_session.program_of(pid, context.proc) or "?"
        held: Evidence = {"busy_holder": program, "busy_pid": pid, "seen_in": because("in_recordings")}
        outcomes.append(_untouched(target, {**evidence, **held}))
    elif muted or turned_down:
        outcomes.append(CannotMeasure(check=CHECK, target=target, reason=_closed(muted, "")))
    elif not context.may_touch_devices:
        outcomes.append(_untouched(target, {**evidence, "seen_in": because("in_sound_server")}))
    else:
        wanted = {"source": settings.source, "seconds": settings.seconds, "stall_seconds": settings.stall_seconds}
        try:
            heard = await context.session("microphone", wanted | {"limits": msgspec.to_builtins(settings.limits)})
        except SessionSilent as silent:
            outcomes.append(CannotMeasure(check=CHECK, target=target, reason=silent.reason, remedy=silent.remedy))
        else:
            facts = _facts_told(settings, told)
            outcomes.append(weigh(by_session.from_numbers(heard or {}), target or "default", facts, context))
            if isinstance(outcomes[-1], Reading) and outcomes[-1].finding not in SILENCES:
                levels_of(context, target or "default").heard()
    return outcomes


async def _in_call(outcome: Outcome, settings: Settings, context: Context, told: Mapping[str, float]) -> Outcome:
    """What the session part told of a microphone, with its level where a call uses it. Under one name, whether it is in
    use or was listened to: what was found in one state is over in the other."""
    if outcome.check != CHECK or not isinstance(outcome, Reading):
        return outcome
    held = replace(outcome, target=outcome.target or "default")
    closed = told.get("source_muted") or told.get("source_volume", 1.0) <= settings.least_gain
    if not told.get("source_recordings") or closed or not context.in_meeting:
        return held
    return await measured_by_session(held, settings.source, context, _facts_told(settings, told))


def _facts_told(settings: Settings, told: Mapping[str, float]) -> Facts:
    kind = settings.kind
    if kind == "auto":  # what the session part knows of the device; "unknown" leaves it to the habits
        told_kind = KINDS[int(told.get("source_kind", 0.0)) % len(KINDS)]
        kind = told_kind if told_kind != "unknown" else "auto"
    return Facts(name=settings.source, configured=kind)


async def _without_server(
    settings: Settings, context: Context, devices: tuple[CaptureDevice, ...], error: SoundServerError
) -> list[Outcome]:
    """ALSA alone: rooms without a sound server, or with one that belongs to a user whom we may not ask."""
    if error.other_user or error.garbled or not devices:
        if not devices and not error.other_user and not error.garbled and not settings.required:
            return [NothingToMeasure(check=CHECK, reason=because("no_microphone"))]
        return [_unknown(settings.source, error)]
    device = next((d for d in devices if d.answers_to(settings.source)), None)
    if device is None:
        return [
            Reading(check=CHECK, target=settings.source, finding="microphone_missing", evidence={"cards": len(devices)})
        ]
    if device.holder_pid:
        return [_in_use_alsa(context, device)]
    if not context.may_touch_devices:
        return [_untouched(device.stable_name, {"source_state": device.state, "seen_in": "/proc/asound"})]
    bus = "pci" if "HDA" in device.name else ""
    facts = Facts(name=f"{device.stable_name} {device.name}", bus=bus, configured=settings.kind)
    return [await _listen(settings, context, device.portaudio_suffix, device.stable_name, 0, 0, {}, facts)]


async def _listen(
    settings: Settings,
    context: Context,
    device: str,
    target: str,
    rate: int,
    channels: int,
    environment: dict[str, str],
    facts: Facts,
) -> Outcome:
    isolation = context.memory.setdefault("isolation", Isolation())
    assert isinstance(isolation, Isolation)
    wanted = {
        "device": device,
        "seconds": settings.seconds,
        "rate": float(rate),
        "channels": channels,
        "stall_seconds": settings.stall_seconds,
        "limits": msgspec.to_builtins(settings.limits),
    }
    try:
        answer = await isolation.run(
            "probes.microphone.capture:listen",
            wanted,
            key=f"microphone:{target}",
            deadline=settings.seconds + settings.stall_seconds + OPEN_SECONDS,
            cpu_seconds=settings.cpu_seconds,
            environment=environment,
        )
    except IsolationError as error:
        if error.kind == "deadline":
            return Reading(
                check=CHECK, target=target, finding="microphone_stalled", evidence={"reason": because("child_deadline")}
            )
        return CannotMeasure(check=CHECK, target=target, reason=because(f"child_{error.kind}"), broke=error.broke)
    return weigh(answer, target, facts, context)
