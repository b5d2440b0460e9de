"""Connections to the journal's file, explicit transactions, and what an error of SQLite means to people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alerting.journal.contract import JournalUnavailable


def connect(file: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection that begins no transaction by itself. It may be used from any one thread at a time."""
    place = file.absolute().as_uri() + ("?mode=ro" if read_only else "")
    return sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing: committed at the end, rolled back on any error."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Errors of SQLite become JournalUnavailable, with what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise JournalUnavailable(_remedy(error, file)) from error


def error_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 where the error has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _remedy(error: sqlite3.Error, file: Path) -> str:
    todo = {
        sqlite3.SQLITE_FULL: f"the disk is full: free space under {file.parent}",
        sqlite3.SQLITE_READONLY: f"it is read-only: give this user write access to {file.parent}",
        sqlite3.SQLITE_CANTOPEN: f"it cannot be opened: create {file.parent} and give this user write access",
        sqlite3.SQLITE_IOERR: f"reading or writing failed: check the disk that holds {file.parent}",
        sqlite3.SQLITE_BUSY: "another program holds it: stop the other roomwatch",
    }.get(error_code(error), str(error))
    return f"journal {file}: {todo}"
