"""The journal: what was decided, sent and done, committed before anything is acted upon."""

from __future__ import annotations

from pathlib import Path

from alerting.journal.contract import Journal, JournalEditor, JournalReader, JournalTooNew, JournalUnavailable
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
    "open_reader",
]

FILE = "journal.db"


def open_journal(folder: Path) -> Journal:
    """The journal of a state folder, made where there is none. Raises JournalTooNew, JournalUnavailable."""
    return SqliteJournal(folder / FILE)


def open_reader(folder: Path) -> JournalReader:
    """Reads the journal of a state folder. Raises JournalUnavailable, also where there is none yet."""
    return SqliteReader(folder / FILE)
