"""What speaks for a meeting in running programs: call helpers, media sockets, and which program a process belongs to.

It gives no verdict, and does not walk /proc by itself: it gets the processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from probes.software.command_line import cut
from probes.software.media_sockets_linux import MediaSocket, inodes_of
from probes.software.processes_linux import Process, owner_of
from probes.software.profiles import Application
from probes.software.program_processes import by_program, find_program, is_called

BROWSERS = frozenset(
    {
        "chrome", "chromium", "chromium-browser", "google-chrome", "msedge", "brave", "opera", "vivaldi-bin",
        "firefox", "firefox-esr", "firefox-bin", "librewolf", "epiphany", "WebKitWebProcess", "WebKitNetworkProcess",
        "falkon", "midori",
    }
)  # fmt: skip
"""Their microphone means a web meeting, whichever page it is: titles and addresses are not looked at."""

STREAM = 65536
"""Added to the port of a TCP connection, so that one number says which table it is from."""

OUR_CHILD = "probes.child.isolate"
"""Stands in the command line of every capture of ours, also one that a person started in a terminal."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program: all its processes under one name. application: its profile's id, "" without one."""

    name: str
    application: str
    sort: Literal["conference", "browser", "other"]
    pids: tuple[int, ...] = ()
    helpers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sockets:
    """Media sockets of one program: own by inode, of_user where the kernel hides whose they are.

    streams: TCP connections, own. ports: of all its own, TCP's and 65536.
    """

    own: int = 0
    of_user: int = 0
    streams: int = 0
    ports: tuple[int, ...] = ()


NO_SOCKETS = Sockets()


def programs(applications: Mapping[str, Application], running: Sequence[Process]) -> dict[str, Program]:
    """The conferencing programs and browsers that run, by name, with all their processes.

    A profile that is a browser's window takes the browser's processes: they serve its windows together.
    """
    names = {
        name: (*application.executables, *application.helpers, *application.meeting_helpers)
        for name, application in applications.items()
    }
    running = [one for one in running if OUR_CHILD not in one.command]
    families = by_program(running, names)
    owned = {one.pid for family in families.values() for one in family}
    for one in running:
        browser = one.file if one.file in BROWSERS else one.name
        if browser in BROWSERS and one.pid not in owned:
            families.setdefault(browser, []).append(one)
    found = {
        name: program
        for name, family in families.items()
        if name in applications and (program := _conference(name, applications[name], family)) is not None
    }
    taken = {pid for program in found.values() for pid in program.pids}
    for family in families.values():
        rest = [one for one in family if one.pid not in taken and (one.file in BROWSERS or one.name in BROWSERS)]
        if rest:
            browser = rest[0].file if rest[0].file in BROWSERS else rest[0].name
            known = found.get(browser)
            pids = dict.fromkeys((*(known.pids if known else ()), *(one.pid for one in rest)))
            found[browser] = Program(browser, "", "browser", tuple(pids))
    return found


def _conference(name: str, application: Application, family: list[Process]) -> Program | None:
    helpers = tuple(one for one in application.meeting_helpers if any(is_called(process, (one,)) for process in family))
    if not find_program(family, application).main and not helpers:
        return None
    return Program(name, name, "conference", tuple(one.pid for one in family), helpers)


def program_of(pid: int, known: Mapping[str, Program], name: str, running: Sequence[Process]) -> Program:
    """The program that a process belongs to: one of the known, or all processes of that name together.

    A program without a profile is split into processes like any other: one records and another holds the sockets.
    """
    found = next((one for one in known.values() if pid in one.pids), None)
    family = (one.pid for one in running if one.name == cut(name) and OUR_CHILD not in one.command)
    return found or Program(name, "", "other", tuple(dict.fromkeys((pid, *family))))


def sockets_of(program: Program, sockets: Sequence[MediaSocket], proc: Path = Path("/proc")) -> Sockets:
    """How many of the machine's media sockets are this program's."""
    if not sockets:
        return Sockets()
    inodes, refused = inodes_of(program.pids, proc)
    mine = [one for one in sockets if one.inode in inodes]
    streams = sum(one.stream for one in mine)
    ports = tuple(one.local_port + STREAM * one.stream for one in mine)
    users = {uid for pid in program.pids if (uid := owner_of(pid, proc)) is not None} if refused else set()
    return Sockets(len(mine) - streams, sum(one.uid in users and not one.stream for one in sockets), streams, ports)
