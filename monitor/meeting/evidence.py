"""Gathers who uses camera, microphone and media sockets out of /proc and the sound server's answer. Opens no device.

What belongs to another user shows itself only to that user's session part; until it answers, that part is blind.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.meeting.is_meeting_running import Sort, Use, merged
from probes.linux.sound_devices import SoundServer
from probes.linux.video_holders import Holders
from probes.microphone.discovery_linux import SOUND_SERVERS, CaptureDevice
from probes.software.media_sockets_linux import MediaSocket
from probes.software.meeting_signs import (
    NO_SOCKETS,
    OUR_CHILD,
    STREAM,
    Program,
    Sockets,
    program_of,
    programs,
    sockets_of,
)  # fmt: skip
from probes.software.processes_linux import Process
from probes.software.profiles import Application
from probes.software.traffic_linux import Traffic

NO_CAMERA_USERS = frozenset({"wireplumber", "pipewire-media-"})
"""They open every camera to see what it can; PipeWire itself holds it for somebody."""

FIRST_PERSON = 1000
"""User ids from here are people's (UID_MIN of login.defs); system services hold no meeting."""

NOBODY = 65534

BYSTANDERS = SOUND_SERVERS | frozenset(
    {
        "pavucontrol", "pavucontrol-qt", "pavumeter", "pasystray", "kmix", "plasmashell", "gnome-shell",
        "gnome-control-c", "gsd-media-keys", "mate-volume-con", "cinnamon-settin", "xfce4-pulseaudi", "easyeffects",
        "noisetorch", "cava", "helvum", "qpwgraph",
    }
)  # fmt: skip
"""Sound servers, volume meters and filters: their hold on a microphone is no use of it. As the kernel cuts names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """What one user may see. holders: of video devices. server: the sound server, None where none answered.

    devices: ALSA's capture devices. sockets: those that may carry media. ours: process ids of our own captures.
    in_call: names of programs that show the window of a call.
    """

    applications: Mapping[str, Application]
    running: tuple[Process, ...] = ()
    holders: Holders | None = None
    server: SoundServer | None = None
    devices: tuple[CaptureDevice, ...] = ()
    sockets: tuple[MediaSocket, ...] = ()
    ours: frozenset[int] = frozenset()
    in_call: frozenset[str] = frozenset()
    proc: Path = Path("/proc")


def uses(seen: UserView) -> tuple[tuple[Use, ...], frozenset[str]]:
    """Each program's use, and the names of the conferencing programs and browsers that run."""
    known = programs(seen.applications, seen.running)
    found = [
        Use(
            name=p.name,
            application=p.application,
            sort=p.sort,
            helpers=p.helpers,
            call_window=p.name in seen.in_call,
        )
        for p in known.values()
    ]
    holding = {p.name: p for p in known.values()}
    for pid, name in _cameras(seen):
        program = program_of(pid, known, name, seen.running)
        holding.setdefault(program.name, program)
        found.append(_use(program, camera=True, service=is_service(pid, seen.proc)))
    for pid, name, held in _microphones(seen):
        program = program_of(pid, known, name, seen.running)
        holding.setdefault(program.name, program)
        found.append(_use(program, microphone=not held, microphone_held=held, service=is_service(pid, seen.proc)))
    for program in holding.values():
        sockets = sockets_of(program, seen.sockets, seen.proc)
        found.append(_use(program, sockets=sockets))
    return merged(found), frozenset((*known, *(one.name for one in found)))


def _use(
    program: Program,
    *,
    camera: bool = False,
    microphone: bool = False,
    microphone_held: bool = False,
    service: bool = False,
    sockets: Sockets = NO_SOCKETS,
) -> Use:
    return Use(
        name=program.name,
        application=program.application,
        sort=program.sort,
        camera=camera,
        microphone=microphone,
        microphone_held=microphone_held,
        service=service,
        sockets=sockets.own,
        sockets_of_user=sockets.of_user,
        streams=sockets.streams,
        ports=sockets.ports,
    )


def _cameras(seen: UserView) -> Iterable[tuple[int, str]]:
    by_node = seen.holders.by_node if seen.holders is not None else {}
    for holder in {holder.pid: holder for who in by_node.values() for holder in who}.values():
        if holder.program not in NO_CAMERA_USERS and not is_ours(holder.pid, seen.ours, seen.proc):
            yield holder.pid, holder.program


def _microphones(seen: UserView) -> Iterable[tuple[int, str, bool]]:
    """(pid, program, held without taking sound). Sources that repeat what is played are no microphone."""
    if seen.server is not None:
        sources = {source.index for source in seen.server.microphones}
        for stream in seen.server.recordings:
            name = _name(stream.pid, stream.program, seen.proc)
            nobody = stream.meter or name in BYSTANDERS
            if stream.source in sources and stream.pid and not nobody and not is_ours(stream.pid, seen.ours, seen.proc):
                yield stream.pid, name, stream.corked
    for device in seen.devices:
        pid = _leader(device.holder_pid, seen.proc)
        if device.held_by_program and device.holder not in BYSTANDERS and not is_ours(pid, seen.ours, seen.proc):
            yield pid, device.holder or "unknown", device.state not in ("RUNNING", "DRAINING", "XRUN")


