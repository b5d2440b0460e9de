"""What the session part can be asked: one literal table, verb → function.

Most only look. What changes something has a file of its own: restart_program, restart_units, open_link, screen.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec

from monitor.user_session_client.protocol import SessionError, Trouble
from probes import speaker
from probes.acoustic import Settings as AcousticSettings
from probes.child.isolate import Isolation, IsolationError
from probes.linux import sound_server
from probes.linux.sound_chain import behind
from probes.linux.sound_devices import SoundServer, SoundServerError
from probes.linux.video_holders import find_video_holders
from probes.microphone import chosen as microphone_chosen
from probes.microphone.by_session import to_numbers as heard_numbers
from probes.microphone.discovery_linux import capture_devices
from probes.microphone.limits import Limits
from probes.microphone.measured_in_use import peaks_of
from probes.microphone.pulse import recording_environment
from probes.microphone.source_kind import KINDS, Habits, kind_of

LISTEN_SECONDS_MOST = 10.0
STARTING_SECONDS = 20.0
"""For the start of the child and its judgement: 0.3 s on a PC, and 12 on one that is ten times slower and busy. The
monitor's own deadline ends an answer that takes too long for it."""


class OwnApplication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a program of the room's own configuration known; fields as in a profile."""

    executables: tuple[str, ...]
    meeting_helpers: tuple[str, ...] = ()
    command: str | tuple[str, ...] = ""
    native: bool = False
    call_titles: tuple[str, ...] = ()


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """source, sink: as in the probes' settings; "" is the default one. seconds: how long to listen.

    stall_seconds, limits: as in the microphone probe's settings. application: a profile's id.
    link: a join link. pid: a process of this user. dry: change nothing.
    applications: programs that the room's configuration adds to the shipped profiles, by id.
    acoustic: the acoustic probe's settings. asked: a person asked for that check.
    """

    verb: str
    source: str = ""
    sink: str = ""
    seconds: float = 3.0
    stall_seconds: float = 3.0
    limits: Limits = Limits()
    application: str = ""
    link: str = ""
    pid: int = 0
    dry: bool = False
    applications: dict[str, OwnApplication] = {}
    acoustic: AcousticSettings = AcousticSettings()
    asked: bool = False


async def sound(request: Request) -> dict[str, float]:
    """Counts, volumes (1.0 is 100 %), mute (0 or 1) of the session's sound server; nothing is opened."""
    server = await _look()
    source = microphone_chosen.choose(server, request.source)
    sink = speaker.choose(server, request.sink)
    if server.garbled and (source is None or sink is None):
        raise SessionError(server.garbled, Trouble.NO_SOUND_SERVER)
    answer: dict[str, float] = {
        "microphones": len(server.microphones),
        "speakers": len(server.sinks),
        "recordings": sum(not stream.corked for stream in server.recordings),
        "source_present": int(source is not None),
        "source_is_default": int(source is not None and source.name == server.default_source),
        "sink_present": int(sink is not None and sink.available),
        "sink_is_default": int(sink is not None and sink.name == server.default_sink),
    }
    if source is not None:
        closed, _ = microphone_chosen.closed_at(server, source, 0.0)
        kind, _ = kind_of(microphone_chosen.facts_of(server, source, "auto"), Habits())
        answer |= {
            "source_volume": min(node.volume for node in (source, *behind(server, source))),
            "source_muted": int(closed == "microphone_muted"),
            "source_kind": KINDS.index(kind),
        }
        holders = server.holders_of(source)
        answer |= {"source_recordings": len(holders), "source_recorder": holders[0].pid if holders else 0}
    if sink is not None:
        answer |= {"sink_volume": sink.volume, "sink_muted": int(sink.muted)}
    return answer


async def microphone(request: Request) -> dict[str, float]:
    """Listen in a child and judge there: problem and label by their places, and levels. Refused while another records.

    The places are those in probes/microphone/by_session.py.
    """
    server = await _look()
    source = microphone_chosen.choose(server, request.source)
    if source is None:
        return heard_numbers({"problem": "absent"})
    if server.holders_of(source):
        raise SessionError("somebody records from it", Trouble.BUSY)
    seconds = min(max(request.seconds, 0.2), LISTEN_SECONDS_MOST)
    wanted = {
        "device": "pulse",
        "seconds": seconds,
        "rate": float(source.rate),
        "channels": source.channels,
        "stall_seconds": min(max(request.stall_seconds, 0.2), LISTEN_SECONDS_MOST),
        "limits": msgspec.to_builtins(request.limits),
    }
    try:
        heard = await Isolation().run(
            "probes.microphone.capture:listen",
            wanted,
            key="microphone",
            deadline=seconds + STARTING_SECONDS,
            environment=recording_environment(source.name),
        )
    except IsolationError as error:
        raise SessionError(str(error), Trouble.FAILED) from error
    after = await _look()
    still = after.source(source.name)
    if still is None or still.index != source.index:
        return heard_numbers({"problem": "gone"})  # a stream whose source goes away moves on to another in silence
    return heard_numbers(heard)


