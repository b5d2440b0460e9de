"""Measure the level of a microphone that a call uses, and say what it means. Records nothing, opens no device."""

from __future__ import annotations

from dataclasses import replace

from probes.child.isolate import Isolation, IsolationError
from probes.linux.sound_devices import Node, SoundServer
from probes.linux.sound_server import Session
from probes.microphone.in_use import CallLevels
from probes.microphone.listening import FILE, Listening
from probes.microphone.source_kind import Facts
from probes.reading import CannotMeasure, Context, Outcome, Reading, SessionSilent
from probes.why import because

SECONDS = 6.0
"""A word and the pause after it."""

FLOOR_DBFS = -120.0
"""Level of a loudspeaker that does not play: the meters tell nothing of it."""

START_SECONDS = 3.0
"""A loaded computer starts the child and two streams in less."""


async def measured(
    held: Reading, session: Session, context: Context, server: SoundServer, source: Node, facts: Facts
) -> Outcome:
    """held: what is said of the microphone without a level; it stands where the server gives none."""
    isolation = context.memory.setdefault("isolation", Isolation())
    assert isinstance(isolation, Isolation)
    peaks = await peaks_of(server, source, str(held.evidence["busy_holder"]), isolation, session.environment())
    return held if peaks is None else _weighed(held, int(str(held.evidence["busy_pid"])), *peaks, context, facts)


async def measured_by_session(held: Reading, wanted: str, context: Context, facts: Facts) -> Outcome:
    """The same where the sound server is closed to us: the room user's session part reads the meters. wanted: the
    source, as configured."""
    if context.session is None or not held.evidence.get("busy_pid"):
        return held
    try:
        told = await context.session("levels", {"source": wanted})
    except SessionSilent:
        return held
    if not told or "peak_dbfs" not in told or told.get("recorder") != held.evidence["busy_pid"]:
        return held
    speaker = told.get("speaker_peak_dbfs", FLOOR_DBFS)
    return _weighed(held, int(told["recorder"]), told["peak_dbfs"], speaker, context, facts)


async def peaks_of(
    server: SoundServer, source: Node, program: str, isolation: Isolation, environment: dict[str, str]
) -> tuple[float, float] | None:
    """(of the source, of the loudspeaker on which the program plays): the loudest peaks, in dBFS. None where the server
    gives none: PulseAudio does so only to programs that ask in its own way."""
    if "PipeWire" not in server.name:
        return None
    monitor = _speaker(server, program)
    try:
        answer = await isolation.run(
            "probes.microphone.meters:levels",
            {"names": [name for name in (source.name, monitor) if name], "seconds": SECONDS},
            key=f"meter:{source.name}",
            deadline=SECONDS + START_SECONDS,
            environment=environment,
        )
    except IsolationError:
        return None
    peaks = answer.get("peaks")
    if answer.get("problem") or not isinstance(peaks, dict) or source.name not in peaks:
        return None
    return float(peaks[source.name]), float(peaks.get(monitor, FLOOR_DBFS))


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
