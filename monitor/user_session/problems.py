"""What a verb that changes something is asked, and the numbers by which it says why nothing was done."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol


class SessionProblem(IntEnum):
    """Why nothing was done, or not all; a number, since the session part answers nothing else."""

    NONE = 0
    ROOT = 1
    UNKNOWN_APPLICATION = 2
    NO_START = 3
    NO_USER_MANAGER = 4
    NO_UNIT = 5
    DID_NOT_END = 6
    DID_NOT_START = 7
    NOT_ALLOWED = 8
    BAD_LINK = 9
    NO_OPENER = 10
    NO_SOUND_SERVER = 11


class RemedyRequest(Protocol):
    """The part of a request that is read here. dry: look whether it could be done, and change nothing."""

    @property
    def application(self) -> str: ...
    @property
    def link(self) -> str: ...
    @property
    def pid(self) -> int: ...
    @property
    def dry(self) -> bool: ...


def answer(problem: SessionProblem, **numbers: float) -> dict[str, float]:
    return {"problem": int(problem), **numbers}
