"""The PC's own state: this machine's real disk, clock and pressure; a made tree for heat, USB and reboot."""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from probes import host
from probes.child.isolate import Isolation
from probes.host.kernel_clock_linux import STA_NANO, STA_UNSYNC, ClockState, decode, read_clock
from probes.host.usb_errors_linux import UsbErrors
from probes.judge_reading import Status, judge
from probes.reading import CannotMeasure, Context, NothingToMeasure, Reading
from tests.reasons.english import advice

LIMITS = host.thresholds(host.Settings())


def test_this_machines_disk_agrees_with_statvfs() -> None:
    (outcome,) = host.disks(host.Settings(disks=("/", "/")))
    assert isinstance(outcome, Reading)
    facts = os.statvfs("/")
    assert abs(outcome.values["free_bytes"] - facts.f_bavail * facts.f_frsize) < 1 << 30
    assert 0 <= outcome.values["free_ratio"] <= 1


def test_a_nearly_full_disk_fails() -> None:
    reading = Reading(check="host.disk", target="/", values={"free_ratio": 0.04})
    assert judge(reading, LIMITS).fault == "disk_full"
    assert judge(reading, LIMITS).status is Status.FAILED


def test_a_disk_that_does_not_exist_is_nothing(tmp_path: Path) -> None:
    (outcome,) = host.disks(host.Settings(disks=(str(tmp_path / "none"),)))
    assert isinstance(outcome, NothingToMeasure)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize(
    ("below", "seen"),
    [
        ("", "nothing"),  # a folder of "/"
        ("mount -t tmpfs -o size=64m tmpfs {0};", "CannotMeasure folder_hidden"),
        (
            "mount -t tmpfs -o size=64m tmpfs {0}; mkdir {0}/lost+found; mount --bind {0}/lost+found {0}/../kept;",
            "Reading 67108864",
        ),
    ],
)
def test_homes_that_the_unit_hides_show_their_file_system_where_they_can(tmp_path: Path, below: str, seen: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "kept").mkdir()
    hidden = f"mount -t tmpfs -o size=4m,mode=755 tmpfs {home};"
    if "lost+found" in below:
        hidden += f"mkdir {home}/lost+found; mount --bind {tmp_path}/kept {home}/lost+found;"
    ask = (
        "import sys; from probes.host import disks, Settings\n"
        "for one in disks(Settings(disks=(sys.argv[1],))):\n"
        "    print(type(one).__name__, one.reason.code if hasattr(one, 'reason') else int(one.values['free_bytes']))\n"
    )
    lines = f'{below.format(home)} {hidden} mount -o remount,ro {home}; exec {sys.executable} -c "$0" {home}'
    said = subprocess.run(["unshare", "--mount", "sh", "-ec", lines, ask], capture_output=True, text=True, check=True)
    assert (said.stdout.strip() or "nothing") == seen


def test_memory_pressure_is_read_as_a_share(tmp_path: Path) -> None:
    place = tmp_path / "pressure"
    place.mkdir()
    (place / "memory").write_text("some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n" * 1)
    (place / "cpu").write_text("some avg10=0.00 avg60=0.00 avg300=80.00 total=1\n")
    memory, cpu = host.pressure(tmp_path)
    assert isinstance(memory, CannotMeasure)
    (place / "memory").write_text(
        "some avg10=1 avg60=2 avg300=3 total=4\nfull avg10=50.00 avg60=65.00 avg300=3 total=4\n"
    )
    memory, cpu = host.pressure(tmp_path)
    assert isinstance(memory, Reading)
    assert isinstance(cpu, Reading)
    assert judge(memory, LIMITS).fault == "memory_pressure"
    assert judge(memory, LIMITS).status is Status.FAILED
    assert judge(cpu, LIMITS).fault == "cpu_pressure"


def test_a_kernel_without_pressure_figures_cannot_be_measured(tmp_path: Path) -> None:
    assert all(isinstance(one, CannotMeasure) for one in host.pressure(tmp_path))


def zone(sys: Path, number: int, kind: str, now: str, critical: str = "") -> None:
    place = sys / "class" / "thermal" / f"thermal_zone{number}"
    place.mkdir(parents=True)
    (place / "type").write_text(kind)
    (place / "temp").write_text(now)
    if critical:
        (place / "trip_point_0_type").write_text("passive")
        (place / "trip_point_0_temp").write_text("1000")
        (place / "trip_point_1_type").write_text("critical")
        (place / "trip_point_1_temp").write_text(critical)


def test_the_sensor_nearest_to_its_own_critical_point_counts(tmp_path: Path) -> None:
    zone(tmp_path, 0, "x86_pkg_temp", "70000", "105000")
    zone(tmp_path, 1, "acpitz", "68000", "70000")
    reading = host.heat(host.Settings(), tmp_path)
    assert isinstance(reading, Reading)
    assert reading.evidence["sensor"] == "acpitz"
    assert judge(reading, LIMITS).status is Status.FAILED
    assert judge(reading, LIMITS).fault == "overheating"


