"""What a camera did in earlier looks: does it frame or turn by itself? Resident and light; counts only, kept in a file.

A camera that does is never called moved. One that was moved stays so until somebody turns it back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

FILE = "camera-habits.json"

FRAMED_TIMES = 3
"""Looks that showed a part of the learned view, enlarged: a shift may imitate one once, a camera that frames does it in
most meetings."""

RETURNED_TIMES = 3
"""Times that it came back to the learned view from another one: who knocks a camera over is told once or twice."""

IN_PLACE_SHARE = 0.14
"""As the judge's limit of the same name."""


class CameraHabits(msgspec.Struct, kw_only=True):
    """framed: looks that showed an enlarged part. returned: times it came back. away: it saw another view last."""

    framed: Annotated[int, msgspec.Meta(ge=0)] = 0
    returned: Annotated[int, msgspec.Meta(ge=0)] = 0
    away: bool = False

    @property
    def turns(self) -> bool:
        return self.framed >= FRAMED_TIMES or self.returned >= RETURNED_TIMES

    def take(self, answer: Mapping[str, Any]) -> bool:
        """Count one look; whether something changed. answer: the child's."""
        before = (self.framed, self.returned, self.away)
        numbers = answer.get("numbers", {})
        if "framed_zoom" in numbers:
            self.framed = min(self.framed + 1, FRAMED_TIMES)
        elif answer.get("label") == "moved" and not answer.get("detail"):
            self.away = True
        elif answer.get("label") == "healthy" and numbers.get("in_place_share", 0.0) >= IN_PLACE_SHARE:
            self.returned = min(self.returned + self.away, RETURNED_TIMES)
            self.away = False
        return before != (self.framed, self.returned, self.away)


class KnownHabits:
    """The habits of all cameras, by name."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, CameraHabits] = {}
        with contextlib.suppress(OSError, msgspec.MsgspecError):  # none yet, or broken: they are found out again
            self._known = msgspec.json.decode(file.read_bytes(), type=dict[str, CameraHabits])

    def turns(self, name: str) -> bool:
        return name in self._known and self._known[name].turns

    def take(self, name: str, answer: Mapping[str, Any]) -> None:
        if self._known.setdefault(name, CameraHabits()).take(answer):
            with contextlib.suppress(OSError):  # a full disk: they are found out again after the next start
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._file.write_bytes(msgspec.json.encode(self._known))
