"""The rooms as Prometheus's service discovery takes them, by file (file_sd) and by HTTP (http_sd) alike."""

from __future__ import annotations

import json
from collections.abc import Iterable

from monitor.fleet.inventory import InventoryRoom

LABELS = ("room", "site", "floor", "class", "model")
"""Labels of each series of a room. room and site are its identity, so that the rules join on both."""


def labels(room: InventoryRoom) -> dict[str, str]:
    """Empty ones are left out: to Prometheus they are the same as none."""
    place = {"room": room.id, "site": room.site, "floor": room.floor}
    written = place | {"class": room.room_class, "model": room.model}
    return {name: written[name] for name in LABELS if written[name]}


def target_groups(rooms: Iterable[InventoryRoom]) -> str:
    """A JSON array with one group a room, one a line."""
    lines = (
        json.dumps({"targets": [room.address.target], "labels": labels(room)}, ensure_ascii=False) for room in rooms
    )
    return "[\n" + ",\n".join(lines) + "\n]\n"
