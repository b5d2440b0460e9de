"""What the sound server (PipeWire or PulseAudio) says about sources, sinks, defaults, mute, volume and who records.

Runs ``pactl`` asynchronously with a time limit; does not open a stream and to change anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from probes.child.process_end import kill

QUERY_SECONDS = 3.0
"""A live server answers in 20 ms; one that has not answered after this long is hung."""

SESSION_PART_HOW = (
    "sudo usermod -aG roomwatch-session {user}, log that user out and in, then: "
    "sudo systemctl --user -M {user}@ enable --now roomwatch-session.socket"
)
"""What to type where the sound server is another user's; that user's session part then answers with numbers only."""

SHARED_SOCKET_HOW = (
    'put pulse.properties = { server.address = [ "unix:native" "unix:/run/room-sound/native" ] } into '
    "/etc/pipewire/pipewire-pulse.conf.d/50-roomwatch.conf, give /run/room-sound to that user with group roomwatch "
    'and mode 0750, and set session.server = "unix:/run/room-sound/native" (docs/sound-of-another-user.md)'
)
"""Where the session part is not wanted: its runtime folder is closed to us, and stays closed."""

NORMAL_VOLUME = 65536
"""PA_VOLUME_NORM of the PulseAudio protocol: 100 %."""


class SoundServerError(Exception):
    """No usable sound server. remedy says what to do; other_user names the user whose server it is, or "".
    garbled: it answered, and we do not understand it."""

    def __init__(self, reason: str, remedy: str = "", other_user: str = "", *, garbled: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.other_user = other_user
        self.garbled = garbled


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One source (microphone) or sink (speaker).

    index: the server's number, never given again while the server runs; name: stable over replugging.
    volume: the loudest channel, 1.0 is 100 %. monitor: a source that only repeats what a sink plays.
    available: False where the server knows that nothing is plugged into its port.
    virtual: made by a program or a module of the server (a filter, an echo canceller, a remap), no device of its own.
    link: what it has in common with the streams that feed it; master: the name of the source that feeds it; "" where
    the server does not say.
    """

    index: int
    name: str
    description: str = ""
    state: str = ""
    muted: bool = False
    volume: float = 1.0
    monitor: bool = False
    channels: int = 0
    rate: int = 0
    card: str = ""
    bus: str = ""
    available: bool = True
    virtual: bool = False
    link: str = ""
    master: str = ""


ANY_SOURCE = -2
"""Of a recording that we do not understand: it may be from any source, and none may be taken for free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A program that has a source open. source: its index, or ANY_SOURCE. corked: it holds the stream and takes no
    sound. link: as a Node's. meter: it takes only how loud it is, for a volume control's bar."""

    source: int
    pid: int
    program: str
    corked: bool = False
    link: str = ""
    meter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundServer:
    """One look at the server. garbled: what of its sources and sinks we do not understand, "" for nothing: of these it
    is not known whether they are there. playing: names of programs that play something, by the index of the sink."""

    name: str
    sources: tuple[Node, ...]
    sinks: tuple[Node, ...]
    default_source: str
    default_sink: str
    recordings: tuple[Recording, ...]
    garbled: str = ""
    playing: tuple[tuple[int, str], ...] = ()

    @property
    def microphones(self) -> tuple[Node, ...]:
        """Sources that are not the monitor of a sink."""
        return tuple(source for source in self.sources if not source.monitor)

    def source(self, name: str) -> Node | None:
        return next((node for node in self.sources if node.name == name), None)

    def sink(self, name: str) -> Node | None:
        return next((node for node in self.sinks if node.name == name), None)

    def holders_of(self, source: Node) -> tuple[Recording, ...]:
        """Programs that take sound from a source, directly or through a filter of the server (echo cancelling).

        A filter's own stream has no pid; it alone is nobody: only who records from somewhere else is behind it.
        """
        streams = [stream for stream in self.recordings if not stream.corked and not stream.meter]
        if unclear := tuple(stream for stream in streams if stream.source == ANY_SOURCE):
            return unclear
        direct = [stream for stream in streams if stream.source == source.index]
        programs = tuple(stream for stream in direct if stream.pid)
        if programs or not direct:
            return programs
        return tuple(stream for stream in streams if stream.pid and stream.source != source.index)


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


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the room's sound server is. Empty: the server of the user that runs roomwatch."""

    runtime_folder: str = ""
    # XDG_RUNTIME_DIR of the user who runs the meeting application, such as /run/user/1000. Empty: our own.
    server: str = ""
    # PULSE_SERVER, where the server listens elsewhere ("unix:/run/room-sound/native"). Empty: the runtime folder's.
    query_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = QUERY_SECONDS
    # Raise on a very slow machine; lower to notice a hung server sooner.

    def environment(self) -> dict[str, str]:
        """What a client needs in its environment to reach the server."""
        found = {"LC_ALL": "C.UTF-8"}
        if not self.server or self.server.startswith("unix:"):
            found["PULSE_COOKIE"] = "/dev/zero"  # else libpulse writes a cookie file; a local server asks our user id
        if self.runtime_folder:
            found["XDG_RUNTIME_DIR"] = self.runtime_folder
        if self.server:
            found["PULSE_SERVER"] = self.server
        return found


