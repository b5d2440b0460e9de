"""The units by systemd's own judgement, and the capture libraries under the unit's strictest rule."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from probes import microphone
from probes.child.isolate import Isolation
from probes.linux.sound_server import Session
from probes.microphone import Settings
from probes.reading import Context, Reading
from tests.sound.rig import SoundRig, room_noise

UNITS = Path(__file__).resolve().parents[2] / "systemd"
HIGHEST_EXPOSURE = 2.0
NO_WRITE_EXECUTE = (
    "import ctypes, os, sys; assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0; os.execv(sys.argv[1], sys.argv[1:])"
)
"""PR_SET_MDWE, what MemoryDenyWriteExecute= asks for, kept over fork and exec."""


def analyze(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SYSTEMD_LOG_LEVEL": "warning", "XDG_RUNTIME_DIR": "/tmp", "SYSTEMD_COLORS": "0"}
    return subprocess.run(
        ["systemd-analyze", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as an installation has them, but for the folder of the program, which is a temporary one."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("roomwatch", "python"):
        (programs / name).symlink_to("/bin/true")
    for unit in [*UNITS.glob("*.service"), *(UNITS / "user").iterdir()]:
        place = tmp_path / unit.relative_to(UNITS)
        place.parent.mkdir(exist_ok=True)
        place.write_text(unit.read_text().replace("/opt/roomwatch/bin/", f"{programs}/"))
    return tmp_path


@pytest.mark.parametrize(
    ("unit", "most"),
    [
        ("roomwatch.service", HIGHEST_EXPOSURE),
        ("roomwatch-remedy-restart-unit@.service", 1.0),
        ("roomwatch-remedy-reset-usb@.service", 1.0),
        ("roomwatch-remedy-renew-dhcp@.service", 3.5),
        ("roomwatch-echo.service", 1.5),
    ],
)
def test_a_unit_exposes_little(unit: str, most: float) -> None:
    """The verdict is systemd's; the limit is asked for through its own exit code."""
    done = analyze("security", "--offline=true", f"--threshold={most * 10:.0f}", "--no-pager", str(UNITS / unit))
    assert done.returncode == 0, done.stdout[-200:]
    assert "Overall exposure level" in done.stdout


def test_each_remaining_exposure_of_the_daemon_is_explained_in_the_unit() -> None:
    unit = (UNITS / "roomwatch.service").read_text()
    done = analyze("security", "--offline=true", "--no-pager", str(UNITS / "roomwatch.service"))
    left = {match[1] for match in re.finditer(r"^✗ ([A-Za-z]+)=", done.stdout, re.MULTILINE)}
    assert {"PrivateNetwork", "AmbientCapabilities"} <= left
    unexplained = {name for name in left if not re.search(rf"^#.*\b{name}=", unit, re.MULTILINE)}
    assert not unexplained


def test_systemd_finds_nothing_wrong_with_the_units(installed: Path) -> None:
    for unit in installed.glob("*.service"):
        done = analyze("verify", "--man=no", "--recursive-errors=no", str(unit))
        assert (done.returncode, done.stderr) == (0, ""), unit.name


def test_systemd_finds_nothing_wrong_with_the_session_part(installed: Path) -> None:
    for unit in (installed / "user").iterdir():
        done = analyze("verify", "--user", "--man=no", "--recursive-errors=no", str(unit))
        assert (done.returncode, done.stderr) == (0, ""), unit.name


def test_a_misspelt_setting_would_be_found(installed: Path) -> None:
    unit = installed / "roomwatch.service"
    unit.write_text(unit.read_text().replace("ProtectClock=yes", "ProtectClok=yes"))
    done = analyze("verify", "--man=no", "--recursive-errors=no", str(unit))
    assert "ProtectClok" in done.stderr


def test_the_sandbox_blinds_no_probe() -> None:
    settings = [line for line in (UNITS / "roomwatch.service").read_text().splitlines() if line and line[0] != "#"]
    blinding = (
        "ProtectProc=",
        "ProcSubset=",
        "ProtectHome=yes",
        "PrivateDevices=yes",
        "PrivateNetwork=yes",
        "PrivateUsers=yes",
    )
    assert not [line for line in settings if line.startswith(blinding)]
    capabilities = [line for line in settings if "Capabilit" in line]
    assert capabilities == ["AmbientCapabilities=CAP_NET_RAW", "CapabilityBoundingSet=CAP_NET_RAW"]
    devices = [line for line in settings if line.startswith("Device")]
    assert devices == ["DevicePolicy=closed", "DeviceAllow=char-video4linux rw", "DeviceAllow=char-alsa rw"]


