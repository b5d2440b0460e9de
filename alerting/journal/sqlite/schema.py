"""The journal's tables and indexes, and how an older file becomes a newer one, a version a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from alerting.journal.contract import JournalTooNew
from alerting.journal.sqlite.connection import connect, transaction
from alerting.journal.sqlite.old_sentences import code_sentences
from alerting.journal.sqlite.tables import TABLES, row_checksum
from alerting.journal.sqlite.wal import beside
from alerting.model.reason import because

Step = str | Callable[[sqlite3.Connection], None]
"""SQL, or a function that changes rows within the transaction."""

MIGRATIONS: tuple[tuple[Step, ...], ...] = (
    (
        "CREATE TABLE incidents (id BIGINT PRIMARY KEY, room TEXT NOT NULL, phase TEXT NOT NULL,"
        " opened_at DOUBLE PRECISION NOT NULL, closed_at DOUBLE PRECISION, drill INTEGER NOT NULL,"
        " state TEXT NOT NULL)",
        "CREATE INDEX incidents_phase ON incidents (phase)",
        "CREATE INDEX incidents_opened ON incidents (opened_at)",
        "CREATE TABLE events (seq BIGINT PRIMARY KEY, incident BIGINT NOT NULL, at DOUBLE PRECISION NOT NULL,"
        " verb TEXT NOT NULL, by_whom TEXT NOT NULL, why TEXT NOT NULL, data TEXT NOT NULL)",
        "CREATE INDEX events_incident ON events (incident, seq)",
        "CREATE TABLE notifications (key TEXT PRIMARY KEY, incident BIGINT NOT NULL, state TEXT NOT NULL,"
        " contact TEXT NOT NULL, channel TEXT NOT NULL, decided_at DOUBLE PRECISION NOT NULL, row TEXT NOT NULL)",
        "CREATE INDEX notifications_incident ON notifications (incident, decided_at)",
        "CREATE INDEX notifications_state ON notifications (state)",
        "CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (
        "ALTER TABLE incidents ADD COLUMN owes INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX incidents_owes ON incidents (owes)",
    ),
    (code_sentences,),
    (
        code_sentences,  # again: of a file whose version was ahead of its rows
        *(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER" for table in TABLES),
        # A row that is none already gets no checksum, and is found as damaged.
        *(
            f"UPDATE {table.name} SET checksum = row_checksum('{table.name}', {', '.join(table.columns)})"
            for table in TABLES.values()
        ),
    ),
)
"""One tuple of steps a version; never edited once released, only added to."""

VERSION = len(MIGRATIONS)


HEAD = 100
"""Bytes with which every database of SQLite begins."""


class FormDamaged(sqlite3.DatabaseError):
    """What is there is no database, or one that has not the form of a journal."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def look_at(file: Path) -> None:
    """Raises FormDamaged for what must not be opened: a pipe would wait for ever, and to SQLite the shortest files are
    new and empty ones."""
    if not file.is_file():
        raise FormDamaged("there is no file of this name")
    for part in (beside(file, suffix) for suffix in ("-wal", "-shm", "-journal")):
        if (part.exists() or part.is_symlink()) and not part.is_file():
            raise FormDamaged(f"{part.name} is no file")
    if file.stat().st_size < HEAD:
        raise FormDamaged("the file is empty or shorter than its head")


def migrate(db: sqlite3.Connection, found: int) -> None:
    """Bring the file up to VERSION. found: what version_of said. Raises FormDamaged, and what SQLite raises for a file
    that has not the form of its version."""
    _step_up(db, found)
    if form(db) != _right_form():
        raise FormDamaged("tables or indexes are not those of a journal")


def _step_up(db: sqlite3.Connection, found: int) -> None:
    db.create_function("row_checksum", -1, row_checksum, deterministic=True)
    for number in range(found, VERSION):
        with transaction(db):
            db.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
            for step in MIGRATIONS[number]:
                if isinstance(step, str):
                    db.execute(step)
                else:
                    step(db)
            db.execute("INSERT INTO schema_version (version) VALUES (?)", (number + 1,))


def version_of(db: sqlite3.Connection, file: str) -> int:
    """0 for an empty file. Raises JournalTooNew, or FormDamaged.

    The table has a line for each version: 1, 2, 3. One line that does not fit is damage and no newer journal.
    """
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone():
        return 0
    lines = [row[0] for row in db.execute("SELECT version FROM schema_version ORDER BY rowid")]
    expected = list(range(1, len(lines) + 1))
    if lines == expected and len(lines) <= VERSION:
        return len(lines)
    if any(type(line) is not int for line in lines):
        raise FormDamaged(f"its schema version is no number: {lines}")
    wrong = sum(line != right for line, right in zip(lines, expected, strict=True))
    newest = max(lines, default=0)
    if newest > VERSION and (len(lines) > VERSION or wrong != 1):
        raise JournalTooNew(
            because("journal_too_new", found=newest, known=VERSION),
            f"{file}: the journal has schema {newest}, this roomwatch knows up to {VERSION}. "
            "Install the newer roomwatch again, or move the file away to start an empty journal.",
        )
    raise FormDamaged(f"its schema versions are {lines}")


def form(db: sqlite3.Connection) -> dict[str, object]:
    """The columns and indexes of the journal's tables, as far as they are there; and what no journal has: a trigger may
    refuse rows, a view stand in a table's place."""
    foreign = db.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchall()
    found: dict[str, object] = {"triggers and views": foreign}
    for table in TABLES:
        found[table] = db.execute(f"PRAGMA table_info({table})").fetchall()
        indexes = [row[1] for row in db.execute(f"PRAGMA index_list({table})")]
        found[f"{table}, indexes"] = sorted(
            (name, tuple(row[2] for row in db.execute(f"PRAGMA index_info({name})"))) for name in indexes
        )
    return found


def _right_form() -> dict[str, object]:
    """The form of a journal that was begun today."""
    db = connect(None)
    try:
        _step_up(db, 0)
        return form(db)
    finally:
        db.close()
