"""The rooms as an Ansible inventory in YAML: a host each, grouped by site and by model."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from monitor.fleet import overlay
from monitor.fleet.inventory import InventoryRoom

_NO_WORD = re.compile(r"\W")
_TEMPLATE = ("{{", "{%", "{#")


def ansible_inventory(rooms: Iterable[InventoryRoom]) -> str:
    """Hosts are called ROOM@SITE. Their variables begin with roomwatch_, but for ansible_host."""
    hosts: list[str] = []
    groups: dict[str, list[str]] = {}
    for room in rooms:
        hosts.append(f"    {_quoted(room.key)}:")
        hosts += [f"      {name}: {_value(value)}" for name, value in _variables(room).items() if value]
        for kind, name in (("site", room.site), ("model", room.model)):
            if name:
                groups.setdefault(_group(kind, name), []).append(room.key)
    lines = ["# Made from the inventory by `roomwatch rooms write`.", "roomwatch:", "  hosts:", *hosts]
    if groups:
        lines.append("  children:")
    for group, keys in sorted(groups.items()):
        lines += [f"    {_quoted(group)}:", "      hosts:", *(f"        {_quoted(key)}: {{}}" for key in keys)]
    return "\n".join(lines) + "\n"


def _variables(room: InventoryRoom) -> Mapping[str, str]:
    return {
        "ansible_host": room.address.host,
        "roomwatch_room": room.id,
        "roomwatch_name": room.name,
        "roomwatch_site": room.site,
        "roomwatch_floor": room.floor,
        "roomwatch_model": room.model,
        "roomwatch_user": room.user,
        "roomwatch_overlay": overlay_path(room),
    }


def overlay_path(room: InventoryRoom) -> str:
    """Path of the room's overlay in the folder that `roomwatch rooms write` fills."""
    return f"rooms/{room.key}/conf.d/{overlay.NAME}"


def _group(kind: str, name: str) -> str:
    """A group's name, which Ansible wants of letters, digits and underscores, different for different names."""
    made = _NO_WORD.sub("_", name)
    return f"{kind}_{made}" if made == name else f"{kind}_{made}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _value(text: str) -> str:
    """Ansible takes a text with braces for a template and carries it out, unless it is marked."""
    return ("!unsafe " if any(sign in text for sign in _TEMPLATE) else "") + _quoted(text)


def _quoted(text: str) -> str:
    """JSON's quoted text is one of YAML too."""
    return json.dumps(text, ensure_ascii=False)
