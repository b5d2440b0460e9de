"""What the session part can be asked: one literal table, verb → function. Refuses to change anything in the session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec

from monitor.meeting_evidence import Seen, to_numbers, uses
from monitor.session import SessionError, Trouble
from probes import sound_server
from probes.isolate import Isolation, IsolationError
from probes.microphone.discovery_linux import capture_devices
from probes.microphone.limits import Limits
from probes.software.media_sockets_linux import media_sockets
from probes.software.processes_linux import ProcessTable
from probes.software.profiles import shipped
from probes.sound_server import SoundServer, SoundServerError
from probes.video_holders import find_video_holders

LISTEN_SECONDS_MOST = 10.0
PROBLEMS = ("", "absent", "busy", "refused", "stalled", "gone")
"""What may go wrong while capturing; the answer carries the place in this list."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """source: name of a microphone; "" is the default one. seconds: how long to listen."""

    verb: str
    source: str = ""
    seconds: float = 3.0


async def sound(request: Request) -> dict[str, float]:
    """Counts, volumes (1.0 is 100 %), mute (0 or 1) of the session's sound server; nothing is opened."""
    server = await _look()
    source = server.source(request.source or server.default_source)
    sink = server.sink(server.default_sink)
    answer: dict[str, float] = {
        "microphones": len(server.microphones),
        "speakers": len(server.sinks),
        "recordings": sum(not stream.corked for stream in server.recordings),
        "source_present": int(source is not None),
        "source_is_default": int(source is not None and source.name == server.default_source),
        "sink_present": int(sink is not None),
    }
    if source is not None:
        answer |= {"source_volume": source.volume, "source_muted": int(source.muted)}
        answer["source_recordings"] = len(server.recordings_of(source))
    if sink is not None:
        answer |= {"sink_volume": sink.volume, "sink_muted": int(sink.muted)}
    return answer


async def microphone(request: Request) -> dict[str, float]:
    """Listen in a child and judge there: healthy (1 or 0), and levels. Refused while another records."""
    server = await _look()
    source = server.source(request.source or server.default_source)
    if source is None:
        return {"problem": PROBLEMS.index("absent")}
    if server.recordings_of(source):
        raise SessionError("somebody records from it", Trouble.BUSY)
    seconds = min(max(request.seconds, 0.2), LISTEN_SECONDS_MOST)
    wanted = {
        "device": "pulse",
        "seconds": seconds,
        "rate": float(source.rate),
        "channels": source.channels,
        "stall_seconds": 3.0,
        "limits": msgspec.to_builtins(Limits()),
    }
    try:
        heard = await Isolation().run(
            "probes.microphone.capture:listen",
            wanted,
            key="microphone",
            deadline=seconds + 10,
            environment={"PULSE_SOURCE": source.name},
        )
    except IsolationError as error:
        raise SessionError(str(error), Trouble.FAILED) from error
    problem = str(heard.get("problem", ""))
    numbers = {"problem": float(PROBLEMS.index(problem) if problem in PROBLEMS else len(PROBLEMS))}
    numbers |= {"healthy": int(heard.get("label") == "healthy"), "confidence": float(heard.get("confidence", 0.0))}
    values = heard.get("numbers", {})
    return numbers | {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    }


async def meeting(request: Request) -> dict[str, float]:
    """Who of this user's programs holds camera, microphone and media sockets: ``camera_zoom`` 1, ``sockets_meet`` 2.

    Only profiles of config/applications.toml have names; every other program is "browser" or "other".
    """
    try:
        server: SoundServer | None = await _look()
    except SessionError:
        server = None  # a session without sound may still hold the camera
    proc, dev = Path("/proc"), Path("/dev")
    seen = Seen(
        applications=shipped(),
        running=tuple(ProcessTable().look(proc)),
        holders=find_video_holders(proc, str(dev / "video")),
        server=server,
        devices=capture_devices(proc, dev),
        sockets=media_sockets(proc),
    )
    return to_numbers(uses(seen)[0])


async def _look() -> SoundServer:
    try:
        return await sound_server.look()
    except SoundServerError as error:
        raise SessionError(error.reason, Trouble.NO_SOUND_SERVER) from error


VERBS: Mapping[str, Callable[[Request], Awaitable[dict[str, float]]]] = {
    "sound": sound,
    "microphone": microphone,
    "meeting": meeting,
}
