"""The room listens to itself: a short, quiet sweep through the loudspeaker, heard by the microphone, in an empty room.

Off until the admin allows it. Never in a meeting, before one, while anybody plays or records, or when the room is not
quiet. Sound stays in the child; only numbers come back.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import asdict, replace
from typing import Annotated

import msgspec

from probes.acoustic import volume
from probes.acoustic.bounds import BOUNDS, Bounds
from probes.acoustic.by_session import checked_by_session
from probes.acoustic.joining import watched
from probes.acoustic.schedule import MEETING_SECONDS, due
from probes.acoustic.screen import all_asleep, is_screen
from probes.child.isolate import Isolation, IsolationError
from probes.judge_reading import Threshold
from probes.linux import sound_server
from probes.linux.sound_devices import ANY_SOURCE, Node, Recording, SoundServer, SoundServerError
from probes.linux.sound_server import Session
from probes.reading import CannotMeasure, Context, Fact, NothingToMeasure, Outcome, Reading
from probes.why import Why, because, why_in

CHECK = "acoustic"
KEY = "acoustic"

CHILD = "probes.acoustic.capture:check"
NOTHING_HEARD = ("acoustic_speaker_silent", "acoustic_microphone_silent")
"""What a screen that sleeps by itself looks like, too; a gated microphone has nothing to open for then."""

DEADLINE_SECONDS = 15.0
"""Seconds for the child: two of sweep, two of listening, and a sound server that wakes slowly."""

MOST_MICROPHONES = 4
"""That are recorded beside the room's own, to say which one hears instead."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[probes.acoustic]"""

    allowed: bool = False
    # True: once a night, in an empty room, a sweep of less than two seconds is played, as soft as a murmur.
    at: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "03:30"
    # When, by the machine's clock; within the following hour, and at the latest until somebody comes.
    before_meetings: bool = False
    # True: also between 20 and 15 minutes before each meeting of the calendar, where the room is quiet.
    sink: str = ""
    # The room's loudspeaker, a part of its stable name. Empty: the default one.
    source: str = ""
    # The room's microphone, likewise.
    dbfs: Annotated[float, msgspec.Meta(ge=-60, le=-30)] = -34.0
    # RMS of the sweep. Raise in large rooms with soft loudspeakers; more than -30 is never played.
    most_volume: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.7
    # A louder loudspeaker is turned down to this meanwhile, and put back.
    cancels: bool = False
    # True where one device is both, and takes its own sound out of its microphone (a speakerphone's echo canceller):
    # that nothing is heard proves nothing then.
    most_delay: Annotated[float, msgspec.Meta(gt=0, le=2)] = BOUNDS.most_delay
    # Seconds from loudspeaker to microphone. Echo cancelling in meeting applications fails beyond it.
    least_gain: Annotated[float, msgspec.Meta(ge=-90, le=0)] = BOUNDS.least_gain
    # dB from what is played to what is heard. Lower in large rooms.
    most_distortion: Annotated[float, msgspec.Meta(gt=0, le=1)] = BOUNDS.most_distortion
    # Overtones of the sound. Small loudspeakers reach 0.05 at so low a level.
    session: Session = Session()
    # Where the sound server of the room's user is.


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    """None: the judge in the child has its own bounds and names the fault as a finding."""
    del settings
    return ()


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """By schedule where it is allowed; at once where a person asks (wake "once"). Else what was found last."""
    if not settings.allowed:
        return [NothingToMeasure(check=CHECK, reason=because("acoustic_off"))]
    await mend_volume(settings, context)
    why = due(settings.at, context.now(), context.meeting_in_seconds, before_meetings=settings.before_meetings)
    last = context.memory.get("outcome")
    confirms = context.wake == "confirm" and isinstance(last, Reading) and bool(last.finding)
    if context.wake != "once" and not confirms and (not why or context.memory.get("done") == why):
        return [_with_age(last, context)] if isinstance(last, Reading | CannotMeasure) else []
    outcome = await _checked(settings, context, asked=context.wake == "once" or confirms)
    if isinstance(outcome, Reading):
        context.memory.update({"done": why or context.memory.get("done"), "listened_at": context.now()})
    context.memory["outcome"] = outcome
    return [_with_age(outcome, context)]


def _with_age(outcome: Reading | CannotMeasure, context: Context) -> Outcome:
    """What was found, and how long ago the room last listened to itself."""
    at = context.memory.get("listened_at")
    if not isinstance(outcome, Reading) or not isinstance(at, float):
        return outcome
    return replace(outcome, values={**outcome.values, "listened_ago_seconds": max(0.0, context.now() - at)})


async def mend_volume(settings: Settings, context: Context) -> None:
    """Put back what an earlier process lowered before it died."""
    if not context.memory.setdefault("mended", False):
        context.memory["mended"] = True
        await volume.put_back(volume.left_behind(context.state), settings.session, context.state)


def hindered(context: Context) -> Why | None:
    """Why no sweep may be played now, as far as meetings say it; None where it may."""
    if context.in_meeting is not False:
        return because("meeting_runs" if context.in_meeting else "meeting_unknown")
    if context.meeting_in_seconds is not None and context.meeting_in_seconds <= MEETING_SECONDS:
        return because("meeting_soon", minutes=round(context.meeting_in_seconds / 60))
    return None


async def _checked(settings: Settings, context: Context, *, asked: bool) -> Reading | CannotMeasure:
    """Here, or where the sound server is closed to us by the room user's session part."""
    if why := hindered(context):
        return CannotMeasure(check=CHECK, reason=why)
    try:
        return await check_now(settings, context, asked=asked)
    except SoundServerError as error:
        told = await checked_by_session(msgspec.to_builtins(settings), settings.source, context, asked=asked)
        return told or CannotMeasure(check=CHECK, reason=error.reason, remedy=error.remedy)


