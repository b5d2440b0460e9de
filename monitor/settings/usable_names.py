"""What names must be beyond their type for the kernel to take them: the folder of the state, and hosts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from monitor.settings.model import Settings

SOCKET = "control.sock"
LONGEST_SOCKET = 107
"""Bytes of a socket's path: sun_path of unix(7) holds 108, and the last ends it."""


def unusable_state(state: str) -> tuple[str, str]:
    """Why no daemon could work in this folder, and what to do; twice "" where nothing speaks against it. A folder that
    is not there yet is made."""
    place = Path(state)
    too_long = len(os.fsencode(place / SOCKET)) - LONGEST_SOCKET
    if too_long > 0:
        message = f"is too long for the socket {SOCKET} in it ({too_long} too many of at most {LONGEST_SOCKET} bytes)"
        return message, "Name a folder with a shorter path."
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    if os.path.lexists(place) and not os.path.isdir(place):  # noqa: PTH112 - False for what is barred
        return f"is no folder: {place} is a file", "Name a folder, or take that file away."
    return "", ""


def asked_hosts(settings: Settings) -> Iterator[tuple[str, str]]:
    """(dotted key, host) of all that name one by itself."""
    yield "meeting.broker", settings.meeting.broker
    for kind, ways in (("mail", settings.inbound.mail), ("mqtt", settings.inbound.mqtt)):
        for name, way in ways.items():
            yield f"inbound.{kind}.{name}.host", way.host


def is_host(name: str) -> bool:
    """Whether it can be looked up at all. As sockets write it: they raise no OSError for what cannot be written so."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return not any(character.isspace() for character in name)
