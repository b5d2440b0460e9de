"""The room's PC itself: disk, memory pressure, temperature, clock, pending reboot, USB errors, hung drivers.

It mends nothing and guesses nothing: what the kernel does not say is "cannot measure" or "nothing to measure".
"""

from __future__ import annotations

import os
from pathlib import Path

from probes.child.isolate import Isolation
from probes.guard import Look, guarded
from probes.host.kernel_clock_linux import ClockState, read_clock
from probes.host.settings import Settings, thresholds, unwatched
from probes.host.time_service_linux import ask_time_service
from probes.host.usb_errors_linux import UsbErrors
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from probes.why import because, to_do

__all__ = ["Settings", "probe", "thresholds", "unwatched"]

EMPTY_BYTES = 4 << 20
"""What systemd mounts over homes that a service may not see (ProtectHome=tmpfs)."""


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
            shown = _shown(Path(place))
            device = shown.stat().st_dev
            if device in seen:
                continue
            seen.add(device)
            facts = os.statvfs(shown)
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
        size = facts.f_blocks * facts.f_frsize
        if size and facts.f_flag & os.ST_RDONLY and size <= EMPTY_BYTES and _covers(place):
            why = because("folder_hidden", folder=place)
            outcomes.append(CannotMeasure(check="host.disk", target=place, reason=why))
            continue
        if size == 0 or (facts.f_flag & os.ST_RDONLY and size <= EMPTY_BYTES):
            continue  # a pseudo file system has no size; an empty one of the unit's stands for a folder of "/"
        values = {"free_bytes": float(facts.f_bavail * facts.f_frsize), "free_ratio": facts.f_bavail / facts.f_blocks}
        if facts.f_files:
            values["inodes_free_ratio"] = facts.f_favail / facts.f_files
        outcomes.append(Reading(check="host.disk", target=place, values=values))
    return outcomes


def _shown(place: Path) -> Path:
    """Where the unit hides what is in a file system, its lost+found is still there to be asked."""
    lost = place / "lost+found"
    return lost if lost.is_dir() else place


def _covers(place: str) -> bool:
    """Whether what is mounted there lies over another file system."""
    mounts = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
    return sum(line.split()[4] == place for line in mounts) > 1


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