@pytest.mark.skipif(os.geteuid() != 0, reason="sysusers and tmpfiles write as root only, into a folder of the test's")
def test_the_user_and_the_folders_are_made_as_said(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "group").write_text("root:x:0:\nvideo:x:44:\naudio:x:29:\n")
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    users = (UNITS / "sysusers.d" / "roomwatch.conf").read_text()
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", "-"], input=users, text=True, check=True, timeout=20)
    groups = dict(line.split(":")[0::3] for line in (etc / "group").read_text().splitlines())
    assert groups["video"] == groups["audio"] == groups["roomwatch-session"] == "roomwatch"
    login = next(line for line in (etc / "passwd").read_text().splitlines() if line.startswith("roomwatch:"))
    assert login.endswith(":/var/lib/roomwatch:/usr/sbin/nologin")
    folders = UNITS / "tmpfiles.d" / "roomwatch.conf"
    subprocess.run(["systemd-tmpfiles", f"--root={tmp_path}", "--create", str(folders)], check=True, timeout=20)
    assert (tmp_path / "run/roomwatch-session").stat().st_mode & 0o7777 == 0o3770
    for kind in ("restart-unit", "reset-usb", "renew-dhcp", "start-backup"):
        assert (tmp_path / "etc/roomwatch/remedies" / kind).is_dir()
    assert (tmp_path / "etc/credstore").stat().st_mode & 0o7777 == 0o700


def test_a_picture_is_analysed_and_a_page_is_printed_without_writable_executable_memory() -> None:
    work = (
        "import cv2, numpy; cv2.GaussianBlur(numpy.zeros((90, 160, 3), 'uint8'), (5, 5), 0);"
        "import scapy.layers.inet as i; bytes(i.IP(dst='127.0.0.1') / i.ICMP());"
        "import weasyprint; assert weasyprint.HTML(string='<p>room</p>').write_pdf()[:4] == b'%PDF'"
    )
    python = Isolation().python
    subprocess.run([python, "-c", NO_WRITE_EXECUTE, python, "-W", "ignore", "-c", work], check=True, timeout=60)


async def test_the_microphone_is_heard_without_writable_executable_memory(tmp_path: Path) -> None:
    with SoundRig(tmp_path) as rig:
        rig.add_microphone("mic")
        rig.play("mic", room_noise(-40))
        isolation = Isolation()
        settings = Settings(source="mic", seconds=1.0, session=Session(runtime_folder=str(rig.runtime)))
        context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, memory={"isolation": isolation})
        isolation.python = str(tmp_path / "python")
        Path(isolation.python).write_text(
            f"#!/bin/sh\nexec {Isolation().python} -c '{NO_WRITE_EXECUTE}' {Isolation().python} \"$@\"\n"
        )
        Path(isolation.python).chmod(0o755)
        outcomes = await microphone.probe(settings, context)
    heard = next(outcome for outcome in outcomes if outcome.check == "microphone")
    assert isinstance(heard, Reading), heard
    assert -42 < heard.values["level_dbfs"] < -38


@pytest.mark.parametrize("unit", sorted(UNITS.glob("roomwatch-remedy-*.service")), ids=lambda one: one.name)
@pytest.mark.parametrize("instance", [".", "..", "listed", "other", ""])
def test_only_what_the_administrator_listed_is_an_instance(unit: Path, instance: str, tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.mkdir()
    (listed / "listed").touch()
    text = re.sub(r"/etc/roomwatch/remedies/[^/]+/%i", f"{listed}/{instance}", unit.read_text())
    lines = [one for one in text.splitlines() if str(listed) in one and not one.startswith("#")]
    asserted = [one for one in lines if one.startswith("Assert")]
    (before,) = (one.partition("=")[2].split() for one in lines if one.startswith("ExecStartPre="))
    may = [["systemd-analyze", "condition", *asserted], before]
    assert all(subprocess.run(one, check=False).returncode == 0 for one in may) is (instance == "listed")


@pytest.mark.parametrize(
    ("instance", "allowed"), [("cups", True), ("1-1.4", True), ("a\\x2db", True), ("..", False), (".", False)]
)
def test_polkit_lets_no_instance_begin_with_a_dot(instance: str, allowed: bool) -> None:
    rules = (UNITS / "polkit" / "50-roomwatch.rules").read_text()
    found = re.search(r"var remedy = /(.+)/;", rules)
    assert found is not None
    assert bool(re.search(found[1], f"roomwatch-remedy-restart-unit@{instance}.service")) is allowed
