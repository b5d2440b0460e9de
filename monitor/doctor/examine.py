"""Looks at privileges, libraries, devices and folders, each with its remedy. Linux."""

from __future__ import annotations

import asyncio
import ctypes.util
import getpass
import os
import pwd
import shutil
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from alerting.configuration import ConfigurationError, overlays
from alerting.folders import shipped_folder
from alerting.papers.rendering.pdf import has_font
from alerting.plan.check import check_plan
from alerting.plan.loading import load_plan
from alerting.service.plan_file import plan_file, setup_command, untold
from alerting.words import LANGUAGES, Words
from monitor.daemon.shown_commands import typed
from monitor.daemon.state_folder import choose
from monitor.doctor.sound_rivals import rivals
from monitor.settings import Configuration
from monitor.user_session_client.client import sessions
from probes.linux.sound_server import Session
from probes.reading import CannotMeasure
from probes.why import Why, to_do

CAP_NET_RAW = 13


Value = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorFinding:
    """subject: what was looked at, a key of the catalogues' ``doctor.subject``. found: what is so, a key below
    ``doctor`` with its values, or a probe's reason. remedy: what to type, None where nothing is wrong."""

    subject: str
    ok: bool
    found: Why
    remedy: Why | None = None
    by_probe: bool = False


def _well(subject: str, code: str, **values: Value) -> DoctorFinding:
    return DoctorFinding(subject=subject, ok=True, found=Why(code, values))


def _lacking(subject: str, remedy: Why, code: str, **values: Value) -> DoctorFinding:
    return DoctorFinding(subject=subject, ok=False, found=Why(code, values), remedy=remedy)


def examine(configuration: Configuration, config: Path | None, words: Words) -> list[DoctorFinding]:
    """Every finding, in the order in which they matter. words: in which the plan's problems are said."""
    doors = sessions()
    return [
        _well("configuration", "place", name=words.traits.comma.join(map(str, configuration.layers.files))),
        _state(configuration),
        _plan(configuration, config, words),
        *_plan_readers(configuration, config),
        _echo(Path("/proc")),
        *_devices(Path("/dev")),
        _portaudio(),
        _sound_server(configuration.probes["microphone"].session, doors),
        *_rivals(),
        _others(Path("/proc"), doors),
        _programs(configuration),
        *_ends(configuration),
        clock(),
        documents(),
    ]


def _state(configuration: Configuration) -> DoctorFinding:
    folder = choose(configuration.settings.state)
    place = folder
    while not os.path.lexists(place):
        place = place.parent
    if os.path.isdir(place) and os.access(place, os.W_OK):  # noqa: PTH112 - False for what is barred
        return _well("state", "place", name=str(folder))
    remedy = to_do("make_state_folder", user=_own_name(), folder=str(folder))
    return _lacking("state", remedy, "cannot_be_written", name=str(folder))


def _plan(configuration: Configuration, config: Path | None, words: Words) -> DoctorFinding:
    file = plan_file(configuration.settings.plan, config)
    try:
        plan = load_plan(file, named=bool(configuration.settings.plan))
    except ConfigurationError as error:
        return _lacking("plan", to_do("as_said", detail=str(error)), "has_problems", name=str(file))
    blind = []
    for name, contact in plan.contacts.items():
        for channel in contact.channels:
            try:
                channel.reveal()
            except LookupError as error:
                blind.append(f"{name}: {error}")
    if blind:
        return _lacking("plan", to_do("mend_secrets"), "secrets_unreadable", detail="; ".join(blind))
    reach = sum(len(contact.channels) for contact in plan.contacts.values())
    if reach == 0:
        setup = setup_command(file)
        remedy = (
            to_do("write_contacts", setup=setup, file=str(file))
            if file.exists()
            else to_do("copy_plan", setup=setup, file=str(file), shipped=str(shipped_folder() / "plan.toml"))
        )
        return _lacking("plan", remedy, "reaches_nobody")
    if lines := untold(plan, time.time(), words):
        detail = words.traits.joint.join(line.removesuffix(words.traits.stop) for line in lines)
        return _lacking(
            "plan", to_do("mend_plan", file=str(file), check=typed("plan check", config)), "untold", detail=detail
        )
    return _well("plan", "reach", channels=reach, contacts=len(plan.contacts))


def _plan_readers(configuration: Configuration, config: Path | None) -> list[DoctorFinding]:
    """Whether everybody on this machine may read the keys that a plan holds itself. Nothing where it holds none."""
    file = plan_file(configuration.settings.plan, config)
    try:
        plan = load_plan(file)
    except ConfigurationError:
        return []
    if not any(one.code == "inline_key" for one in check_plan(plan, time.time())):
        return []
    files = [file, *overlays(file.parent / "plan.d")]
    open_to_all = " ".join(str(one) for one in files if one.stat().st_mode & stat.S_IROTH)
    if open_to_all:
        remedy = to_do("close_plan", files=open_to_all)
        return [_lacking("plan_keys", remedy, "keys_readable_by_all", name=open_to_all)]
    return [_well("plan_keys", "keys_kept", name=str(file))]


