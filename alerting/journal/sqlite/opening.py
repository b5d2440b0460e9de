"""Opens the journal's file: made where there is none, rebuilt where it is damaged, an older one brought up to date."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from alerting.journal.sqlite.connection import CACHE_KIB, connect, means_damage
from alerting.journal.sqlite.examination import examine_needed
from alerting.journal.sqlite.rebuild import READY, begin, finish, rebuild
from alerting.journal.sqlite.schema import FormDamaged, look_at, migrate, version_of
from alerting.journal.sqlite.wal import beside, lost_commits

log = logging.getLogger("roomwatch.journal")


def open_file(file: Path) -> sqlite3.Connection:
    """The writer's connection, with everything examined that a start reads. Raises JournalTooNew, JournalUnavailable,
    sqlite3.Error and OSError where the disk does not let it."""
    finish(file)
    if not file.exists() and not file.is_symlink() and not beside(file).exists():
        begin(file)
    try:
        return _open(file)
    except sqlite3.Error as error:
        if not means_damage(error) or not os.access(file.parent, os.W_OK):
            raise
        log.error("the journal %s is damaged (%s); what can be read of it is taken over", file, error)
    rebuild(file)
    return _open(file)


def _open(file: Path) -> sqlite3.Connection:
    look_at(file)
    if lost := lost_commits(file):
        raise FormDamaged(f"{lost} transactions of its log cannot be read")
    db = connect(file)
    try:
        db.execute("PRAGMA busy_timeout = 2000")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        found_version = version_of(db, str(file))
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise FormDamaged(str(found))
        migrate(db, found_version)
        examine_needed(db, file)
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    except BaseException:
        db.close()
        raise
    return db


Identity = tuple[tuple[int, int] | None, ...]


def identity(file: Path) -> Identity:
    """What makes the file, its log and the log's index these; None for one that is not there. SQLite goes on writing to
    a log that has lost its name, and nobody else would ever read it."""
    return tuple(map(_place, (file, beside(file), beside(file, "-shm"))))


def _place(file: Path) -> tuple[int, int] | None:
    try:
        there = file.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino


def restore(db: sqlite3.Connection, file: Path) -> None:
    """Write the whole journal to its place again, out of the open file that has lost its name."""
    file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    fresh = beside(file, READY)
    fresh.unlink(missing_ok=True)
    with closing(connect(fresh)) as target:
        db.backup(target)
    finish(file)
