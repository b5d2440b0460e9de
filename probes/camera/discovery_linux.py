"""Which cameras this machine has: sysfs and /dev/v4l/by-id, under stable names. Opens no device.

Opening for enumeration would wake some cameras and disturb whoever streams, so sysfs must do.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCamera:
    """One V4L2 capture node. name: stable over replugging (by-id where udev made one, else the sysfs name).

    usb_state: runtime power state of the USB device ("active" while it streams), "" where there is none.
    """

    node: str
    name: str
    label: str = ""
    usb_state: str = ""

    def answers_to(self, wanted: str) -> bool:
        """True where an admin's wording means this camera: node, stable name, or a part of either name."""
        wanted = wanted.removeprefix("/dev/v4l/by-id/")
        return wanted in (self.node, self.name) or wanted.lower() in self.name.lower() or wanted == self.label


def list_cameras(sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> tuple[LocalCamera, ...]:
    """All capture nodes in order of their number. A machine without any gives ().

    Only index 0 of a device counts: UVC cameras bring a second, metadata-only node with index 1.
    """
    folder = sys / "class" / "video4linux"
    try:
        names = [name for name in os.listdir(folder) if name.startswith("video") and name[5:].isdecimal()]  # noqa: PTH208
    except OSError:
        return ()
    stable = _by_id(dev)
    found = []
    for name in sorted(names, key=lambda one: int(one[5:])):
        entry = folder / name
        if _text(entry / "index") not in ("", "0"):
            continue
        label = _text(entry / "name") or name
        found.append(
            LocalCamera(
                node=f"/dev/{name}",
                name=stable.get(name, label),
                label=label,
                usb_state=_text(entry / "device" / ".." / "power" / "runtime_status"),
            )
        )
    return _distinct(found)


def _by_id(dev: Path) -> dict[str, str]:
    folder = dev / "v4l" / "by-id"
    links: dict[str, str] = {}
    try:
        entries = sorted(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return links
    for entry in entries:
        try:
            links.setdefault((folder / entry).readlink().name, entry)
        except OSError:
            continue
    return links


def _distinct(cameras: list[LocalCamera]) -> tuple[LocalCamera, ...]:
    """Two cameras of one model without serial numbers share a name: the later ones get their node added."""
    seen: set[str] = set()
    result = []
    for camera in cameras:
        name = camera.name if camera.name not in seen else f"{camera.name} {camera.node.removeprefix('/dev/')}"
        seen.add(name)
        result.append(LocalCamera(node=camera.node, name=name, label=camera.label, usb_state=camera.usb_state))
    return tuple(result)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
