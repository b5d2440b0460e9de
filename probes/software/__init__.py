"""Conferencing programs: is each expected one alive, whole, single, steady and answering. Profiles are data.

Refuses to guess why a program ended: whether an end is a fault is decided by what is expected, and when.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec

from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from probes.software.cause_linux import cause, oom_counters
from probes.software.processes_linux import Process, is_called, main_processes, others_hidden
from probes.software.profiles import Application, Expected, merged
from probes.software.responding import look_for_hang
from probes.software.tracks import Track, Tracks
from probes.threshold import Threshold

__all__ = ["Application", "Expected", "Settings", "probe", "thresholds", "watched"]

PROCESS = "software.process"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The programs this room needs; single values of a known name go over what is shipped for it."""

    applications: dict[str, Application] = {}
    # Off: only the applications written above are watched.
    use_known: bool = True
    # So many starts within ten minutes are a loop. A person restarts a program once or twice, not three times.
    restart_loop: Annotated[int, msgspec.Meta(ge=2, le=100)] = 3
    # Share of the machine's memory. Conferencing programs with video take 0.5-2 GiB; half of a PC is a leak.
    memory_share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5
    # Open descriptors as a share of the process's limit; at 1 every open and accept fails.
    descriptors_share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.8
    # Off: windows are never asked whether they answer (_NET_WM_PING, what a window manager does itself).
    ask_windows: bool = True


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    return (
        Threshold(value="starts_in_ten_minutes", fault="app_restart_loop", failed=settings.restart_loop - 0.5, clear=0),
        Threshold(value="memory_share", fault="app_resources", degraded=settings.memory_share),
        Threshold(value="descriptors_share", fault="app_resources", degraded=settings.descriptors_share),
    )


def watched(settings: Settings) -> dict[str, Application]:
    """The shipped profiles with the configured ones over them."""
    return merged(settings.applications, use_known=settings.use_known)


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
    """Readings for each application; those never seen and not expected here are nothing to measure."""
    tracks = context.memory.get("tracks")
    if tracks is None:
        tracks = context.memory["tracks"] = Tracks.restored(context.state, context.proc)
    assert isinstance(tracks, Tracks)
    try:
        running = tracks.table.look(context.proc)
    except OSError as error:
        return [CannotMeasure(check=PROCESS, reason=f"processes cannot be listed: {error}")]
    hidden = others_hidden(context.proc)
    outcomes: list[Outcome] = []
    for name, application in watched(settings).items():
        track = tracks.of(name)
        main = main_processes(running, application.executables, application.command, application.user)
        track.note(main, context.monotonic())
        if not main:
            outcomes.append(await _absent(name, application, track, hidden, context))
            if track.starts and not isinstance(outcomes[-1], NothingToMeasure):
                outcomes.append(_steadiness(name, track, context))
            continue
        track.counters = oom_counters(main[0].pid, context.proc, context.sys)
        outcomes.append(_present(name, application, main, running))
        outcomes.append(_steadiness(name, track, context))
        outcomes += _resources(name, main, context.proc)
        outcomes.append(_version(name, main, context.proc))
        if settings.ask_windows:
            outcomes.append(await look_for_hang(name, main, track, context))
    tracks.keep(context.state, context.proc)
    return outcomes


async def _absent(name: str, application: Application, track: Track, hidden: bool, context: Context) -> Outcome:
    seen = bool(track.last) or track.seen_before
    if not is_expected(application, seen, context):
        # A working day that begins gives time to start; a meeting that runs already does not.
        track.expected_since, track.was_unexpected = None, application.expected == "hours"
        return NothingToMeasure(check=PROCESS, target=name, reason="not running and not expected")
    if hidden:
        remedy = "Mount /proc with hidepid=0, or add the service's user to the group of its gid= option."
        reason = "other users' processes are hidden (hidepid)"
        return CannotMeasure(check=PROCESS, target=name, reason=reason, remedy=remedy)
    evidence: dict[str, str | float | int | bool] = {"expected": application.expected}
    if seen:
        if not track.cause:
            pid = track.last[0][0] if track.last else 0
            track.cause = await cause(pid, application.unit, track.counters, context.proc)
        evidence["cause"] = track.cause
    else:
        waited = track.waited_to_start(context, boot_seconds=_uptime(context.proc))
        if waited < application.start_within:
            reason = f"it has {application.start_within - waited:.0f} s left to start"
            return CannotMeasure(check=PROCESS, target=name, reason=reason)
        evidence["cause"] = f"not started within {application.start_within:g} s"
    if application.unit:
        evidence["unit"] = application.unit
    return Reading(check=PROCESS, target=name, values={"processes": 0.0}, finding="app_not_running", evidence=evidence)


def _uptime(proc: Path) -> float:
    try:
        return float((proc / "uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return float("inf")


def _present(name: str, application: Application, main: list[Process], running: list[Process]) -> Reading:
    first = max(main, key=lambda one: one.age_seconds)
    values = {
        "processes": float(len(main)),
        "uptime_seconds": first.age_seconds,
        "memory_bytes": sum(one.memory_bytes for one in main),
    }
    evidence: dict[str, str | float | int | bool] = {"pid": first.pid}
    finding = ""
    stopped = [one for one in main if one.state in ("T", "t")]
    missing = [one for one in application.helpers if not any(is_called(process, (one,)) for process in running)]
    if stopped:
        finding, evidence["state"] = "app_stopped", f"pid {stopped[0].pid} is stopped"
    elif missing:
        finding, evidence["missing"] = "app_helper_died", ", ".join(missing)
    elif application.count and len(main) > application.count:
        finding, evidence["instances"] = "app_two_instances", len(main)
        evidence["pids"] = ", ".join(str(one.pid) for one in main[:8])
    return Reading(check=PROCESS, target=name, values=values, finding=finding, evidence=evidence)


def _steadiness(name: str, track: Track, context: Context) -> Reading:
    starts = track.recent_starts(context.monotonic())
    return Reading(check="software.restarts", target=name, values={"starts_in_ten_minutes": float(starts)})


def _resources(name: str, main: list[Process], proc: Path) -> list[Outcome]:
    """Memory and threads of the main process; descriptors where its owner lets us count them."""
    import psutil

    one = main[0]
    total = psutil.virtual_memory().total
    values = {
        "memory_share": one.memory_bytes / total if total else float("nan"),
        "threads": float(one.threads),
        "cpu_seconds": one.cpu_seconds,
    }
    place = proc / str(one.pid)
    try:
        used = len(os.listdir(place / "fd"))  # noqa: PTH208
        limits = (place / "limits").read_text().splitlines()
        soft = next(line.split()[3] for line in limits if line.startswith("Max open files"))
        values["descriptors"] = float(used)
        if soft != "unlimited":
            values["descriptors_share"] = used / int(soft)
    except (OSError, ValueError, StopIteration, IndexError):
        pass  # another user's: the kernel refuses, and memory is judged all the same
    return [Reading(check="software.resources", target=name, values=values)]


def _version(name: str, main: list[Process], proc: Path) -> Outcome:
    """A program whose file was replaced while it runs has an update that waits for its restart."""
    check = "software.update"
    try:
        file = (proc / str(main[0].pid) / "exe").readlink()
    except OSError:
        return NothingToMeasure(check=check, target=name, reason="another user's program does not show its file")
    pending = str(file).endswith(" (deleted)")
    finding = "app_update_pending" if pending else ""
    return Reading(check=check, target=name, values={"update_pending": float(pending)}, finding=finding)
