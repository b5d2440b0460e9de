"""What a program uses, and whether the one that runs is the one that is installed and wanted."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from probes.child.process_end import kill
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from probes.software.processes_linux import TICKS, Process
from probes.software.profiles import Application
from probes.software.program_processes import descendants
from probes.software.remembered_programs import Track
from probes.why import because

PACKAGE_SECONDS = 5.0
REPLACED_SECONDS = 5.0
"""A file written within so short a time after the start belongs to the same installation."""


def resources(name: str, main: list[Process], running: list[Process], proc: Path) -> Outcome:
    """Memory, threads and CPU time of the program with its children; descriptors where its owner lets us count them."""
    import psutil

    one = main[0]
    whole = [*main, *descendants(one, running)]
    total = psutil.virtual_memory().total
    memory = sum(each.memory_bytes for each in whole)
    values = {
        "memory_share": one.memory_bytes / total if total else float("nan"),
        "memory_with_children_bytes": memory,
        "threads": float(sum(each.threads for each in whole)),
        "cpu_seconds": sum(each.cpu_seconds for each in whole),
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
    return Reading(check="software.resources", target=name, values=values)


async def version(name: str, application: Application, main: list[Process], track: Track, context: Context) -> Outcome:
    """``software.update``: does the installed version run, and is it the one that the room wants."""
    check = "software.update"
    pending = _replaced(application, main[0], context.proc)
    wanted = application.version
    found = await _installed_version(application.package, track, main[0]) if wanted and application.package else ""
    if pending is None and not found:
        if wanted:
            return CannotMeasure(
                check=check, target=name, reason=because("version_unknown", package=application.package)
            )
        return NothingToMeasure(check=check, target=name, reason=because("file_hidden"))
    evidence: dict[str, str | float | int | bool] = {}
    if found:
        evidence = {"version": found, "wanted": wanted}
    finding = "app_wrong_version" if found and not found.startswith(wanted) else ""
    if pending:
        finding = finding or "app_update_pending"
    values = {"update_pending": float(bool(pending)), "updates": float(track.updates)}
    return Reading(check=check, target=name, values=values, finding=finding, evidence=evidence)


def _replaced(application: Application, one: Process, proc: Path) -> bool | None:
    """Whether its file was replaced since it started; None where nothing says so.

    Its own link says it, but only to its owner; else the installed file's change time against the process's start.
    """
    try:
        return str((proc / str(one.pid) / "exe").readlink()).endswith(" (deleted)")
    except OSError:
        pass
    try:
        booted = next(
            int(line.split()[1]) for line in (proc / "stat").read_text().splitlines() if line.startswith("btime ")
        )
        changed = max(Path(path).stat().st_ctime for path in application.paths if Path(path).exists())
    except (OSError, ValueError, StopIteration, IndexError):
        return None
    return changed > booted + one.started / TICKS + REPLACED_SECONDS


async def _installed_version(package: str, track: Track, one: Process) -> str:
    """As dpkg or rpm has it; asked once in a process's life. "" where neither knows it."""
    if track.version_of == one.identity:
        return track.version
    track.version_of, track.version = one.identity, ""
    for command in (
        ("dpkg-query", "--show", "--showformat=${Version}", package),
        ("rpm", "--query", "--queryformat=%{VERSION}-%{RELEASE}", package),
    ):
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
            )
        except OSError:
            continue
        try:
            async with asyncio.timeout(PACKAGE_SECONDS):
                out, _ = await process.communicate()
        except TimeoutError:
            kill(process)
            await process.wait()
            continue
        if process.returncode == 0 and out.strip():
            track.version = out.decode(errors="replace").strip()
            break
    return track.version
