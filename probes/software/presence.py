"""Is each expected program there, whole, single and steady."""

from __future__ import annotations

from pathlib import Path

from probes.reading import CannotMeasure, Context, Fact, NothingToMeasure, Outcome, Reading
from probes.software.browser_window import browsers, is_shown
from probes.software.end_of_program import ORDERLY_SECONDS, RECORD_SECONDS, judge_end
from probes.software.processes_linux import Process, others_hidden, owner_of
from probes.software.profiles import Application
from probes.software.program_processes import CHILD_MARK, descendants, is_called
from probes.software.recorded_end_cause_linux import UNKNOWN
from probes.software.remembered_programs import Track
from probes.why import because, to_do

PROCESS = "software.process"

HELPER_SECONDS = 10.0
"""A program takes seconds to start its parts; with a meeting's patience of 0 they would be missed too early. Counted
from the first look at it: a start script that becomes its program keeps its age, and unpacks for a minute before."""

OLD_SECONDS = 120.0
"""A program of that age has started its parts, also where this is the first look at it."""


def is_expected(application: Application, seen: bool, context: Context) -> bool:
    """Whether its absence is a fault now. An unknown meeting counts as running."""
    if application.expected == "always":
        return True
    if application.expected == "hours":
        return context.in_working_hours
    if application.expected == "meeting":
        return context.in_meeting is not False
    return seen


async def absent(
    name: str, application: Application, track: Track, running: list[Process], context: Context
) -> Outcome:
    seen = bool(track.last) or track.seen_before
    if not is_expected(application, seen, context):
        # A working day that begins gives time to start; a meeting that runs already does not.
        track.expected_since, track.was_unexpected = None, application.expected == "hours"
        return NothingToMeasure(check=PROCESS, target=name, reason=because("not_expected"))
    if others_hidden(context.proc):
        reason = because("processes_hidden")
        return CannotMeasure(check=PROCESS, target=name, reason=reason, remedy=to_do("show_processes"))
    if hosts := browsers(application, running):
        shown = await is_shown(application, hosts, context.proc)
        if shown:
            return Reading(
                check=PROCESS,
                target=name,
                values={"processes": 0.0},
                evidence={"window_of": hosts[0].pid},
                passive=True,
            )
        if shown is None:
            reason = because("window_unasked", program=hosts[0].file)
            return CannotMeasure(check=PROCESS, target=name, reason=reason)
    evidence: dict[str, Fact] = {"expected": application.expected}
    if seen:
        await judge_end(application, track, context)
        if excuse := _excused(name, application, track, context):
            return excuse
        evidence["cause"] = track.cause or UNKNOWN
    else:
        waited = track.waited_to_start(context, boot_seconds=_uptime(context.proc))
        if waited < application.start_within:
            reason = because("still_starting", seconds=round(application.start_within - waited))
            return CannotMeasure(check=PROCESS, target=name, reason=reason)
        evidence["cause"] = because("not_started_within", seconds=application.start_within)
    if application.unit:
        evidence["unit"] = application.unit
    return Reading(check=PROCESS, target=name, values={"processes": 0.0}, finding="app_not_running", evidence=evidence)


def _excused(name: str, application: Application, track: Track, context: Context) -> Outcome | None:
    """An end that is no fault, or not one yet."""
    ago = context.monotonic() - track.ended_at
    left = application.update_within - ago
    if track.last and track.file.replaced and context.in_meeting is not True and left > 0:
        reason = because("being_updated", seconds=round(left))
        return CannotMeasure(check=PROCESS, target=name, reason=reason)
    if application.expected != "meeting" or not track.last or track.orderly is False:
        return None
    if track.orderly is None:
        reason = because("ended_unrecorded")
        return CannotMeasure(check=PROCESS, target=name, reason=reason, look_again=RECORD_SECONDS / 2)
    if context.in_meeting is True and ago >= ORDERLY_SECONDS:
        return None
    return NothingToMeasure(check=PROCESS, target=name, reason=because("closed_after_call"))


def _uptime(proc: Path) -> float:
    try:
        return float((proc / "uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return float("inf")


def present(
    name: str, application: Application, main: list[Process], running: list[Process], track: Track, context: Context
) -> Reading:
    first = main[0]
    values = {
        "processes": float(len(main)),
        "uptime_seconds": first.age_seconds,
        "memory_bytes": sum(one.memory_bytes for one in main),
    }
    evidence: dict[str, Fact] = {"pid": first.pid}
    finding = ""
    stopped = [one for one in main if one.state in ("T", "t")]
    missing = missing_helpers(application, first, running, track, context.monotonic())
    if stopped:
        finding, evidence["state"] = "app_stopped", because("process_stopped", pid=stopped[0].pid)
    elif missing:
        finding, evidence["missing"] = "app_helper_died", ", ".join(missing)
    elif application.count and len(crowd := _most_of_one_user(main, context.proc)) > application.count:
        finding, evidence["instances"] = "app_two_instances", len(crowd)
        evidence["pids"] = ", ".join(str(one.pid) for one in crowd[:8])
    return Reading(check=PROCESS, target=name, values=values, finding=finding, evidence=evidence)


def _most_of_one_user(main: list[Process], proc: Path) -> list[Process]:
    """Two users with a session each have a copy each."""
    by_user: dict[int | None, list[Process]] = {}
    for one in main:
        by_user.setdefault(owner_of(one.pid, proc), []).append(one)
    return max(by_user.values(), key=len)


def missing_helpers(
    application: Application, main: Process, running: list[Process], track: Track, now: float
) -> tuple[str, ...]:
    """Helpers that have died, or did not come in time. A switch names a kind of child of this very program."""
    if not application.helpers:
        return ()
    own = descendants(main, running) if any(one.startswith(CHILD_MARK) for one in application.helpers) else []
    lives = {
        helper
        for helper in application.helpers
        if any(f" {helper}" in one.command for one in own if helper.startswith(CHILD_MARK))
        or any(is_called(one, (helper,)) for one in running)
    }
    track.helpers_seen |= lives
    old = main.age_seconds >= OLD_SECONDS or min(main.age_seconds, now - track.since) >= HELPER_SECONDS
    due = application.helpers if old else track.helpers_seen
    return tuple(helper for helper in application.helpers if helper in due and helper not in lives)


def steadiness(name: str, track: Track, context: Context) -> Reading:
    starts = track.recent_starts(context.monotonic())
    return Reading(check="software.restarts", target=name, values={"starts_in_ten_minutes": float(starts)})
