"""The room's PC itself: disk, memory pressure, temperature, clock, pending reboot, USB errors, hung drivers.

Does not mend anything, and to guess: what the kernel does not say is "cannot measure" or "nothing to measure".
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec

from probes.child.isolate import Isolation
from probes.guard import Look, guarded
from probes.host.kernel_clock_linux import ClockState, read_clock
from probes.host.time_service_linux import ask_time_service
from probes.host.usb_errors_linux import UsbErrors
from probes.judge_reading import Threshold
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from probes.unwatched_setting import Unwatched
from probes.why import because, to_do

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


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """A reading for each disk, for pressure, heat, clock, reboot, USB and drivers."""
    usb = context.memory.setdefault("usb", UsbErrors())
    assert isinstance(usb, UsbErrors)
    rungs: tuple[tuple[str, Look], ...] = (
        ("host.disk", lambda: disks(settings)),
        ("host.memory", lambda: pressure(context.proc)),
        ("host.heat", lambda: heat(settings, context.sys)),
        ("host.clock", lambda: look_at_clock(context.now())),
        ("host.reboot", lambda: reboot(settings)),
        ("host.usb", lambda: usb.look(context.dev, context.sys, context.monotonic())),
        ("host.driver", lambda: driver(context.memory.get("isolation"))),
    )
    return [one for check, look in rungs for one in await guarded(context, check, look)]


def disks(settings: Settings) -> list[Outcome]:
    """Free space and i-nodes that an unprivileged program can use."""
    outcomes: list[Outcome] = []
    seen: set[int] = set()
    for place in settings.disks:
        try:
            device = Path(place).stat().st_dev
            if device in seen:
                continue
            seen.add(device)
            facts = os.statvfs(place)
        except FileNotFoundError:
            outcomes.append(NothingToMeasure(check="host.disk", target=place, reason=because("folder_missing")))
            continue
        except OSError as error:
            outcomes.append(
                CannotMeasure(
                    check="host.disk",
                    target=place,
                    reason=because("folder_unreadable", folder=place, detail=error.strerror or str(error)),
                )
            )
            continue
        if facts.f_blocks == 0:
            continue  # a pseudo file system has no size
        values = {"free_bytes": float(facts.f_bavail * facts.f_frsize), "free_ratio": facts.f_bavail / facts.f_blocks}
        if facts.f_files:
            values["inodes_free_ratio"] = facts.f_favail / facts.f_files
        outcomes.append(Reading(check="host.disk", target=place, values=values))
    return outcomes


def pressure(proc: Path) -> list[Outcome]:
    """PSI as the kernel averages it (Documentation/accounting/psi.rst)."""
    outcomes: list[Outcome] = []
    for check, file, line, field, value in (
        ("host.memory", "memory", "full", "avg60", "memory_stalled_ratio"),
        ("host.cpu", "cpu", "some", "avg300", "cpu_waiting_ratio"),
    ):
        try:
            share = _psi((proc / "pressure" / file).read_text(), line, field)
        except (OSError, ValueError, KeyError) as error:
            reason = because("no_pressure", detail=str(error))
            outcomes.append(CannotMeasure(check=check, reason=reason, remedy=to_do("boot_with_psi")))
            continue
        outcomes.append(Reading(check=check, values={value: share}))
    return outcomes


def _psi(text: str, line: str, field: str) -> float:
    rows = {
        row.split()[0]: dict(part.split("=", 1) for part in row.split()[1:]) for row in text.splitlines() if row.strip()
    }
    return float(rows[line][field]) / 100


def _celsius(file: Path) -> float | None:
    """A sensor's millidegrees; None where it is absent, asleep (ENODATA) or plainly wrong (0 and −273 are seen)."""
    try:
        degrees = int(file.read_text()) / 1000
    except (OSError, ValueError, OverflowError):
        return None
    return degrees if 0 < degrees < 150 else None


def heat(settings: Settings, sys: Path) -> Outcome:
    """The hottest sensor by its margin to its own critical point, over thermal zones and hardware monitors."""
    worst: tuple[float, float, str] | None = None
    sensors: list[tuple[str, float, float | None]] = []
    for zone in sorted((sys / "class" / "thermal").glob("thermal_zone*")):
        now = _celsius(zone / "temp")
        if now is not None:
            sensors.append((_name(zone / "type"), now, _trip(zone)))
    for monitor in sorted((sys / "class" / "hwmon").glob("hwmon*")):
        for file in sorted(monitor.glob("temp*_input")):
            now = _celsius(file)
            if now is not None:
                limit = _celsius(file.with_name(file.name.replace("_input", "_crit")))
                sensors.append((f"{_name(monitor / 'name')} {file.name.removesuffix('_input')}", now, limit))
    for name, now, limit in sensors:
        margin = (limit or settings.heat_limit) - now
        if worst is None or margin < worst[0]:
            worst = (margin, now, name)
    if worst is None:
        return NothingToMeasure(check="host.heat", reason=because("no_sensor"))
    values = {"temperature_celsius": worst[1], "heat_margin_celsius": worst[0]}
    return Reading(check="host.heat", values=values, evidence={"sensor": worst[2]})


def _name(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return file.parent.name


def _trip(zone: Path) -> float | None:
    for kind in zone.glob("trip_point_*_type"):
        if _name(kind) == "critical":
            return _celsius(kind.with_name(kind.name.replace("_type", "_temp")))
    return None


async def look_at_clock(now: float) -> Outcome:
    """By the kernel's account, and by the time service's where the kernel's is barred."""
    return clock(read_clock() or await ask_time_service(now))


def clock(state: ClockState | None) -> Outcome:
    """How far the clock is from what the time service says, as far as that is told."""
    if state is None:
        return CannotMeasure(check="host.clock", reason=because("clock_barred"), remedy=to_do("start_time_service"))
    if not state.synchronised:
        return CannotMeasure(check="host.clock", reason=because("no_time_service"), remedy=to_do("start_time_service"))
    values = {}
    if state.offset_seconds is not None:
        values["clock_offset_seconds"] = abs(state.offset_seconds)
    if state.bound_seconds is not None:
        values["clock_error_bound_seconds"] = state.bound_seconds
    return Reading(check="host.clock", values=values)


def reboot(settings: Settings) -> Outcome:
    """Whether an update waits for a reboot; a PC that reboots by itself in a meeting is worse than one told in time."""
    found = [place for place in settings.reboot_files if Path(place).exists()]
    evidence: dict[str, str | float | int | bool] = {}
    if found:
        evidence["file"] = found[0]
        packages = Path(found[0] + ".pkgs")
        try:
            names = sorted(set(packages.read_text(errors="replace").split()))
        except OSError:
            names = []
        if names:
            evidence["packages"] = ", ".join(names[:5])
    finding = "reboot_pending" if found else ""
    return Reading(check="host.reboot", values={"pending": float(bool(found))}, finding=finding, evidence=evidence)


def driver(isolation: object) -> Outcome:
    """Whether the kernel holds on to a process that looked at a device and was killed: its driver hangs, nothing can
    use that device, and only unplugging it or restarting the PC helps."""
    if not isinstance(isolation, Isolation):
        return NothingToMeasure(check="host.driver", reason=because("no_child"))
    stuck = isolation.stuck()
    evidence: dict[str, str | float | int | bool] = {}
    if stuck:
        evidence["holds"] = ", ".join(sorted(stuck))
        evidence["processes"] = ", ".join(str(pid) for pid in sorted(stuck.values()))
    values = {"children_stuck": float(len(stuck))}
    return Reading(check="host.driver", values=values, finding="driver_hung" if stuck else "", evidence=evidence)
