"""The journal: what was decided, sent and done, committed before anything is acted upon."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from alerting.journal.contract import Journal, JournalEditor, JournalReader, JournalTooNew, JournalUnavailable
from alerting.journal.opened_later import LateJournal
from alerting.journal.rows import Event, Notification, NotificationState
from alerting.journal.sqlite.journal import SqliteJournal
from alerting.journal.sqlite.reader import SqliteReader

__all__ = [
    "Event",
    "Journal",
    "JournalEditor",
    "JournalReader",
    "JournalTooNew",
    "JournalUnavailable",
    "Notification",
    "NotificationState",
    "open_journal",
    "open_or_wait",
    "open_reader",
]

FILE = "journal.db"


def open_journal(folder: Path) -> Journal:
    """The journal of a state folder, made where there is none. Raises JournalTooNew, JournalUnavailable."""
    return SqliteJournal(folder / FILE)


def open_or_wait(folder: Path, now: float) -> Journal:
    """The same, and where it cannot be opened one that is joined later: nothing on a disk silences an alarm. now: Unix
    seconds."""
    try:
        return open_journal(folder)
    except JournalUnavailable as failure:
        return LateJournal(lambda: _open_again(folder), failure, now)


def _open_again(folder: Path) -> Journal:
    with suppress(OSError):  # opening says what is in the way
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    return open_journal(folder)


def open_reader(folder: Path) -> JournalReader:
    """Reads the journal of a state folder. Raises JournalUnavailable, also where there is none yet."""
    return SqliteReader(folder / FILE)
