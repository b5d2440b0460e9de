"""Files of /proc, /sys and /dev with anything in them: each look says what it can, and none dies."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes import display, host, power
from probes.camera.discovery_linux import list_cameras
from probes.host.usb_errors_linux import UsbErrors
from probes.linux.video_holders import find_video_holders
from probes.microphone import by_session
from probes.microphone.discovery_linux import capture_devices
from probes.reading import CannotMeasure, Context, Outcome, Reading
from probes.software.hang_signs_linux import datagrams, process_signs, unread
from probes.software.media_sockets_linux import count_datagrams, media_sockets
from probes.software.out_of_memory_linux import oom_counters, oom_evidence
from probes.software.processes_linux import ProcessTable
from probes.software.recorded_end_cause_linux import core_evidence
from probes.software.remembered_programs import Tracks
from probes.software.x11_linux import cookies
from tests.reasons.english import english

FILES = (
    "proc/uptime",
    "proc/loadavg",
    "proc/vmstat",
    "proc/stat",
    "proc/net/udp",
    "proc/net/snmp",
    "proc/net/snmp6",
    "proc/7/stat",
    "proc/7/status",
    "proc/7/comm",
    "proc/7/cgroup",
    "proc/7/cmdline",
    "proc/7/schedstat",
    "proc/7/net/snmp",
    "proc/7/net/udp",
    "proc/pressure/memory",
    "proc/pressure/cpu",
    "proc/sys/kernel/random/boot_id",
    "proc/asound/cards",
    "proc/asound/card0/pcm0c/sub0/status",
    "proc/asound/card\u00b2/pcm\u00b2c/sub0/status",
    "sys/class/power_supply/a/type",
    "sys/class/power_supply/a/online",
    "sys/class/power_supply/b/type",
    "sys/class/power_supply/b/capacity",
    "sys/class/power_supply/b/status",
    "sys/class/power_supply/b/time_to_empty_now",
    "sys/class/drm/card0-HDMI-A-1/status",
    "sys/class/video4linux/video0/name",
    "sys/class/video4linux/video\u00b2/index",
    "sys/class/thermal/thermal_zone0/temp",
    "sys/class/thermal/thermal_zone0/type",
    "sys/class/hwmon/hwmon0/temp1_input",
    "sys/bus/usb/devices/1-1/1-1-port1/over_current_count",
    "dev/kmsg",
    "state/programs.json",
    "authority",
)
PLAUSIBLE = (
    b"\xe4\xbc",
    b"\xc2\xb2",
    "²".encode(),
    b"9" * 5000,
    b"-",
    b"nan",
    b"inf",
    b"Battery",
    b"Mains",
    b"Discharging",
    b"1 (a) S 1",
    b"0::/\xff\xfe\n",
    b"state: RUNNING\nowner_pid   : --7\nhw_ptr : \xff",
    b"some avg10=x\nfull avg60\n \n",
    b"oom_kill x",
    b"Udp: InDatagrams\nUdp: -\n",
    b" 0 [\xff     ]: x - y\n",
    b"usb 1-\xb21: device descriptor read/64, error -71",
)
CONTENT = st.dictionaries(st.sampled_from(FILES), st.binary(max_size=60) | st.sampled_from(PLAUSIBLE), max_size=14)


async def everything(root: Path) -> list[Outcome]:
    proc, sys, dev, state = (root / name for name in ("proc", "sys", "dev", "state"))
    context = Context(now=time.time, monotonic=time.monotonic, proc=proc, sys=sys, dev=dev, state=state)
    found: list[Outcome] = []
    for module in (power, host, display):
        found += await module.probe(module.Settings(), context)
    capture_devices(proc, dev)
    list_cameras(sys, dev)
    find_video_holders(proc, "/dev/video")
    UsbErrors().look(dev, sys, 1.0)
    for one in ProcessTable().look(proc):
        process_signs(one, proc)
    media_sockets(proc)
    count_datagrams(1.0, proc)
    datagrams(7, proc)
    unread(7, proc)
    oom_evidence(oom_counters(7, proc, sys), proc)
    Tracks.restored(state, proc)
    by_session.program_of(7, proc)
    list(cookies(root / "authority", "0"))
    return found


def written(root: Path, content: dict[str, bytes]) -> Path:
    for name, data in content.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


@settings(deadline=None, max_examples=200)
@given(CONTENT)
async def test_whatever_stands_in_them_no_look_dies(content: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "proc").mkdir()
        found = await everything(written(Path(name), content))
    assert [one for one in found if isinstance(one, CannotMeasure) and one.broke] == []


def test_a_name_that_the_kernel_cut_within_a_letter_is_a_name(tmp_path: Path) -> None:
    """comm holds 15 bytes: the sixth Chinese letter is never whole."""
    cut = "腾讯会议客户端".encode()[:15][:-1]
    status = b"Name:\t" + cut + b"\nTgid:\t7\n"
    content = {
        "proc/7/comm": cut,
        "proc/7/status": status,
        "proc/asound/cards": b" 0 [PCH            ]: HDA - HDA Intel\n",
        "proc/asound/card0/pcm0c/sub0/status": b"state: RUNNING\nowner_pid   : 7\nhw_ptr      : 4800\n",
    }
    (device,) = capture_devices(written(tmp_path, content) / "proc", tmp_path)
    assert device.holder == by_session.program_of(7, tmp_path / "proc") == "腾讯会议\ufffd"


def test_a_control_group_whose_name_is_no_text_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "sys/fs/cgroup" / os.fsdecode(b"caf\xe9")
    folder.mkdir(parents=True)
    (folder / "memory.events").write_text("oom_kill 3\n")
    written(tmp_path, {"proc/7/cgroup": b"0::/caf\xe9\n", "proc/vmstat": b"oom_kill 9\n"})
    assert oom_counters(7, tmp_path / "proc", tmp_path / "sys").killed == 3


def test_a_core_file_whose_name_is_no_text_is_named_in_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"core.caf\xe9.0.boot.7.1234.zst")).touch()
    told = english(core_evidence(7, tmp_path))
    assert told.encode().decode() == "it crashed: core dump core.caf\ufffd.0.boot.7.1234.zst"


async def test_a_check_that_dies_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> Reading:
        raise ZeroDivisionError

    monkeypatch.setattr(power, "_battery", dies)
    content = {
        "sys/class/power_supply/a/type": b"Mains",
        "sys/class/power_supply/a/online": b"1",
        "sys/class/power_supply/b/type": b"Battery",
    }
    root = written(tmp_path, content)
    context = Context(now=time.time, monotonic=time.monotonic, sys=root / "sys")
    mains, battery = await power.probe(power.Settings(), context)
    assert isinstance(mains, Reading)
    assert isinstance(battery, CannotMeasure)
    assert (battery.check, battery.target, battery.broke) == ("power.battery", "b", True)
