"""Which conferencing programs show the window of a call: a muted one with the camera off may have no other sign.

Titles are compared here and go nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from probes.software.meeting_signs import Program
from probes.software.profiles import Application
from probes.software.title_patterns import fitting
from probes.software.x11_linux import NoDisplay, window_words


async def in_call(applications: Mapping[str, Application], known: Iterable[Program], proc: Path) -> frozenset[str]:
    """Names of those of the known programs whose windows' titles say so; windows that cannot be asked say nothing."""
    found = set()
    for program in known:
        patterns = applications[program.application].call_titles if program.application else ()
        if not patterns:
            continue
        try:
            windows = await window_words(frozenset(program.pids), proc)
        except NoDisplay:
            continue
        if any(fitting(patterns, one.title.strip()) for one in windows):
            found.add(program.name)
    return frozenset(found)
