"""What the machine itself tells of the room: zone, name, programs, camera and microphone. Opens no device."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
from dataclasses import dataclass
from pathlib import Path

from alerting.words import FALLBACK, LANGUAGES
from probes.camera.discovery_linux import list_cameras
from probes.linux import sound_server
from probes.linux.sound_devices import SoundServerError
from probes.microphone.discovery_linux import capture_devices
from probes.software.profiles import Application, installed


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHere:
    """camera, microphone: by the name that the configuration takes, "" where there is none. login: of who runs this,
    "" for root, who may do everything anyway."""

    language: str
    host: str
    timezone: str
    programs: tuple[str, ...] = ()
    camera: str = ""
    microphone: str = ""
    login: str = ""


def look(applications: dict[str, Application]) -> FoundHere:
    """Does not fail: what cannot be seen is not found."""
    return FoundHere(
        language=_language(),
        host=socket.gethostname().partition(".")[0] or "room",
        timezone=_timezone(),
        programs=installed(applications),
        camera=next((one.name for one in list_cameras()), ""),
        microphone=_microphone(),
        login=_login(),
    )


def _language() -> str:
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    prefix = spoken.partition("_")[0].lower()
    return next((one for one in LANGUAGES if prefix and one.partition("-")[0] == prefix), FALLBACK)


def _login() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() else ""
    except KeyError:
        return ""


def _timezone(etc: Path = Path("/etc")) -> str:
    try:
        name = os.readlink(etc / "localtime").partition("zoneinfo/")[2]  # noqa: PTH115 - the link's own text
    except OSError:
        name = ""
    return name or "UTC"


def _microphone() -> str:
    """The sound server's default source, else the first capture device of ALSA."""
    try:
        server = asyncio.run(sound_server.look())
    except SoundServerError:
        return next((one.stable_name for one in capture_devices()), "")
    real = [one.name for one in server.sources if not one.monitor]
    return server.default_source if server.default_source in real else next(iter(real), "")
