"""What the room says about its programs, and where use of memory and restarts become faults."""

from __future__ import annotations

from typing import Annotated

import msgspec

from probes.software.profiles import Application, merged
from probes.threshold import Threshold


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
