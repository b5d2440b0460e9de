"""Connections to the journal's file, explicit transactions, and what an error of SQLite means to people."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alerting.journal.contract import JournalUnavailable
from alerting.model.reason import because

CACHE_KIB = 256
"""KiB of pages that each connection keeps in memory. With 2 MiB, which is usual, the daemon grows for days."""


def connect(file: Path | None, *, options: str = "") -> sqlite3.Connection:
    """A connection that begins no transaction by itself, and to which no text is unreadable: what is no UTF-8 comes
    as surrogate escapes. It may be used from any one thread at a time. file: None for one in memory."""
    place = ":memory:" if file is None else file.absolute().as_uri() + options
    db = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
    db.text_factory = _text
    return db


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


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
    """Errors of SQLite and of the file system become JournalUnavailable, with what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _unavailable(error_code(error), str(error), file) from error
    except OSError as error:
        code, said = _ERRNO.get(error.errno or 0, 0), error.strerror or str(error)
        raise _unavailable(code, said, file) from error


_NO_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
    }
)


def means_damage(error: sqlite3.Error) -> bool:
    """True where the file itself is wrong; False where the disk, a right or another program stands in the way."""
    return error_code(error) not in _NO_DAMAGE


def error_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 where the error has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


_ERRNO = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_CANTOPEN,
    errno.ENOENT: sqlite3.SQLITE_CANTOPEN,
    errno.EIO: sqlite3.SQLITE_IOERR,
}


def _unavailable(code: int, said: str, file: Path) -> JournalUnavailable:
    place = str(file.parent)
    damaged = because("journal_damaged"), "it is damaged: the next start of roomwatch takes over what can be read of it"
    reason, todo = {
        sqlite3.SQLITE_FULL: (because("journal_full", place=place), f"the disk is full: free space under {place}"),
        sqlite3.SQLITE_READONLY: (
            because("journal_read_only", place=place),
            f"it is read-only: give this user write access to {place}",
        ),
        sqlite3.SQLITE_CANTOPEN: (
            because("journal_not_opened", place=place),
            f"it cannot be opened: create {place} and give this user write access",
        ),
        sqlite3.SQLITE_IOERR: (
            because("journal_disk", place=place),
            f"reading or writing failed: check the disk that holds {place}",
        ),
        sqlite3.SQLITE_BUSY: (because("journal_busy"), "another program holds it: stop the other roomwatch"),
        sqlite3.SQLITE_CORRUPT: damaged,
        sqlite3.SQLITE_NOTADB: damaged,
    }.get(code, (because("journal_error", detail=said), said))
    return JournalUnavailable(reason, f"journal {file}: {todo}")