async def look(session: Session | None = None, *, since: bool = False) -> SoundServer:
    """Ask the server once (two processes, 15 ms CPU). Raises SoundServerError where there is none to ask.

    Who asks while another is asking the same gets that one's answer; since: not so, but what holds from now on.
    """
    session = session or Session()
    if since:
        return await _ask(session)
    key = (asyncio.get_running_loop(), session)
    if key not in _asking:
        _asking[key] = asyncio.create_task(_ask(session))
        _asking[key].add_done_callback(lambda done: _answered(key, done))
    return await asyncio.shield(_asking[key])  # one who gives up does not take the answer from the others


_asking: dict[tuple[asyncio.AbstractEventLoop, Session], asyncio.Task[SoundServer]] = {}


def _answered(key: tuple[asyncio.AbstractEventLoop, Session], done: asyncio.Task[SoundServer]) -> None:
    del _asking[key]
    if not done.cancelled():
        done.exception()  # seen, also where nobody waits any more


async def _ask(session: Session) -> SoundServer:
    environment = {**os.environ, **session.environment()}
    _refuse_closed_folder(environment)
    info, lists = await asyncio.gather(
        _pactl(environment, session.query_seconds, "info"), _pactl(environment, session.query_seconds, "list")
    )
    return understood(info, lists)


def _refuse_closed_folder(environment: Mapping[str, str]) -> None:
    """Another user's /run/user/UID is 0700: say so, instead of the "Connection refused" that pactl would say."""
    if environment.get("PULSE_SERVER"):
        return
    folder = environment.get("XDG_RUNTIME_DIR", "")
    if not folder:
        others = _users_with_session()
        hint = f"; sessions of others: {', '.join(others)}" if others else ""
        raise SoundServerError(
            f"no sound server: XDG_RUNTIME_DIR is not set{hint}",
            SESSION_PART_HOW.format(user=others[0] if others else "USER") + f"; or {SHARED_SOCKET_HOW}",
            others[0] if others else "",
        )
    if not Path(folder).exists():
        raise SoundServerError(f"{folder} does not exist: its user has no session", "log the room's user in")
    if not os.access(folder, os.X_OK):
        owner = _owner(Path(folder))
        raise SoundServerError(
            f"{folder} belongs to {owner} and is closed to others",
            SESSION_PART_HOW.format(user=owner) + f"; or {SHARED_SOCKET_HOW}",
            owner,
        )


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except (OSError, KeyError):
        return "another user"


def _users_with_session(run: Path = Path("/run/user")) -> list[str]:
    with contextlib.suppress(OSError):
        return sorted(_owner(folder) for folder in run.iterdir() if folder.stat().st_uid not in (0, os.getuid()))
    return []


async def _pactl(environment: Mapping[str, str], seconds: float, *command: str) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            "pactl",
            "-f",
            "json",
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
    except FileNotFoundError:
        raise SoundServerError("pactl is not installed", "apt-get install pulseaudio-utils") from None
    except OSError as error:
        raise SoundServerError(f"pactl cannot be started: {error.strerror or error}") from None
    try:
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        raise SoundServerError(f"the sound server did not answer within {seconds:g} s") from None
    finally:
        if process.returncode is None:
            kill(process)
            await process.wait()
    if process.returncode != 0:
        reason = err.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        raise SoundServerError(f"no sound server: {reason[0][:200]}", "is pipewire-pulse (or pulseaudio) running?")
    return out


def understood(info: bytes, lists: bytes) -> SoundServer:
    """What ``pactl -f json info`` and ``list`` printed. A device's name may hold any byte. Raises SoundServerError."""
    try:
        told = msgspec.json.decode(info.decode(errors="replace"), type=_Info)
        return _server(told, msgspec.json.decode(lists.decode(errors="replace"), type=_List))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SoundServerError(f"pactl's answer was not understood: {error}", garbled=True) from error


def _server(info: _Info, lists: _List) -> SoundServer:
    complaints: list[str] = []
    sources, sinks = _each(lists.sources, _Node, complaints), _each(lists.sinks, _Node, complaints)
    recordings = [_recording(stream) for stream in _each(lists.source_outputs, _Stream, [])]
    unclear = len(lists.source_outputs) - len(recordings)
    recordings += [Recording(source=ANY_SOURCE, pid=0, program="a program that cannot be named")] * unclear
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
    """Those that are understood; of the others a complaint is added."""
    found = []
    for entry in entries:
        try:
            found.append(msgspec.json.decode(entry, type=kind))
        except msgspec.MsgspecError as error:
            complaints.append(f"pactl's answer was not understood: {error}")
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
