"""A profile that is a page in a browser of its own: its window may also be one of a browser that runs already.

Such a window has no process: the second start hands the address over and ends. The window's class still says whose it
is: ``crx_`` and the id for an installed page, else the page's host.
"""

from __future__ import annotations

from pathlib import Path

from probes.software.processes_linux import Process
from probes.software.profiles import Application
from probes.software.program_processes import CHILD_MARK, is_called
from probes.software.x11_linux import NoDisplay, window_words


def browsers(application: Application, running: list[Process]) -> list[Process]:
    """The browsers that may show its window, where it is such a profile."""
    if not application.command:
        return []
    return [one for one in running if is_called(one, application.executables) and CHILD_MARK not in one.command]


async def is_shown(application: Application, hosts: list[Process], proc: Path) -> bool | None:
    """Whether one of the browsers shows it; None where its windows cannot be asked."""
    wanted = _classes(application.command)
    if not wanted:
        return None
    unknown = False
    for one in hosts:
        try:
            windows = await window_words(frozenset({one.pid}), proc)
        except NoDisplay:
            unknown = True
            continue
        if any(window.kind.startswith(wanted) for window in windows):
            return True
    return None if unknown else False


def _classes(command: str | tuple[str, ...]) -> tuple[str, ...]:
    found = []
    for part in (command,) if isinstance(command, str) else command:
        switch, _, value = part.partition("=")
        if switch == "--app-id" and value:
            found.append(f"crx_{value}")
        elif switch == "--app" and value:
            found.append(value.partition("://")[2].partition("/")[0] or value)
    return tuple(found)
