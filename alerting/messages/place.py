"""A room with its floor and site, as people say where it is. Pure."""

from __future__ import annotations

import re

from alerting.words import Words

_FLOOR = re.compile(r"(?<!\d)(\d{1,3}) ?(?:/?F\b|楼|层|st\b|nd\b|rd\b|th\b)|floor (\d{1,3})\b", re.IGNORECASE)
"""A floor's number as the name of a room may have it: 3F, 3 楼, 3rd, floor 3."""


def say_place(words: Words, room: str, floor: str = "", site: str = "") -> str:
    """room: its name. A floor or site that the name tells already is not said twice."""
    if floor and _names_floor(room, floor):
        floor = ""
    elif floor.isdecimal():
        floor = words.text("message.floor", floor=floor)  # every other name as it was written: "3F", "B1", "mezzanine"
    if site and site.casefold() in room.casefold():
        site = ""
    key = {(True, True): "all", (True, False): "floor", (False, True): "site"}.get((bool(floor), bool(site)), "")
    return words.text(f"message.place_{key}", room=room, floor=floor, site=site) if key else room


def _names_floor(room: str, floor: str) -> bool:
    if not floor.isdecimal():
        return floor.casefold() in room.casefold()
    return any(floor in found.groups() for found in _FLOOR.finditer(room))
