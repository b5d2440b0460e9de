"""One look at all programs: alive, whole, single, steady, answering; a full one a minute, light ones in between.

Does not guess why a program ended: whether an end is a fault is decided by what is expected, and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from probes.guard import guarded
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from probes.software import signed_in
from probes.software.browser_window import browsers
from probes.software.installed_file_linux import installed_file
from probes.software.out_of_memory_linux import oom_counters
from probes.software.presence import PROCESS, absent, present, steadiness
from probes.software.processes_linux import Process, owner_of
from probes.software.profiles import Application
from probes.software.program_processes import by_program, descendants, find_program, is_called
from probes.software.remembered_programs import Track, Tracks
from probes.software.resources import resources, version
from probes.software.responding import look_for_hang
from probes.software.settings import Settings, watched
from probes.why import because

SWEEP_SECONDS = 59.0
"""Starts and ends come as events; every process is read so often all the same (6 to 13 ms at 343 of them), while a
program is looked at for a hang every few seconds at a tenth of the cost."""


async def look(settings: Settings, context: Context) -> list[Outcome]:
    """Readings for each application; those never seen and not expected here are nothing to measure.

    A full look reads every process; between two of them, while a program is watched for a hang, only the programs' own
    and what they have started since.
    """
    tracks = context.memory.get("tracks")
    if tracks is None:
        tracks = context.memory["tracks"] = Tracks.restored(context.state, context.proc)
    assert isinstance(tracks, Tracks)
    now = context.monotonic()
    if tracks.profiles_of is not settings:
        tracks.profiles_of, tracks.profiles = settings, watched(settings)
    profiles = tracks.profiles
    running: list[Process] | None = None
    if context.wake == "confirm" and now - tracks.table.swept_at < SWEEP_SECONDS:
        running = _light_look(profiles, tracks, context)
    full = running is None
    if running is None:
        try:
            tracks.starts.fresh()
            running = tracks.table.look(context.proc)
        except OSError as error:
            return [CannotMeasure(check=PROCESS, reason=because("no_processes", detail=error.strerror or str(error)))]
        tracks.table.swept_at = now
    named = by_program(running, {name: one.executables for name, one in profiles.items()}) if full else {}
    outcomes: list[Outcome] = []
    interesting: dict[int, Process] = {}
    for name, application in profiles.items():
        track = tracks.of(name)
        main = _found(application, track, running, named.get(name, [])) if full else _found_again(track, running)
        known = track.last
        track.note(main, now)
        rung = partial(guarded, context, target=name)
        if not main:
            track.windows.close()
            if full:
                interesting |= {one.pid: one for one in browsers(application, running)}
            gone = await rung(PROCESS, partial(absent, name, application, track, running, context))
            if track.starts and not isinstance(gone[0], NothingToMeasure):
                gone += await rung("software.restarts", partial(steadiness, name, track, context))
            outcomes += [*gone, *(_gone(name, track) if track.last else [])]
            continue
        if full:
            track.counters = oom_counters(main[0].pid, context.proc, context.sys)
            track.ends.follow(track.last, context.proc)
            track.owner = owner_of(main[0].pid, context.proc)
            if known != track.last or not track.file.path:
                track.file = installed_file(main[0], context.proc)
            track.kept = await rung("software.resources", partial(resources, name, main, running, context.proc))
            track.kept += await rung("software.update", partial(version, name, application, main, track, context))
            track.kept += await rung(signed_in.CHECK, partial(signed_in.look, name, application, main, context))
            own = [*main, *descendants(main[0], running), *_helpers(application, running)]
            interesting |= {one.pid: one for one in own}
        outcomes += await rung(PROCESS, partial(present, name, application, main, running, track, context))
        outcomes += await rung("software.restarts", partial(steadiness, name, track, context))
        outcomes += track.kept
        if settings.ask_windows:
            (found,) = await rung(
                "software.responding", partial(look_for_hang, name, application, main, running, track, context)
            )
            track.hung = isinstance(found, Reading) and bool(found.finding)
            outcomes.append(found)
    if full:
        tracks.interesting = list(interesting.values())
        tracks.keep(context.state, context.proc)
    return outcomes


def _found(application: Application, track: Track, running: list[Process], named: list[Process]) -> list[Process]:
    found = find_program(running, application, track.launchers, named=named)
    if track.launchers:
        track.launchers &= {one.identity for one in running}
    track.launchers |= {one.identity for one in found.launchers}
    return found.main


def _found_again(track: Track, running: list[Process]) -> list[Process]:
    """What a full look found: a new main process comes as an event, which brings a full one."""
    if not track.alive:
        return []
    return sorted((one for one in running if one.identity in track.last), key=lambda one: one.started)


def _gone(name: str, track: Track) -> list[Outcome]:
    """What a program that is not there cannot show. One that ended while it hung has not recovered: of that, nothing
    is said until it answers again."""
    checks = (
        "software.resources",
        "software.update",
        signed_in.CHECK,
        *(() if track.hung else ("software.responding",)),
    )
    return [NothingToMeasure(check=check, target=name, reason=because("program_not_running")) for check in checks]


def _light_look(profiles: Mapping[str, Application], tracks: Tracks, context: Context) -> list[Process] | None:
    """The programs' own processes as they are now, new children included; None where one has ended, so that a full
    look is due."""
    running = tracks.table.again(context.proc, tracks.interesting)
    alive = {one.identity for one in running}
    for name in profiles:
        track = tracks.of(name)
        if (not track.alive and track.last) or (track.alive and not set(track.last) <= alive):
            return None
    try:  # a new page must be known well before it can hang
        running += tracks.table.children(context.proc, tracks.starts.fresh(), {one.pid for one in running})
    except OSError:
        return None
    tracks.interesting = running
    return running


def _helpers(application: Application, running: list[Process]) -> list[Process]:
    names = (*application.helpers, *application.meeting_helpers)
    return [one for one in running if is_called(one, names)] if names else []
