"""Each program's own signs of a meeting: its call helper lives, media flows over UDP. Refuses the verdict."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import psutil

from probes.software.processes_linux import Process, is_called, main_processes
from probes.software.profiles import Application


@dataclass(frozen=True, slots=True)
class MeetingSigns:
    """What speaks for a meeting in one program. hidden: another user's sockets could not be attributed."""

    application: str
    call_helpers: tuple[str, ...] = ()
    media_sockets: int = 0
    hidden: bool = False

    @property
    def any(self) -> bool:
        return bool(self.call_helpers or self.media_sockets)


def call_helpers(application: Application, running: list[Process]) -> tuple[str, ...]:
    """Names of the helpers alive that exist only during a call."""
    return tuple(
        name for name in application.meeting_helpers if any(is_called(process, (name,)) for process in running)
    )


def media_sockets(application: Application, pids: list[int]) -> tuple[int, bool]:
    """UDP sockets of these processes connected to a media port of the vendor, and whether any were hidden.

    Raises nothing: a process that has gone has no sockets. An application without known ports has none.
    """
    first = application.meeting_udp_ports[::2]
    ranges = tuple(zip(first, application.meeting_udp_ports[1::2], strict=False))
    count, hidden = 0, False
    for pid in pids if ranges else ():
        try:
            sockets = psutil.Process(pid).net_connections("udp")
        except psutil.AccessDenied:
            hidden = True
            continue
        except (psutil.Error, OSError):
            continue
        for one in sockets:
            if one.type == socket.SOCK_DGRAM and one.raddr and any(low <= one.raddr[1] <= high for low, high in ranges):
                count += 1
    return count, hidden


def signs(name: str, application: Application, running: list[Process]) -> MeetingSigns:
    """All signs of one program; sockets are also looked for in its children, where browsers keep their network."""
    main = main_processes(running, application.executables, application.command, application.user)
    family = {one.pid for one in main}
    for one in main:
        try:
            family |= {child.pid for child in psutil.Process(one.pid).children(recursive=True)}
        except (psutil.Error, OSError):
            continue
    sockets, hidden = media_sockets(application, sorted(family))
    return MeetingSigns(name, call_helpers(application, running), sockets, hidden)
