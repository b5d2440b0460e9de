"""Looks at privileges, libraries, devices and folders, each with its remedy. Linux."""

from __future__ import annotations

import ctypes.util
import getpass
import os
import pwd
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from alerting.configuration import ConfigurationError
from alerting.messages.why_not_measured import why
from alerting.papers.rendering.pdf import has_font
from alerting.plan.loading import load_plan
from alerting.service.plan_file import how_to_reach, plan_file, untold
from alerting.words import FALLBACK, LANGUAGES, load_words
from monitor.daemon.state_folder import choose
from monitor.settings import Configuration
from monitor.user_session_client.client import sessions
from probes.linux.sound_server import SESSION_PART_HOW, Session
from probes.reading import CannotMeasure

CAP_NET_RAW = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorFinding:
    """subject: what was looked at; found: what is so; remedy: what to type, "" where nothing is wrong."""

    subject: str
    ok: bool
    found: str
    remedy: str = ""


def examine(configuration: Configuration, config: Path | None) -> list[DoctorFinding]:
    """Every finding, in the order in which they matter."""
    doors = sessions()
    return [
        _state(configuration),
        _plan(configuration, config),
        _echo(Path("/proc")),
        *_devices(Path("/dev")),
        _portaudio(),
        _sound_server(configuration.probes["microphone"].session, doors),
        _others(Path("/proc"), doors),
        clock(),
        documents(),
    ]


def _state(configuration: Configuration) -> DoctorFinding:
    folder = choose(configuration.settings.state)
    place = folder
    while not place.exists():
        place = place.parent
    if os.access(place, os.W_OK):
        return DoctorFinding(subject="state folder", ok=True, found=str(folder))
    remedy = f"sudo install -d -o {getpass.getuser()} -m 750 {folder}   (or set `state` in roomwatch.toml)"
    return DoctorFinding(subject="state folder", ok=False, found=f"{folder} cannot be written", remedy=remedy)


def _plan(configuration: Configuration, config: Path | None) -> DoctorFinding:
    file = plan_file(configuration.settings.plan, config)
    try:
        plan = load_plan(file)
    except ConfigurationError as error:
        return DoctorFinding(subject="plan", ok=False, found=f"{file} has problems", remedy=str(error))
    blind = []
    for name, contact in plan.contacts.items():
        for channel in contact.channels:
            try:
                channel.reveal()
            except LookupError as error:
                blind.append(f"{name}: {error}")
    if blind:
        return DoctorFinding(subject="plan", ok=False, found="; ".join(blind), remedy="Mend these secrets.")
    reach = sum(len(contact.channels) for contact in plan.contacts.values())
    if reach == 0:
        return DoctorFinding(subject="plan", ok=False, found="it reaches nobody", remedy=how_to_reach(file))
    if lines := untold(plan, time.time()):
        return DoctorFinding(
            subject="plan", ok=False, found="; ".join(lines), remedy=f"Mend {file}: roomwatch plan check"
        )
    return DoctorFinding(subject="plan", ok=True, found=f"{reach} channels of {len(plan.contacts)} contacts")


