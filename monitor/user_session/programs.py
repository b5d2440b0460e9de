"""The programs of this session: which are known here, which of them run, and where their windows are."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from alerting.configuration import ConfigurationError
from monitor.settings import load
from probes.software import watched
from probes.software.processes_linux import Process, ProcessTable
from probes.software.profiles import Application, merged
from probes.software.program_processes import find_program

SESSION_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_TYPE")


def profiles() -> dict[str, Application]:
    """This machine's programs; where the room's user may not read its configuration, the shipped ones."""
    try:
        return watched(load(None).probes["software"])
    except (ConfigurationError, OSError):
        return merged({}, use_known=True)


def mine(application: Application) -> list[Process]:
    """The program's own processes, if they are this user's."""
    running = ProcessTable().look(Path("/proc"))
    return [one for one in find_program(running, application).main if _owner(one.pid) == os.getuid()]


def launchers(application: Application) -> list[Process]:
    """What would start the program again, were it ended alone."""
    running = ProcessTable().look(Path("/proc"))
    return [one for one in find_program(running, application).launchers if _owner(one.pid) == os.getuid()]


def _owner(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return -1


def display_of(old: Sequence[Process]) -> dict[str, str]:
    """Where the old one had its windows and its bus; the service manager may have been started before the desktop."""
    for one in old:
        with contextlib.suppress(OSError):
            pairs = (each.partition(b"=") for each in Path(f"/proc/{one.pid}/environ").read_bytes().split(b"\0"))
            facts = {os.fsdecode(key): os.fsdecode(value) for key, _, value in pairs}
            return {name: facts[name] for name in SESSION_VARIABLES if name in facts}
    return {}