async def check_now(settings: Settings, context: Context, *, asked: bool) -> Reading | CannotMeasure:
    """Play and listen, unless somebody uses the sound. asked: by a person, who may be expected to have woken the
    screen. Raises SoundServerError where there is no sound server to ask."""
    server = await sound_server.look(settings.session, since=True)
    sink, source = _sink(server, settings.sink), _source(server, settings.source)
    if sink is None or source is None:
        return CannotMeasure(
            check=CHECK, reason=because("no_loudspeaker_here" if sink is None else "no_microphone_here")
        )
    if is_screen(sink) and all_asleep(context.sys):
        return CannotMeasure(check=CHECK, target=source.name, reason=because("screen_asleep"))
    if sink.muted or sink.volume <= 0.0 or source.muted:
        return CannotMeasure(check=CHECK, target=source.name, reason=because("one_is_muted"))
    if users := [stream.program for stream in server.recordings if _listens(server, stream)]:
        recorded = because("program_records", program=users[0])
        return CannotMeasure(check=CHECK, target=source.name, reason=recorded, busy_holder=users[0])
    if players := [program for index, program in server.playing if index == sink.index]:
        played = because("program_plays", program=players[0])
        return CannotMeasure(check=CHECK, target=source.name, reason=played, busy_holder=players[0])
    found = await _played(settings, context, server, sink, source)
    if not asked and is_screen(sink) and isinstance(found, Reading) and found.finding in NOTHING_HEARD:
        return CannotMeasure(check=CHECK, target=source.name, reason=because("screen_may_sleep"))
    return found


def _listens(server: SoundServer, stream: Recording) -> bool:
    """A program that takes sound from a microphone; what a screen recorder takes from a loudspeaker is no meeting."""
    indexes = {ANY_SOURCE, *(node.index for node in server.microphones)}
    return (bool(stream.pid) or stream.source == ANY_SOURCE) and not stream.corked and stream.source in indexes


def _sink(server: SoundServer, wanted: str) -> Node | None:
    name = wanted or server.default_sink
    found = server.sink(name) or next((node for node in server.sinks if wanted and wanted in node.name), None)
    return found if found is not None and found.available and found.name != "auto_null" else None


def _source(server: SoundServer, wanted: str) -> Node | None:
    name = wanted or server.default_source
    found = server.source(name) or next((node for node in server.microphones if wanted and wanted in node.name), None)
    return found if found is not None and found.available and not found.monitor else None


async def _played(
    settings: Settings, context: Context, server: SoundServer, sink: Node, source: Node
) -> Reading | CannotMeasure:
    isolation = context.memory.setdefault("isolation", Isolation())
    assert isinstance(isolation, Isolation)
    rest = [node for node in server.microphones if node.name != source.name and node.available and not node.muted]
    ears = {node.name: max(1, min(node.channels, 8)) for node in (source, *rest[:MOST_MICROPHONES])}
    wanted = {
        "sink": sink.name,
        "sink_channels": sink.channels,
        "source": source.name,
        "channels": ears,
        "dbfs": settings.dbfs,
        "bounds": asdict(Bounds(most_delay=settings.most_delay, least_gain=settings.least_gain,
                                most_distortion=settings.most_distortion)),
        "cancels": settings.cancels or _one_device(sink, source),
    }  # fmt: skip
    somebody = False

    def joined() -> None:
        nonlocal somebody
        somebody = True
        _stop(isolation)

    kept = await volume.lower(sink, settings.most_volume, settings.session, context.state)
    try:
        own = {"source-output": len(ears) + 1, "sink-input": 1}
        async with watched(settings.session, own, joined):
            answer = await isolation.run(
                CHILD, wanted, key=KEY, deadline=DEADLINE_SECONDS, environment=settings.session.environment()
            )
    except IsolationError as error:
        why = because("somebody_joined") if somebody else because(f"child_{error.kind}")
        return CannotMeasure(check=CHECK, target=source.name, reason=why)
    finally:
        await volume.put_back(kept, settings.session, context.state)
    return interpret(answer, sink.name, source.name)


def _stop(isolation: Isolation) -> None:
    """The child and the programs that play and record for it, at once: what they hold back is never played."""
    process = isolation.running.get(KEY)
    if process is not None and process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _one_device(sink: Node, source: Node) -> bool:
    """A speakerphone: loudspeaker and microphone on one card of a bus, and no plain converter of the computer."""
    return bool(sink.card) and sink.card == source.card and sink.bus in ("usb", "bluetooth")


def interpret(answer: dict[str, object], sink: str, source: str) -> Reading | CannotMeasure:
    """The child's answer → an outcome."""
    problem, finding = str(answer.get("problem", "")), str(answer.get("finding", ""))
    why = why_in(answer.get("why"))
    if problem or finding == "unknown":
        return CannotMeasure(check=CHECK, target=source, reason=why or because("no_usable_answer"))
    numbers = answer.get("numbers")
    values = {str(key): float(value) for key, value in numbers.items()} if isinstance(numbers, dict) else {}
    evidence: dict[str, Fact] = {"loudspeaker": sink, "microphone": source}
    evidence |= {"judged": why} if why else {}
    if answer.get("hears"):
        evidence["hears_instead"] = str(answer["hears"])
    confidence = answer.get("confidence")
    return Reading(
        check=CHECK,
        target=source,
        values=values,
        finding=f"acoustic_{finding}" if finding else "",
        confidence=float(confidence) if isinstance(confidence, int | float) else 1.0,
        evidence=evidence,
    )
