"""``software.signed_in``: does a running client show its login window, or does its log say that it is signed out.

The commonest silent failure of a room: everything runs, and nobody can join. Titles and lines are compared here and go
nowhere; which pattern fitted is told.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from probes.reading import CannotMeasure, Context, Fact, NothingToMeasure, Outcome, Reading, SessionSilent
from probes.software.log_files_linux import newest_log
from probes.software.processes_linux import Process
from probes.software.profiles import Application
from probes.software.title_patterns import fitting
from probes.software.x11_linux import NoDisplay, WindowWords, window_words
from probes.why import because

CHECK = "software.signed_in"

TAIL_BYTES = 65536
"""Bytes read from the end of the newest log: a client that is signed out says so again and again."""

ASK_SECONDS = 900.0
"""Through the session part an interpreter starts for the answer (0.3 CPU-s): not oftener, but before a meeting."""

UNKNOWN, SIGNED_IN, BY_TITLE, BY_LOG = range(4)
"""What a session part answers: ``says``."""


async def look(name: str, application: Application, main: list[Process], context: Context) -> Outcome:
    """One reading for a running program."""
    if not application.login_titles and not application.signed_out_log:
        return NothingToMeasure(check=CHECK, target=name, reason=because("login_unknown"))
    says, pattern = await judge(application, main, context.proc)
    if says == UNKNOWN and context.session is not None:
        says = await _ask(name, main[0], context)
    if says == UNKNOWN:
        return CannotMeasure(check=CHECK, target=name, reason=because("login_unreadable"))
    evidence: dict[str, Fact] = {"pid": main[0].pid}
    if says in (BY_TITLE, BY_LOG):
        evidence["seen_by"] = because("by_window_title" if says == BY_TITLE else "by_log")
        if pattern:
            evidence["pattern"] = pattern
    finding = "app_signed_out" if says in (BY_TITLE, BY_LOG) else ""
    return Reading(check=CHECK, target=name, finding=finding, evidence=evidence, passive=True)


async def judge(application: Application, main: Sequence[Process], proc: Path) -> tuple[int, str]:
    """(what is known, the pattern that fitted). Windows have the first word: people see them."""
    try:
        windows = await window_words(frozenset(one.pid for one in main), proc)
    except NoDisplay:
        windows = []
    says, pattern = by_title(application, windows)
    if says == BY_TITLE or (says == SIGNED_IN and application.signed_in_titles):
        return says, pattern
    logged, pattern = by_log(application, main[0], proc) if application.signed_out_log else (UNKNOWN, "")
    return (logged, pattern) if logged == BY_LOG else (max(says, logged), "")


def by_title(application: Application, windows: Sequence[WindowWords]) -> tuple[int, str]:
    """A window of the signed-in program outweighs a login window: that asks for a second account, or is closing."""
    titles = [one.title.strip() for one in windows if one.title.strip()]
    if not titles or any(fitting(application.signed_in_titles, title) for title in titles):
        return (SIGNED_IN if titles else UNKNOWN), ""
    fits = (pattern for title in titles if (pattern := fitting(application.login_titles, title)))
    pattern = next(fits, "")
    if pattern:
        return BY_TITLE, pattern
    return (UNKNOWN if application.signed_in_titles else SIGNED_IN), ""


def by_log(application: Application, main: Process, proc: Path) -> tuple[int, str]:
    """The newest line that says one or the other, of what was written since the program started."""
    found = newest_log(application.logs, main.pid, proc)
    if found is None or found.stat().st_mtime < time.time() - main.age_seconds:
        return UNKNOWN, ""
    try:
        with found.open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - TAIL_BYTES))
            lines = log.read(TAIL_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return UNKNOWN, ""
    for line in reversed(lines):
        if fitting(application.signed_in_log, line):
            break
        if pattern := fitting(application.signed_out_log, line):
            return BY_LOG, pattern
    return SIGNED_IN, ""


async def _ask(name: str, main: Process, context: Context) -> int:
    """Its user's session part, which may read both; its last answer in between."""
    answers = context.memory.setdefault("signed_in", {})
    assert isinstance(answers, dict)
    at, says = answers.get(main.identity, (float("-inf"), UNKNOWN))
    if context.monotonic() - at < ASK_SECONDS and context.wake != "pre-meeting":
        return int(says)
    assert context.session is not None
    try:
        told = await context.session("signed_in", {"application": name, "pid": main.pid})
    except SessionSilent:
        told = None
    says = int(told.get("says", UNKNOWN)) if told else UNKNOWN
    answers[main.identity] = (context.monotonic(), says)
    return says if UNKNOWN <= says <= BY_LOG else UNKNOWN