async def levels(request: Request) -> dict[str, float]:
    """How loud the microphone that a program records is at most, and the loudspeaker on which it plays, in dBFS by the
    server's own meters. Nothing is opened that no program uses. Empty where nobody records, or no level is told."""
    server = await _look()
    source = microphone_chosen.choose(server, request.source)
    holders = server.holders_of(source) if source is not None else ()
    if source is None or not holders:
        return {}
    peaks = await peaks_of(server, source, holders[0].program, Isolation(), {})
    if peaks is None:
        return {}
    return {"recorder": holders[0].pid, "peak_dbfs": peaks[0], "speaker_peak_dbfs": peaks[1]}


async def meeting(request: Request) -> dict[str, float]:
    """Who of this user's programs holds camera, microphone and media sockets, or shows the window of a call:
    ``camera_zoom`` 1, ``sockets_meet`` 2, ``window_teams`` 1.

    Only profiles of config/applications.toml and those that the caller names have names; every other program is
    "browser" or "other".
    """
    from monitor.meeting.evidence import UserView, to_numbers, uses  # half of the start, and no other verb needs it
    from probes.software.call_window import in_call
    from probes.software.media_sockets_linux import media_sockets, streams
    from probes.software.meeting_signs import programs
    from probes.software.processes_linux import ProcessTable, owner_of
    from probes.software.profiles import Application, shipped

    try:
        server: SoundServer | None = await _look()
    except SessionError:
        server = None  # a session without sound may still hold the camera
    proc, dev = Path("/proc"), Path("/dev")
    applications = {
        **shipped(),
        **{name: Application(**msgspec.structs.asdict(one)) for name, one in request.applications.items()},
    }
    running = tuple(ProcessTable().look(proc))
    mine = [one for one in programs(applications, running).values() if owner_of(one.pids[0], proc) == os.getuid()]
    seen = UserView(
        applications=applications,
        running=running,
        in_call=await in_call(applications, mine, proc),
        holders=find_video_holders(proc, str(dev / "video")),
        server=server,
        devices=capture_devices(proc, dev),
        sockets=(*media_sockets(proc), *streams(proc)),
    )
    return to_numbers(uses(seen)[0])


async def signed_in(request: Request) -> dict[str, float]:
    """What this user's client shows or writes about its login: ``says``, as in probes/software/signed_in.py."""
    from monitor.user_session.programs import profiles
    from probes.software.processes_linux import ProcessTable, owner_of
    from probes.software.signed_in import UNKNOWN, judge

    application = profiles().get(request.application)
    found = ProcessTable().these(Path("/proc"), (request.pid,))
    mine = [one for one in found if owner_of(one.pid, Path("/proc")) == os.getuid()]
    if application is None or not mine:
        return {"says": UNKNOWN}
    says, _ = await judge(application, mine, Path("/proc"))
    return {"says": says}


async def _look() -> SoundServer:
    try:
        return await sound_server.look()
    except SoundServerError as error:
        raise SessionError(str(error.reason), Trouble.NO_SOUND_SERVER) from error


def _loaded_when_asked(module: str, name: str) -> Callable[[Request], Awaitable[dict[str, float]]]:
    """The function of this name beside this module: what only looks starts without it."""

    async def run(request: Request) -> dict[str, float]:
        function = getattr(importlib.import_module(f"monitor.user_session.{module}"), name)
        answer: dict[str, float] = await function(request)
        return answer

    return run


async def screen(request: Request) -> dict[str, float]:
    """Open the room's own page on its display, or close it."""
    from monitor.user_session.screen import screen as show

    return await show(request)


async def acoustic(request: Request) -> dict[str, float]:
    """Let the room listen to itself: a short, quiet sweep, and what the microphone made of it."""
    from monitor.user_session.acoustic import check

    try:
        return await check(request)
    except SoundServerError as error:
        raise SessionError(str(error.reason), Trouble.NO_SOUND_SERVER) from error


VERBS: Mapping[str, Callable[[Request], Awaitable[dict[str, float]]]] = {
    "sound": sound,
    "microphone": microphone,
    "levels": levels,
    "acoustic": acoustic,
    "meeting": meeting,
    "signed_in": signed_in,
    "windows": _loaded_when_asked("ask_windows", "windows"),
    "restart": _loaded_when_asked("restart_program", "restart"),
    "restart_sound": _loaded_when_asked("restart_units", "restart_sound"),
    "open_link": _loaded_when_asked("open_link", "open_link"),
    "screen": screen,
}
