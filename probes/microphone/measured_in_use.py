"""Measure the level of a microphone that a call uses, and say what it means. Records nothing, opens no device."""

from __future__ import annotations

from dataclasses import replace

from probes.child.isolate import Isolation, IsolationError
from probes.linux.sound_devices import Node, SoundServer
from probes.linux.sound_server import Session
from probes.microphone.in_use import CallLevels
from probes.microphone.listening import FILE, Listening
from probes.microphone.source_kind import Facts
from probes.reading import CannotMeasure, Context, Outcome, Reading, because

SECONDS = 6.0
"""A word and the pause after it."""

START_SECONDS = 3.0
"""A loaded computer starts the child and two streams in less."""


async def measured(
    held: Reading, session: Session, context: Context, server: SoundServer, source: Node, facts: Facts
) -> Outcome:
    """held: what is said of the microphone without a level; it stands where the server gives none (PulseAudio does so
    only to programs that ask in its own way)."""
    if "PipeWire" not in server.name:
        return held
    pid, program = int(str(held.evidence["busy_pid"])), str(held.evidence["busy_holder"])
    monitor = _speaker(server, program)
    isolation = context.memory.setdefault("isolation", Isolation())
    assert isinstance(isolation, Isolation)
    try:
        answer = await isolation.run(
            "probes.microphone.meters:levels",
            {"names": [name for name in (source.name, monitor) if name], "seconds": SECONDS},
            key=f"meter:{source.name}",
            deadline=SECONDS + START_SECONDS,
            environment=session.environment(),
        )
    except IsolationError:
        return held
    peaks = answer.get("peaks")
    if answer.get("problem") or not isinstance(peaks, dict) or source.name not in peaks:
        return held
    return _weighed(held, pid, float(peaks[source.name]), float(peaks.get(monitor, -120.0)), context, facts)


def _weighed(held: Reading, pid: int, peak: float, speaker: float, context: Context, facts: Facts) -> Outcome:
    listening = context.memory.setdefault("listening", Listening(context.state / FILE))
    assert isinstance(listening, Listening)
    kind, _ = listening.kind(held.target, facts)
    known = held.target in listening.habits and listening.habits[held.target].channels_live > 0
    verdict = levels_of(context, held.target).take(pid, peak, speaker, kind, context.monotonic(), known=known)
    if verdict == "unknown":
        reason = because("call_silent", level=round(peak))
        return CannotMeasure(check=held.check, target=held.target, reason=reason)
    finding = "" if verdict == "heard" else f"microphone_{verdict}"
    evidence = {**held.evidence, "source_kind": kind, "seen_in": because("in_level_meters")}
    values = {"call_peak_dbfs": round(peak, 1), "call_speaker_peak_dbfs": round(speaker, 1)}
    return replace(held, finding=finding, evidence=evidence, values=values)


def levels_of(context: Context, target: str) -> CallLevels:
    """What earlier looks at this microphone in calls have said."""
    levels = context.memory.setdefault(f"levels of {target}", CallLevels())
    assert isinstance(levels, CallLevels)
    return levels


def _speaker(server: SoundServer, program: str) -> str:
    """The monitor of the loudspeaker on which the call's own program plays, else of any that plays; "" for none."""
    playing = sorted(server.playing, key=lambda one: one[1] != program)
    index = playing[0][0] if playing else None
    sink = next((node for node in server.sinks if node.index == index), None)
    return f"{sink.name}.monitor" if sink is not None else ""
