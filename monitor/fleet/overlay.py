"""A room's own configuration: the overlay that goes into conf.d beside the fleet's roomwatch.toml."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from monitor.fleet.inventory import InventoryRoom

NAME = "50-room.toml"
"""Files of conf.d go by name: what a fleet sets for all rooms has a lower number, exceptions a higher one."""

Value = str | int | Sequence[str]


def overlay(room: InventoryRoom) -> str:
    """TOML. What the inventory leaves empty stays as the fleet's files say it."""
    place = {"id": room.id, "name": room.name, "floor": room.floor, "site": room.site, "language": room.language}
    web: dict[str, Value] = {"listen": _listen(room), "port": room.address.port, "public_url": room.public_url}
    tables: dict[str, Mapping[str, Value]] = {
        "": {"timezone": room.timezone},
        "room": place,
        "web": web,
        "probes.camera": {"cameras": room.cameras},
        "probes.microphone": {"source": room.microphone},
    }
    tables |= {f"probes.software.applications.{name}": {"expected": expected} for name, expected in room.programs}
    lines = ["# Made from the inventory by `roomwatch rooms write`. Change it there: this file is written anew."]
    for name, table in tables.items():
        filled = [f"{key} = {_toml(value)}" for key, value in table.items() if value]
        if filled:
            lines += [*(["", f"[{name}]"] if name else []), *filled]
    return "\n".join(lines) + "\n"


def _listen(room: InventoryRoom) -> str:
    """Where Prometheus reaches the room, the room has to listen."""
    if room.address.is_loopback:
        return "::1" if room.address.is_ipv6 else "127.0.0.1"
    return "::" if room.address.is_ipv6 else "0.0.0.0"


def _toml(value: Value) -> str:
    """JSON is TOML here: texts hold no control signs, and other signs than ASCII stand as they are."""
    return json.dumps(value, ensure_ascii=False)
