"""Asks other users' session parts who of their programs uses what, and tells them which programs the room adds."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path

from monitor.meeting.evidence import from_numbers
from monitor.meeting.is_meeting_running import Use
from monitor.user_session_client.client import ask, socket_of
from monitor.user_session_client.protocol import SessionError
from probes.software.profiles import Application, shipped
from probes.software.traffic_linux import Traffic

log = logging.getLogger(__name__)

ANSWER_SECONDS = 20.0
"""A session part starts an interpreter to answer: 1 s on a PC, over 5 s on one that is still starting its programs.
Giving up early makes the meeting unknown, and then no device is looked at."""

MOST_OWN_BYTES = 3000
"""Bytes of a request's 4 KiB for the room's own programs."""

PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,27}")
"""Such names come back in an answer's numbers."""


async def ask_sessions(
    folder: Path, hidden: frozenset[int], applications: Mapping[str, Application], traffic: Traffic | None
) -> tuple[list[Use], bool]:
    """The uses that they tell, and whether all who are hidden from us answered. folder: where their sockets are."""
    with_door = {int(one.stem) for one in folder.glob("*.sock") if one.stem.isdecimal()} - {os.geteuid()}
    if not with_door:
        return [], False
    added = own_applications(applications)
    told: list[Use] = []
    missing = set(hidden - with_door)
    for uid in sorted(with_door):
        try:
            place = socket_of(uid, folder)
            answer = await ask(place, "meeting", owner=uid, deadline=ANSWER_SECONDS, applications=added)
            told += from_numbers(answer, traffic)
        except SessionError:
            missing.add(uid)
    return told, not missing


def own_applications(applications: Mapping[str, Application]) -> dict[str, dict[str, object]]:
    """What the room's configuration adds to the shipped programs: a session may not be able to read it."""
    found: dict[str, dict[str, object]] = {}
    known = shipped()
    for name, one in applications.items():
        if known.get(name) == one or not PLAIN_NAME.fullmatch(name):
            continue
        wanted: dict[str, object] = {
            "executables": one.executables,
            "meeting_helpers": one.meeting_helpers,
            "command": one.command,
            "native": one.native,
            "call_titles": one.call_titles,
        }
        if len(json.dumps({**found, name: wanted})) > MOST_OWN_BYTES:
            log.warning("the session part is told of %d own programs, the others are too many", len(found))
            break
        found[name] = wanted
    return found
