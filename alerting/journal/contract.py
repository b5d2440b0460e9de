"""What a journal is to those who use it. One implementation today: alerting/journal/sqlite."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from alerting.journal.damage import Damage
from alerting.journal.rows import Batch, Event, Notification, StoredCase
from alerting.model.incident import Incident
from alerting.model.reason import Reason

T = TypeVar("T")


class JournalUnavailable(Exception):
    """The journal cannot be read or written now (disk full, read-only, gone).

    reason: why; its words say what to do. The text is for logs.
    """

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(text or str(reason))
        self.reason = reason


class JournalTooNew(JournalUnavailable):
    """The journal was written by a newer roomwatch; nothing in it was touched. Alarms go out without it."""


class JournalReader(Protocol):
    """Reads a journal without changing it; several may read while one writes. Blocking calls.

    Every method raises JournalUnavailable. Times are Unix seconds.
    """

    def snapshot(self) -> AbstractContextManager[None]:
        """Within it every call sees the journal as it was at the first one. One within another is part of it."""
        ...

    @property
    def unreadable(self) -> int:
        """Rows that made no sense so far, and were passed over."""
        ...

    def incident(self, number: int) -> Incident | None: ...

    def incidents(self, since: float = 0.0, until: float | None = None, *, drills: bool = True) -> list[Incident]:
        """Incidents opened in [since, until), oldest first."""
        ...

    def live_incidents(self) -> list[Incident]:
        """Incidents that are not closed, or for which the engine still has something to do, oldest first."""
        ...

    def events(self, incident: int | None = None, since: float = 0.0) -> list[Event]:
        """Events of an incident (or of all) in the order in which they were written."""
        ...

    def notifications(self, incident: int | None = None, since: float = 0.0) -> list[Notification]:
        """Notifications of an incident (or of all), in the order in which they were decided."""
        ...

    def heard_since(self, since: float) -> dict[int, tuple[float, str]]:
        """Incidents with an event since then → (time, verb) of one of them."""
        ...

    def notification(self, key: str) -> Notification | None: ...

    def unfinished(self) -> list[Notification]:
        """What still has to go out."""
        ...

    def memories(self) -> dict[str, str]:
        """All small facts by name."""
        ...

    def last_number(self) -> int:
        """The highest number that an incident ever had, 0 in an empty journal."""
        ...

    def last_time(self) -> float:
        """The time of the newest event, 0 in an empty journal."""
        ...

    def close(self) -> None: ...


class JournalEditor(Protocol):
    """Changes rows that exist, within one transaction: see Journal.change. Blocking calls."""

    def numbers(self) -> list[int]:
        """Numbers of all incidents."""
        ...

    def case(self, number: int, before: float | None = None) -> StoredCase:
        """All rows of an incident; for 0 those that belong to none, older than ``before``."""
        ...

    def replace(self, old: StoredCase, new: StoredCase) -> None:
        """Put the new rows in the place of the old ones, in the same order."""
        ...

    def closed(self, after: float, until: float, limit: int) -> list[tuple[int, float]]:
        """(number, time) of incidents closed in (after, until], oldest first."""
        ...

    def memories(self) -> dict[str, str]: ...

    def remember(self, name: str, value: str) -> None: ...


class Journal(Protocol):
    """The one writer. The store may be remote: its async methods never hold the event loop.

    ``reader`` blocks: it is for the time before the event loop runs, and for threads.
    """

    @property
    def late(self) -> bool:
        """True where it could not be opened at first: what it held before is read once it can be."""
        ...

    @property
    def reader(self) -> JournalReader: ...

    async def commit(self, batch: Batch) -> None:
        """Write the batch durably: all of it or nothing. Raises JournalUnavailable: nothing was written."""
        ...

    def write(self, batch: Batch) -> None:
        """The same in the calling thread, for tools that have the journal to themselves."""
        ...

    async def read(self, work: Callable[[JournalReader], T]) -> T:
        """What ``work`` reads, beside the event loop. Raises JournalUnavailable."""
        ...

    async def change(self, work: Callable[[JournalEditor], T]) -> T:
        """Let ``work`` change rows that exist, in one transaction. Raises JournalUnavailable: nothing was changed."""
        ...

    async def ping(self) -> None:
        """Raises JournalUnavailable where the store is gone, so that it is seen while there is nothing to write."""
        ...

    async def examine(self) -> Damage:
        """Hold every row against its checksum. What can be mended is; what makes no sense is set aside. The damage is
        noted in the journal's memory as well (alerting/journal/damage.py), until it was told."""
        ...

    async def discard_salvage(self, before: float = math.inf) -> int:
        """Delete what was set aside as damaged before that time; how many files. They hold people's names."""
        ...

    async def retain(self, before: float) -> int:
        """Delete incidents closed before that time with all their rows, and older rows that belong to none; how many
        incidents. Open ones and those that owe a report always stay, and the newest, whose number counts on."""
        ...

    def close(self) -> None:
        """Finish what is being written, then let go of the store."""
        ...
