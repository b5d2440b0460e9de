"""The journal's tables and how an older file becomes a newer one. Plain SQL that PostgreSQL takes too."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from alerting.journal.contract import JournalTooNew
from alerting.journal.sqlite.connection import transaction
from alerting.journal.sqlite.old_sentences import code_sentences

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
)
"""One tuple of steps a version; never edited once released, only added to."""

VERSION = len(MIGRATIONS)


def migrate(db: sqlite3.Connection, file: str) -> None:
    """Bring the file up to VERSION, a version a transaction. Raises JournalTooNew."""
    db.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    found = db.execute("SELECT max(version) FROM schema_version").fetchone()[0] or 0
    if found > VERSION:
        raise JournalTooNew(
            f"{file}: the journal has schema {found}, this roomwatch knows up to {VERSION}. "
            "Install the newer roomwatch again, or move the file away to start an empty journal."
        )
    for number in range(found, VERSION):
        with transaction(db):
            for step in MIGRATIONS[number]:
                if isinstance(step, str):
                    db.execute(step)
                else:
                    step(db)
            db.execute("INSERT INTO schema_version (version) VALUES (?)", (number + 1,))
