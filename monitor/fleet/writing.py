"""Writes what the inventory gives, each file as a whole; what is the same already is left alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerting.folders import make_folder
from monitor.fleet.ansible import ansible_inventory, overlay_path
from monitor.fleet.inventory import InventoryRoom
from monitor.fleet.overlay import overlay
from monitor.fleet.prometheus_targets import target_groups

TARGETS = "rooms.json"
ANSIBLE = "ansible.yml"
SIGNS = "signs.pdf"


@dataclass(frozen=True, slots=True)
class Written:
    """changed, same: files. left: folders below rooms/ of rooms that the inventory does not hold (any more)."""

    changed: int
    same: int
    left: tuple[str, ...]


def files_of(rooms: Sequence[InventoryRoom]) -> dict[str, str]:
    """What is written for these rooms, by its path from the folder."""
    return {
        TARGETS: target_groups(rooms),
        ANSIBLE: ansible_inventory(rooms),
        **{overlay_path(room): overlay(room) for room in rooms},
    }


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Written:
    """Raises OSError. Deletes nothing."""
    changed = 0
    for name, content in files.items():
        changed += _write(folder / name, content.encode() if isinstance(content, str) else content)
    ours = {name.split("/")[1] for name in files if name.startswith("rooms/")}
    rooms = folder / "rooms"
    left = sorted(one.name for one in rooms.iterdir() if one.name not in ours) if rooms.is_dir() else []
    return Written(changed, len(files) - changed, tuple(left))


def _write(file: Path, content: bytes) -> bool:
    """False where the file holds this already. A reader sees the old file or the new one, never a part."""
    try:
        if file.read_bytes() == content:
            return False
    except FileNotFoundError:
        make_folder(file.parent)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(name, 0o644)  # noqa: PTH101 - Prometheus and Ansible run as other users
        os.replace(name, file)  # noqa: PTH105
    except OSError:
        os.unlink(name)  # noqa: PTH108
        raise
    return True
