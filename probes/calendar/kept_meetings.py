"""The room's next meetings as the monitor keeps them: times, organiser, importance. There is no field for a title."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

FILE = "calendar.json"

SOON_SECONDS = 1800.0
"""An important meeting weighs from half an hour before it: the plan's own default for "soon"."""


class Meeting(msgspec.Struct, frozen=True, array_like=True):
    """start, end: Unix seconds. organiser: an address, "" where none is named."""

    start: float
    end: float
    important: bool = False
    organiser: str = ""


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """What the calendar said. fetched_at: Unix seconds of the last good answer, 0 for never; horizon: meetings that
    start later are not in it. mark: what tells whether the source changed (ETag, or the file's time and size).
    """

    meetings: tuple[Meeting, ...] = ()
    fetched_at: float = 0.0
    horizon: float = 0.0
    source: str = ""
    mark: str = ""
    modified: str = ""

    def running(self, now: float) -> Meeting | None:
        """The meeting that is booked for now; of several the one that ends last."""
        return max((one for one in self.meetings if one.start <= now < one.end), key=lambda one: one.end, default=None)

    def next(self, now: float) -> Meeting | None:
        """The next one to start."""
        return min((one for one in self.meetings if one.start > now), key=lambda one: one.start, default=None)

    def important(self, now: float) -> bool:
        """Whether one that is booked for now or begins soon is important."""
        return any(one.important for one in self.meetings if one.start - SOON_SECONDS <= now < one.end)


def keep(agenda: Agenda, folder: Path) -> None:
    """Write it for the next start; a folder that cannot be written costs only that."""
    with contextlib.suppress(OSError):
        fresh = folder / f"{FILE}.new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(agenda))
        fresh.replace(folder / FILE)


def restore(folder: Path, source: str) -> Agenda:
    """What was kept of this source; an empty one where nothing usable is there."""
    try:
        found = msgspec.json.decode((folder / FILE).read_bytes(), type=Agenda)
    except (OSError, msgspec.MsgspecError):
        return Agenda(source=source)
    return found if found.source == source else Agenda(source=source)
