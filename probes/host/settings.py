"""Settings and thresholds of the room's PC."""

from __future__ import annotations

from typing import Annotated

import msgspec

from probes.judge_reading import Threshold
from probes.unwatched_setting import Unwatched

Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of the PC; each says what raising it does."""

    # File systems to watch; those on one device are counted once.
    disks: tuple[str, ...] = ("/", "/var", "/home", "/tmp")
    # Free share. Ext4 keeps 5 % back for root: below it every program of the kiosk user fails to write.
    disk_low: Ratio = 0.10
    disk_full: Ratio = 0.05
    # Free i-nodes; a disk with room but none left refuses new files all the same.
    inodes_low: Ratio = 0.05
    # Share of the last minute in which ALL work waited for memory (PSI "full"). systemd-oomd kills at 0.6.
    memory_pressure: Ratio = 0.20
    memory_starved: Ratio = 0.60
    # Share of the last five minutes in which some work waited for a processor; calls stutter long before 1.
    cpu_pressure: Ratio = 0.70
    # Degrees below the sensor's own critical point; processors throttle within about ten of it.
    heat_margin: Positive = 10.0
    heat_critical_margin: Positive = 3.0
    # Degrees Celsius for sensors that name no critical point.
    heat_limit: Positive = 90.0
    # Seconds. TLS and calendars bear more, but evidence of several machines can then not be ordered.
    clock_offset: Positive = 2.0
    # Files whose existence means that an update waits for a reboot (Debian and Ubuntu write the first).
    reboot_files: tuple[str, ...] = ("/run/reboot-required",)
    # USB errors in the kernel's log within ten minutes: one happens when a plug is pulled, a bad cable makes many.
    usb_errors: Annotated[int, msgspec.Meta(ge=1)] = 5


def unwatched(settings: Settings) -> list[Unwatched]:
    """Places that no file system has. One that does not exist yet may still be mounted: the probe says so."""
    return [
        Unwatched(key, f'"{place}"', "is no whole path", 'Write it from the root, such as "/home".')
        for key in ("disks", "reboot_files")
        for place in getattr(settings, key)
        if not place.startswith("/")
    ]


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    below = False
    return (
        Threshold(
            value="free_ratio", fault="disk_full", degraded=settings.disk_low, failed=settings.disk_full, above=below
        ),
        Threshold(value="inodes_free_ratio", fault="disk_full", degraded=settings.inodes_low, failed=0.01, above=below),
        Threshold(
            value="memory_stalled_ratio",
            fault="memory_pressure",
            degraded=settings.memory_pressure,
            failed=settings.memory_starved,
        ),
        Threshold(value="cpu_waiting_ratio", fault="cpu_pressure", degraded=settings.cpu_pressure),
        Threshold(
            value="heat_margin_celsius",
            fault="overheating",
            degraded=settings.heat_margin,
            failed=settings.heat_critical_margin,
            above=below,
        ),
        Threshold(value="clock_offset_seconds", fault="clock_offset", degraded=settings.clock_offset),
        Threshold(value="usb_errors", fault="usb_errors", degraded=settings.usb_errors - 0.5, clear=0.0),
    )