def test_a_sensor_that_reads_zero_or_garbage_is_ignored(tmp_path: Path) -> None:
    zone(tmp_path, 0, "broken", "0")
    zone(tmp_path, 1, "asleep", "n/a")
    assert isinstance(host.heat(host.Settings(), tmp_path), NothingToMeasure)


def test_the_kernel_tells_this_machines_clock() -> None:
    state = read_clock()
    assert state is not None
    assert abs(state.offset_seconds) < 3600


def test_a_clock_without_time_service_is_unknown_and_one_far_off_is_degraded() -> None:
    def raw(offset: int, status: int) -> bytes:
        return struct.pack("@I4xqqqqi", 0, offset, 0, 1000, 0, status) + bytes(200)

    assert isinstance(host.clock(decode(raw(0, STA_UNSYNC))), CannotMeasure)
    refused = host.clock(None)
    assert isinstance(refused, CannotMeasure)
    assert "systemd-timesyncd" in advice(refused.remedy)
    unmeasured = host.clock(ClockState(True, None, None))
    assert isinstance(unmeasured, Reading)
    assert judge(unmeasured, LIMITS).status is Status.OK
    far = host.clock(decode(raw(3_000_000_000, STA_NANO)))
    assert isinstance(far, Reading)
    assert judge(far, LIMITS).fault == "clock_offset"
    near = host.clock(decode(raw(-3000, 0)))
    assert isinstance(near, Reading)
    assert near.values["clock_offset_seconds"] == 0.003
    assert judge(near, LIMITS).status is Status.OK


def test_a_waiting_update_names_its_packages(tmp_path: Path) -> None:
    flag = tmp_path / "reboot-required"
    wanted = host.Settings(reboot_files=(str(flag),))
    before = host.reboot(wanted)
    assert isinstance(before, Reading)
    assert before.finding == ""
    flag.touch()
    (tmp_path / "reboot-required.pkgs").write_text("linux-image-6.1\nlibc6\nlibc6\n")
    after = host.reboot(wanted)
    assert isinstance(after, Reading)
    assert after.finding == "reboot_pending"
    assert after.evidence["packages"] == "libc6, linux-image-6.1"


def test_usb_errors_are_counted_and_forgotten_after_ten_minutes(tmp_path: Path) -> None:
    log = tmp_path / "kmsg"
    log.write_bytes(b"3,1,1,-;usb 1-2: device descriptor read/64, error -71\n")
    usb = UsbErrors()
    first = usb.look(tmp_path, tmp_path, 0.0)
    assert isinstance(first, Reading)
    assert first.values["usb_errors"] == 0
    with log.open("ab") as file:
        file.write(b"3,2,2,-;usb 1-2: device not accepting address 5, error -71\n" * 5)
        file.write(b"6,3,3,-;usb 1-2: new high-speed USB device number 6 using xhci_hcd\n")
    second = usb.look(tmp_path, tmp_path, 10.0)
    assert isinstance(second, Reading)
    assert second.values["usb_errors"] == 5
    assert second.evidence == {"port": "1-2", "error": "device not accepting address"}
    assert judge(second, LIMITS).fault == "usb_errors"
    third = usb.look(tmp_path, tmp_path, 611.0)
    assert isinstance(third, Reading)
    assert judge(third, LIMITS).status is Status.OK
    usb._close()


def test_a_log_that_cannot_be_read_is_said_with_its_remedy(tmp_path: Path) -> None:
    outcome = UsbErrors().look(tmp_path / "none", tmp_path, 0.0)
    assert isinstance(outcome, CannotMeasure)
    assert "CAP_SYSLOG" in advice(outcome.remedy)


def test_a_child_that_cannot_be_killed_is_a_hung_driver_until_the_kernel_lets_it_go() -> None:
    child = subprocess.Popen(["sleep", "600"])
    try:
        isolation = Isolation(abandoned={"/dev/video0": child.pid})
        found = host.driver(isolation)
    finally:
        child.kill()
        child.wait()
    assert isinstance(found, Reading)
    assert found.finding == "driver_hung"
    assert found.values == {"children_stuck": 1.0}
    assert found.evidence == {"holds": "/dev/video0", "processes": str(child.pid)}
    after = host.driver(isolation)
    assert isinstance(after, Reading)
    assert after.finding == ""
    assert isolation.abandoned == {}


async def test_the_whole_probe_runs_on_this_machine() -> None:
    context = Context(now=time.time, monotonic=time.monotonic)
    outcomes = await host.probe(host.Settings(), context)
    assert {"host.disk", "host.reboot", "host.usb", "host.clock"} <= {one.check for one in outcomes}
    usb = context.memory["usb"]
    assert isinstance(usb, UsbErrors)
    usb._close()