def _leader(thread: int, proc: Path) -> int:
    """ALSA names the thread that opened the device; its process is what others know."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (proc / str(thread) / "status").read_text(errors="replace").splitlines():
            if line.startswith("Tgid:"):
                return int(line.split()[1])
    return thread


def _name(pid: int, otherwise: str, proc: Path) -> str:
    """The kernel's name of a process; a name that a stream gives itself might say what is being talked about."""
    try:
        return (proc / str(pid) / "comm").read_text(errors="replace").strip() or otherwise
    except OSError:
        return otherwise


def is_ours(pid: int, ours: frozenset[int], proc: Path = Path("/proc")) -> bool:
    """True for our captures: this process, its capturing children and what they started, or such a one of a command."""
    if pid == os.getpid():
        return True
    for _ in range(4):
        if pid in ours:
            return True
        try:
            place = proc / str(pid)
            if OUR_CHILD.encode() in (place / "cmdline").read_bytes():
                return True
            pid = int((place / "stat").read_bytes().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return False
        if pid <= 1:
            return False
    return False


def is_service(pid: int, proc: Path) -> bool:
    """Whether systemd runs it as a background service, and not a person's desktop as a program: by its group."""
    own, its = (_unit(one, proc) for one in (os.getpid(), pid))
    apart = ("app-", "dbus-", "user@", "roomwatch-")
    return its.endswith(".service") and its != own and not its.rpartition("/")[2].startswith(apart)


def _unit(pid: int, proc: Path) -> str:
    with contextlib.suppress(OSError):
        for line in (proc / str(pid) / "cgroup").read_text(errors="replace").splitlines():
            _, controllers, path = (*line.split(":", 2), "", "")[:3]
            if controllers in ("", "name=systemd") and path.strip("/"):
                return path
    return ""


def people(users: Iterable[int]) -> frozenset[int]:
    """Those of the user ids that are people's and not our own."""
    return frozenset(uid for uid in users if FIRST_PERSON <= uid != NOBODY and uid != os.geteuid())


def from_numbers(answer: Mapping[str, float], traffic: Traffic | None = None) -> tuple[Use, ...]:
    """A session part's answer (names are ``<what>_<application or sort>``) as uses.

    traffic: the ports at a call's pace; None: every socket that it names may carry one.
    """
    found: dict[str, dict[str, float]] = {}
    for key, value in answer.items():
        what, _, whose = key.partition("_")
        known = what in ("camera", "microphone", "held", "sockets", "helper", "service", "streams", "window")
        if whose and (known or (what[:1] == "p" and what[1:].isdecimal())):
            found.setdefault(whose, {})[what] = value
    made = []
    for whose, of in found.items():
        sort: Sort = "browser" if whose == "browser" else "other" if whose == "other" else "conference"
        ports = {int(value) for what, value in of.items() if what[1:].isdecimal()}
        sockets, streams = int(of.get("sockets", 0)), int(of.get("streams", 0))
        if traffic is None:
            streams = 0
        elif ports:
            sockets = sum(port in traffic.udp for port in ports)
            streams = sum(port - STREAM in traffic.tcp for port in ports)
        made.append(
            Use(
                name=whose,
                application=whose if sort == "conference" else "",
                sort=sort,
                camera=bool(of.get("camera")),
                microphone=bool(of.get("microphone")),
                microphone_held=bool(of.get("held")),
                sockets=sockets,
                streams=streams,
                service=bool(of.get("service")),
                call_window=bool(of.get("window")),
                helpers=(whose,) if of.get("helper") else (),
            )
        )
    return tuple(made)


MOST_PORTS, MOST_PORT_BYTES = 24, 3000
"""The most ports of one program, and the most bytes of all ports: an answer has 4 KiB."""


def to_numbers(found: Sequence[Use]) -> dict[str, float]:
    """What leaves a session: which profile uses what, as numbers. Programs without a profile are "other"."""
    answer: dict[str, float] = {}
    for use in found:
        whose = use.application or use.sort
        values = {
            "camera": use.camera,
            "microphone": use.microphone,
            "held": use.microphone_held,
            "sockets": use.sockets,
            "helper": bool(use.helpers),
            "service": use.service,
            "window": use.call_window,
            "streams": use.streams,
        }
        for what, value in values.items():
            if value:
                answer[f"{what}_{whose}"] = max(answer.get(f"{what}_{whose}", 0.0), float(value))
    left = MOST_PORT_BYTES
    for use in found:
        whose = use.application or use.sort
        before = sum(one[:1] == "p" and one.endswith(f"_{whose}") for one in answer)
        for number, port in enumerate(use.ports[: MOST_PORTS - before], before):
            left -= len(whose) + 20
            if left > 0:
                answer[f"p{number}_{whose}"] = float(port)
    return answer
