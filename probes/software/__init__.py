"""Conferencing programs: is each expected one alive. Profiles are data; psutil reads the processes.

Refuses to guess why a program ended: whether an end is a fault is decided by what is expected, and when.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec
import psutil

from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from probes.threshold import Threshold

Expected = Literal["always", "hours", "meeting", "seen"]


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One program of the room.

    executables: names of the main process (as in /proc/PID/comm or the file's name); one that lives is enough.
    helpers: names of processes without which it does not work. command: a part of the command line that must be
    there too (a browser's application window). expected: "always", in working "hours", during a "meeting", or
    "seen": from the first time it was seen running on. count: most instances that are right, 0 is any number.
    """

    executables: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    command: str = ""
    expected: Expected = "seen"
    count: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0


KNOWN: Mapping[str, Application] = {
    "zoom": Application(executables=("zoom",)),
    "teams": Application(executables=("teams-for-linux", "ms-teams")),
    "webex": Application(executables=("CiscoCollabHost",)),
    "wemeet": Application(executables=("wemeetapp",)),
    "feishu": Application(executables=("feishu",)),
    "dingtalk": Application(executables=("com.alibabainc.dingtalk", "com.alibabainc.")),
    "meet": Application(executables=("chrome", "chromium"), command="--app=https://meet.google.com"),
}
"""Names seen on Linux installations of each vendor; /proc/PID/comm is cut at 15 bytes, the file's name is not."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The programs this room needs; a table of a known name replaces what is shipped for it."""

    applications: dict[str, Application] = {}
    # Off: only the applications written above are watched.
    use_known: bool = True


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    return ()


def watched(settings: Settings) -> dict[str, Application]:
    """The shipped profiles with the configured ones over them."""
    base = dict(KNOWN) if settings.use_known else {}
    return {**base, **settings.applications}


class Process(msgspec.Struct, frozen=True):
    """What is read of one process, once a run."""

    pid: int
    name: str
    file: str
    command: str
    status: str
    started: float
    memory_bytes: float


def processes(root: str) -> Iterator[Process]:
    """All processes that can be read; those that vanish while being read are left out. Kernel threads too."""
    psutil.PROCFS_PATH = root
    for one in psutil.process_iter():
        try:
            with one.oneshot():
                command = one.cmdline()
                if not command:
                    continue
                yield Process(
                    one.pid,
                    one.name(),
                    command[0].rpartition("/")[2],
                    " ".join(command),
                    one.status(),
                    one.create_time(),
                    float(one.memory_info().rss),
                )
        except (psutil.Error, OSError, ValueError, UnicodeError):
            continue


def belongs(process: Process, names: tuple[str, ...], command: str) -> bool:
    """True when the process is one of these, by name or by its file's name, with the command's mark."""
    return (process.name in names or process.file in names) and command in process.command


def is_expected(application: Application, seen: bool, context: Context) -> bool:
    """Whether its absence is a fault now. An unknown meeting counts as running."""
    if application.expected == "always":
        return True
    if application.expected == "hours":
        return context.in_working_hours
    if application.expected == "meeting":
        return context.in_meeting is not False
    return seen


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """One reading an application; those never seen and not expected here are nothing to measure."""
    try:
        running = list(processes(str(context.proc)))
    except (psutil.Error, OSError) as error:
        return [CannotMeasure(check="software.process", reason=f"processes cannot be listed: {error}")]
    seen = context.memory.setdefault("seen", {})
    assert isinstance(seen, dict)
    outcomes: list[Outcome] = []
    for name, application in watched(settings).items():
        outcomes.append(_look(name, application, running, seen, context))
    return outcomes


def _look(
    name: str, application: Application, running: list[Process], seen: dict[str, float], context: Context
) -> Outcome:
    check = "software.process"
    main = [one for one in running if belongs(one, application.executables, application.command)]
    expected = is_expected(application, name in seen, context)
    if not main:
        if not expected:
            return NothingToMeasure(check=check, target=name, reason="not running and not expected")
        evidence: dict[str, str | float] = {"expected": application.expected, "cause": "ended, cause unknown"}
        if name not in seen:
            evidence["cause"] = "not seen since the monitor started"
        return Reading(
            check=check, target=name, values={"processes": 0.0}, finding="app_not_running", evidence=evidence
        )
    seen[name] = context.now()
    first = min(main, key=lambda one: one.started)
    values = {
        "processes": float(len(main)),
        "uptime_seconds": max(0.0, time.time() - first.started),
        "memory_bytes": sum(one.memory_bytes for one in main),
    }
    evidence = {"pid": first.pid}
    stopped = [one for one in main if one.status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)]
    if stopped:
        evidence["state"] = f"pid {stopped[0].pid} is stopped"
        return Reading(check=check, target=name, values=values, finding="app_stopped", evidence=evidence)
    missing = [one for one in application.helpers if not any(belongs(process, (one,), "") for process in running)]
    if missing:
        evidence["missing"] = ", ".join(missing)
        return Reading(check=check, target=name, values=values, finding="app_helper_died", evidence=evidence)
    if application.count and len(main) > application.count:
        evidence["instances"] = len(main)
        return Reading(check=check, target=name, values=values, finding="app_two_instances", evidence=evidence)
    return Reading(check=check, target=name, values=values, evidence=evidence)
