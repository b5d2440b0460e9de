"""Which USB device a name means, and which may be reset: trees of sysfs as kernels write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.model.reason import because
from monitor.remedies.reset_usb import ResetUsb, find_port, label, unfit


def device(sys: Path, port: str, *, interfaces: tuple[str, ...], kind: str = "00", **facts: str) -> Path:
    real = sys / "devices/pci0000:00/usb1" / port
    real.mkdir(parents=True)
    words = {"idVendor": "046d", "idProduct": "085e", "authorized": "1", "bDeviceClass": kind, **facts}
    for name, text in words.items():
        (real / name).write_text(text + "\n")
    devices = sys / "bus/usb/devices"
    devices.mkdir(parents=True, exist_ok=True)
    (devices / port).symlink_to(real)
    for number, one in enumerate(interfaces):
        part = real / f"{port}:1.{number}"
        part.mkdir()
        (part / "bInterfaceClass").write_text(one + "\n")
        (devices / part.name).symlink_to(part)
    return real


@pytest.fixture
def tree(tmp_path: Path) -> tuple[Path, Path]:
    sys, dev = tmp_path / "sys", tmp_path / "dev"
    camera = device(sys, "1-1.4", interfaces=("0e", "0e", "01", "03"), manufacturer="Logitech", product="BRIO",
                    serial="A1B2C3")  # fmt: skip
    device(sys, "1-1", interfaces=("09",), kind="09", product="Hub")
    device(sys, "1-2", interfaces=("08",), product="Disk", manufacturer="Acme")
    device(sys, "1-3", interfaces=("01", "e0"), product="Bar with network", manufacturer="Acme")
    device(sys, "1-4", interfaces=(), product="Jabra PanaCast", manufacturer="GN", serial="77")
    node = camera / "1-1.4:1.0/video4linux/video0"
    node.mkdir(parents=True)
    (node / "device").symlink_to(camera / "1-1.4:1.0")
    (sys / "class/video4linux").mkdir(parents=True)
    (sys / "class/video4linux/video0").symlink_to(node)
    (dev / "v4l/by-id").mkdir(parents=True)
    (dev / "video0").touch()
    (dev / "v4l/by-id/usb-046d_Logitech_BRIO_A1B2C3-video-index0").symlink_to("../../video0")
    return sys, dev


@pytest.mark.parametrize(
    ("target", "port"),
    [
        ("1-1.4", "1-1.4"),
        ("/dev/video0", "1-1.4"),
        ("usb-046d_Logitech_BRIO_A1B2C3-video-index0", "1-1.4"),
        ("alsa_input.usb-Logitech_BRIO_A1B2C3-03.analog-stereo", "1-1.4"),
        ("1-9", ""),
        ("", ""),
        ("../../etc", ""),
        ("alsa_input.pci-0000_00_1f.3.analog-stereo", ""),
    ],
)
def test_a_device_is_found_by_each_of_its_names(tree: tuple[Path, Path], target: str, port: str) -> None:
    assert find_port(target, *tree) == port


@pytest.mark.parametrize(
    ("port", "why"),
    [
        ("1-1.4", ""),
        ("1-4", ""),
        ("1-1", "usb_hub"),
        ("1-2", "usb_also_other"),
        ("1-3", "usb_also_other"),
    ],
)
def test_only_cameras_and_sound_devices_are_reset(tree: tuple[Path, Path], port: str, why: str) -> None:
    assert unfit(port, tree[0]).code == why


async def test_a_dry_run_names_device_and_hindrance(tree: tuple[Path, Path], tmp_path: Path) -> None:
    sys, dev = tree
    assert label("1-1.4", sys) == "Logitech BRIO 046d:085e"
    remedy = ResetUsb(target="1-2", sys=sys, dev=dev, manager=("false",), allowed=tmp_path)
    assert (await remedy.run()).detail == because("usb_also_other", port="1-2")
    remedy = ResetUsb(target="nothing", sys=sys, dev=dev, manager=("false",), allowed=tmp_path)
    assert (await remedy.dry_run()).detail == because("usb_none", what="nothing")