def _capability(proc: Path, number: int) -> bool:
    for line in (proc / "self" / "status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False


def _echo(proc: Path) -> DoctorFinding:
    if _capability(proc, CAP_NET_RAW):
        return DoctorFinding(subject="ICMP and ARP", ok=True, found="CAP_NET_RAW is there")
    low, high = (int(part) for part in (proc / "sys/net/ipv4/ping_group_range").read_text().split())
    if any(low <= group <= high for group in {os.getegid(), *os.getgroups()}):
        return DoctorFinding(subject="ICMP and ARP", ok=True, found="unprivileged echo is allowed (no ARP, no LLDP)")
    return DoctorFinding(
        subject="ICMP and ARP",
        ok=False,
        found="no CAP_NET_RAW and no unprivileged echo",
        remedy="Use the systemd unit (AmbientCapabilities=CAP_NET_RAW), or: "
        "sudo sysctl net.ipv4.ping_group_range='0 2147483647'",
    )


def _devices(dev: Path) -> list[DoctorFinding]:
    found = []
    for subject, pattern, group in (("camera", "video*", "video"), ("microphone", "snd/pcm*c", "audio")):
        nodes = sorted(dev.glob(pattern))
        closed = [str(node) for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
        if closed:
            remedy = f"sudo usermod -aG {group} {getpass.getuser()}   (then log in again)"
            found.append(
                DoctorFinding(subject=subject, ok=False, found=f"may not open {', '.join(closed)}", remedy=remedy)
            )
        else:
            text = ", ".join(str(node) for node in nodes) or "no device is connected"
            found.append(DoctorFinding(subject=subject, ok=True, found=text))
    return found


def _portaudio() -> DoctorFinding:
    if ctypes.util.find_library("portaudio"):
        return DoctorFinding(subject="PortAudio", ok=True, found="the library is there")
    return DoctorFinding(
        subject="PortAudio",
        ok=False,
        found="the library is missing: the microphone cannot be measured",
        remedy="sudo apt-get install libportaudio2",
    )


def _sound_server(session: Session, doors: Mapping[int, Path], run: Path = Path("/run/user")) -> DoctorFinding:
    """Ours, one named in the configuration, or that of the room's user through the session part."""
    runtime = Path(session.runtime_folder or os.environ.get("XDG_RUNTIME_DIR") or run / str(os.getuid()))
    place = (
        Path(session.server.removeprefix("unix:")) if session.server.startswith("unix:") else runtime / "pulse/native"
    )
    named = bool(session.server or session.runtime_folder)
    if _reachable(place):
        if shutil.which("pactl"):
            return DoctorFinding(subject="sound server", ok=True, found=str(place))
        return DoctorFinding(
            subject="sound server",
            ok=False,
            found="pactl is missing: mute, defaults and holders cannot be read",
            remedy="sudo apt-get install pulseaudio-utils",
        )
    if doors:
        names = ", ".join(_user_name(uid) for uid in doors)
        return DoctorFinding(subject="sound server", ok=True, found=f"asked through the session part of {names}")
    if named:
        return DoctorFinding(
            subject="sound server",
            ok=False,
            found=f"{place} is not there or closed to {getpass.getuser()}",
            remedy="docs/sound-of-another-user.md says how the room's user lets it listen there.",
        )
    others = sorted(_user_name(int(one.name)) for one in _folders(run) if int(one.name) not in (0, os.getuid()))
    if others:
        return DoctorFinding(
            subject="sound server",
            ok=False,
            found=f"it belongs to {', '.join(others)}, whose session part is not installed",
            remedy=SESSION_PART_HOW.format(user=others[0]),
        )
    return DoctorFinding(
        subject="sound server",
        ok=False,
        found="none runs here: mute, volume and the speaker stay unknown, sound cards are read directly",
        remedy=SESSION_PART_HOW.format(user="USER") + "   (USER is who is logged in at the room's screen)",
    )


def clock() -> DoctorFinding:
    """What the probe of the clock says here."""
    from probes import host
    from probes.host.clock_linux import read_clock

    outcome = host.clock(read_clock())
    if isinstance(outcome, CannotMeasure):
        found = why(outcome.reason, load_words(FALLBACK))
        return DoctorFinding(subject="clock", ok=False, found=found, remedy=outcome.remedy)
    return DoctorFinding(subject="clock", ok=True, found="a time service keeps it")


def _reachable(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # in a folder that is closed to us
        return False


def _folders(run: Path) -> list[Path]:
    try:
        return [one for one in run.iterdir() if one.name.isdecimal()]
    except OSError:
        return []


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _others(proc: Path, doors: Mapping[int, Path]) -> DoctorFinding:
    subject = "who holds a device"
    try:
        os.listdir(proc / "1" / "fd")  # noqa: PTH208
    except PermissionError:
        if doors:
            return DoctorFinding(subject=subject, ok=True, found="the session part answers for the room's user")
        return DoctorFinding(
            subject=subject,
            ok=False,
            found="other users' open files may not be read, so a camera may be in use unseen and is left alone",
            remedy=SESSION_PART_HOW.format(user="USER") + "   (USER is who is logged in at the room's screen)",
        )
    except OSError:
        pass
    return DoctorFinding(subject=subject, ok=True, found="every process may be asked")


def documents(find_library: Callable[[str], str | None] = ctypes.util.find_library) -> DoctorFinding:
    """What documents need: Pango for PDF, a font for each language, poppler for charts in Word."""
    packages = []
    if not (find_library("pango-1.0") and find_library("pangoft2-1.0")):
        packages += ["libpango-1.0-0", "libpangoft2-1.0-0"]
    packages += [traits.font_package for traits in LANGUAGES.values() if not has_font(traits.font)]
    if shutil.which("pdftoppm") is None:
        packages.append("poppler-utils")
    if not packages:
        return DoctorFinding(subject="documents", ok=True, found="reports and the plan can be printed, Chinese too")
    return DoctorFinding(
        subject="documents",
        ok=False,
        found="PDF, Chinese text or charts in Word documents cannot be made",
        remedy=f"sudo apt-get install --no-install-recommends {' '.join(packages)}",
    )


def _programs(configuration: Configuration) -> DoctorFinding:
    """Which conferencing programs are here: each is watched from the moment it is first seen, or as configured."""
    from probes.software import watched
    from probes.software.profiles import installed

    profiles = watched(configuration.probes["software"])
    here = installed(profiles)
    missing = [
        name
        for name, one in profiles.items()
        if one.expected in ("always", "hours", "meeting") and one.paths and name not in here
    ]
    said = ", ".join(f"{name} ({profiles[name].expected})" for name in here)
    if missing:
        return DoctorFinding(
            subject="meeting programs",
            ok=False,
            found=f"{', '.join(missing)}: expected by the configuration and not installed",
            remedy="Install it, or take its `expected` out of [probes.software.applications].",
        )
    found = said or "none of the known ones is installed; one that is started is watched all the same"
    return DoctorFinding(subject="meeting programs", ok=True, found=found)
