"""The session part: what only the room user's own session may see, answered as numbers, one process a call.

Owns the protocol's limits, shared by both ends; refuses every word in an answer, so that no picture, sound or text can
leave the session.
"""

from __future__ import annotations

import math
import re
import socket
import struct
from enum import IntEnum
from pathlib import Path
from typing import Any

FOLDER = Path("/run/roomwatch-session")
"""Made by tmpfiles.d; each room user's socket lies in it as UID.sock."""

MAX_BYTES = 4096
"""A request and an answer each: no frame of 40×40 pixels and no 50 ms of sound fits in it."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Trouble(IntEnum):
    """Why there is no answer; a number too."""

    STRANGER = 1
    BAD_REQUEST = 2
    UNKNOWN_VERB = 3
    FAILED = 4
    BUSY = 5
    NO_SOUND_SERVER = 6
    NOT_NUMBERS = 7


class SessionError(Exception):
    """The session part could not answer. trouble: what it said, None when it said nothing usable."""

    def __init__(self, message: str, trouble: Trouble | None = None) -> None:
        super().__init__(message)
        self.trouble = trouble


def only_numbers(answer: object) -> dict[str, float]:
    """The answer itself when it maps short plain names to finite numbers. Raises ValueError for anything else."""
    if not isinstance(answer, dict):
        raise ValueError("the answer is no table")  # noqa: TRY004 (it is data that is wrong, not a caller)
    for name, value in answer.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError("a name in the answer is not plain")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} is not a number")
    return answer


def peer_uid(link: socket.socket) -> int:
    """Who is at the other end, by the kernel's word (SO_PEERCRED): it cannot be claimed."""
    raw: Any = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", raw)
    return int(uid)
