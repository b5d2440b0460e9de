"""Holds the rows of an open journal against their checksums; mends what can be mended, sets aside the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from alerting.journal.damage import FOUND, Damage, damage_text, read_damage
from alerting.journal.sqlite.checksum import Values, checksum
from alerting.journal.sqlite.connection import transaction
from alerting.journal.sqlite.salvage import Salvage
from alerting.journal.sqlite.tables import EVENTS, INCIDENTS, MEMORY, NOTIFICATIONS, TABLES, Table

AT_ONCE = 1000
"""Rows of one step of a whole examination: some 10 ms, for which the next alarm's commit may have to wait."""
_FINAL = "('sent', 'failed', 'expired', 'superseded', 'observed')"
NEEDED: tuple[tuple[Table, str], ...] = (
    (INCIDENTS, "1"),
    (MEMORY, "1"),
    (EVENTS, "seq > (SELECT max(seq) - 100 FROM events WHERE typeof(seq) = 'integer')"),
    (
        NOTIFICATIONS,
        f"state NOT IN {_FINAL} OR incident IN (SELECT id FROM incidents WHERE phase <> 'closed' OR owes <> 0)",
    ),
)
"""Tables by which an engine starts. Of the events the newest one counts: the engine's clock goes on from its time."""


def examine_needed(db: sqlite3.Connection, file: Path) -> None:
    """Examine what a start needs, before anybody reads it. Costs 4 µs a row."""
    found = [(table, row) for table, where in NEEDED for row in _misfits(db, table, where)]
    _settle(db, file, found)


def examine_slice(db: sqlite3.Connection, file: Path, table: str, after: int) -> int | None:
    """Examine the next rows of a table; the last one's rowid, None at the table's end."""
    last = db.execute(
        f"SELECT max(rowid) FROM (SELECT rowid FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT {AT_ONCE})", (after,)
    ).fetchone()[0]
    if last is None:
        return None
    rows = _misfits(db, TABLES[table], "rowid > ? AND rowid <= ?", after, last)
    _settle(db, file, [(TABLES[table], row) for row in rows])
    return int(last)


def _misfits(db: sqlite3.Connection, table: Table, where: str, *values: object) -> Iterator[tuple[int, Values, object]]:
    """(rowid, columns, checksum) of rows that do not fit their checksum, or have none."""
    columns = ", ".join(table.columns)
    for row in db.execute(f"SELECT rowid, {columns}, checksum FROM {table.name} WHERE {where}", values):
        if checksum(row[1:-1]) != row[-1]:
            yield row[0], row[1:-1], row[-1]


def _settle(db: sqlite3.Connection, file: Path, found: list[tuple[Table, tuple[int, Values, object]]]) -> None:
    """Mend or set aside, in one transaction with the note of it."""
    if not found:
        return
    salvage = Salvage()
    judged = [(table, row, salvage.judge(table, row[1], row[2])) for table, row in found]
    damage = salvage.write(file)
    with transaction(db):
        for table, (rowid, _, _), kept in judged:
            db.execute(f"DELETE FROM {table.name} WHERE rowid = ?", (rowid,))
            if kept is not None:
                table.put(db, [kept])
        note(db, damage)


def note(db: sqlite3.Connection, damage: Damage) -> None:
    """Keep in the journal itself what is to be told, with what was found before and not told yet."""
    if damage:
        row = db.execute("SELECT value FROM memory WHERE name = ?", (FOUND,)).fetchone()
        before = read_damage(row[0] if row else None)
        MEMORY.put(db, [(FOUND, damage_text(before.and_then(damage)))])
