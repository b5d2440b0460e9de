"""What the room says about its programs, and where use of memory and restarts become faults."""

from __future__ import annotations

from typing import Annotated

import msgspec

from probes.judge_reading import Threshold
from probes.software.profiles import Application, merged, shipped, with_changes
from probes.unwatched_setting import Unwatched, near


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


def unwatched(settings: Settings) -> list[Unwatched]:
    """Applications that no process would ever be found for, and parts of them that are never looked at."""
    return [
        problem
        for name, written in settings.applications.items()
        for problem in _unwatched(f"applications.{name}", name, with_changes(shipped().get(name, written), written))
    ]


def _unwatched(path: str, name: str, one: Application) -> list[Unwatched]:
    if not one.executables:
        hint = near(name, shipped()).removeprefix("There are ")
        known = hint if hint.startswith("Did") else f"Known without it: {hint}"
        remedy = f'{known} For another program name its process: executables = ["name"].'
        return [Unwatched(path, "", "names no process, so that nothing is watched", remedy)]
    problems = [
        Unwatched(f"{path}.{key}", f'"{process}"', "is a path, and no process is called by one", f'Write "{last}".')
        for key in ("executables", "helpers", "meeting_helpers")
        for process in getattr(one, key)
        if not process.startswith("--") and "/" in process and (last := process.rstrip("/").rpartition("/")[2])
    ]
    ports = one.meeting_udp_ports
    if len(ports) % 2 or any(first > last for first, last in zip(ports[::2], ports[1::2], strict=False)):
        remedy = "Write pairs of first and last port: [8801, 8810]; one port is [9000, 9000]."
        problems.append(Unwatched(f"{path}.meeting_udp_ports", str(list(ports)), "are no pairs of ports", remedy))
    if one.version and not one.package:
        remedy = "Write package, the name of its Debian package."
        problems.append(Unwatched(f"{path}.version", f'"{one.version}"', "is compared with no package", remedy))
    return problems