def _capability(proc: Path, number: int) -> bool:
    for line in (proc / "self" / "status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False


def _echo(proc: Path) -> DoctorFinding:
    if _capability(proc, CAP_NET_RAW):
        return _well("echo", "net_raw")
    low, high = (int(part) for part in (proc / "sys/net/ipv4/ping_group_range").read_text().split())
    if any(low <= group <= high for group in {os.getegid(), *os.getgroups()}):
        return _well("echo", "unprivileged_echo")
    return _lacking("echo", to_do("allow_echo"), "no_echo")


def _devices(dev: Path) -> list[DoctorFinding]:
    found = []
    for subject, pattern, group in (("camera", "video*", "video"), ("microphone", "snd/pcm*c", "audio")):
        nodes = sorted(dev.glob(pattern))
        closed = [str(node) for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
        if closed:
            remedy = to_do("join_group", group=group, user=_own_name())
            found.append(_lacking(subject, remedy, "may_not_open", name=", ".join(closed)))
        elif nodes:
            found.append(_well(subject, "place", name=", ".join(str(node) for node in nodes)))
        else:
            found.append(_well(subject, "no_device"))
    return found


def _portaudio() -> DoctorFinding:
    if ctypes.util.find_library("portaudio"):
        return _well("portaudio", "library_there")
    return _lacking("portaudio", to_do("install", packages="libportaudio2"), "no_portaudio")


def _sound_server(session: Session, doors: Mapping[int, Path], run: Path = Path("/run/user")) -> DoctorFinding:
    """Ours, one named in the configuration, or that of the room's user through the session part."""
    runtime = Path(session.runtime_folder or os.environ.get("XDG_RUNTIME_DIR") or run / str(os.getuid()))
    place = (
        Path(session.server.removeprefix("unix:")) if session.server.startswith("unix:") else runtime / "pulse/native"
    )
    subject = "sound_server"
    if _reachable(place):
        if shutil.which("pactl"):
            return _well(subject, "place", name=str(place))
        return _lacking(subject, to_do("install", packages="pulseaudio-utils"), "no_pactl")
    if doors:
        return _well(subject, "asked_through_session", people=", ".join(_user_name(uid) for uid in doors))
    if session.server or session.runtime_folder:
        return _lacking(subject, to_do("share_sound"), "closed_to", name=str(place), user=_own_name())
    others = sorted(_user_name(int(one.name)) for one in _folders(run) if int(one.name) not in (0, os.getuid()))
    if others:
        remedy = to_do("install_session_part", enable=typed("session enable", None), user=others[0])
        return _lacking(subject, remedy, "sound_of_others", people=", ".join(others))
    return _lacking(subject, _let_some_user_answer(), "no_sound_server")


def _let_some_user_answer() -> Why:
    return to_do("install_session_part_of_some_user", enable=typed("session enable", None))


def _rivals() -> list[DoctorFinding]:
    return [
        _lacking("sound_server", to_do("keep_one_sound_server", user=user), "sound_rivals", user=user, names=names)
        for user, names in rivals().items()
    ]


def _ends(configuration: Configuration) -> list[DoctorFinding]:
    """Where the kernel does not tell of a program's end (before Linux 5.3, or a container that forbids asking)."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        seconds = round(configuration.settings.schedule["software"].interval)
        kernel = os.uname().release
        return [_lacking("ends", to_do("newer_kernel"), "ends_untold", kernel=kernel, seconds=seconds)]
    return []


def clock() -> DoctorFinding:
    """What the probe of the clock says here."""
    from probes import host

    outcome = asyncio.run(host.look_at_clock(time.time()))
    if isinstance(outcome, CannotMeasure):
        return DoctorFinding(subject="clock", ok=False, found=outcome.reason, remedy=outcome.remedy, by_probe=True)
    return _well("clock", "clock_kept")


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


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no variable says it, and the system does not know this user
        return str(os.getuid())


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _others(proc: Path, doors: Mapping[int, Path]) -> DoctorFinding:
    try:
        os.listdir(proc / "1" / "fd")  # noqa: PTH208
    except PermissionError:
        if doors:
            return _well("holders", "session_answers")
        return _lacking("holders", _let_some_user_answer(), "holders_hidden")
    except OSError:
        pass
    return _well("holders", "holders_seen")


def documents(find_library: Callable[[str], str | None] = ctypes.util.find_library) -> DoctorFinding:
    """What documents need: Pango for PDF, a font for each language, poppler for charts in Word."""
    packages = []
    if not (find_library("pango-1.0") and find_library("pangoft2-1.0")):
        packages += ["libpango-1.0-0", "libpangoft2-1.0-0"]
    packages += [traits.font_package for traits in LANGUAGES.values() if not has_font(traits.font)]
    if shutil.which("pdftoppm") is None:
        packages.append("poppler-utils")
    if not packages:
        return _well("documents", "documents_work")
    return _lacking("documents", to_do("install", packages=" ".join(packages)), "no_documents")


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
    if missing:
        return _lacking("programs", to_do("install_program"), "program_missing", name=", ".join(missing))
    if here:
        return _well("programs", "place", name=", ".join(here))
    return _well("programs", "no_program")
