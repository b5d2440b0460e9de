"""A damaged journal file is read as far as it can be, and a new one with all its rows takes its place.

The new file is whole before anything moves, and each move may be cut off: the next start goes on with it.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from alerting.journal.damage import Damage
from alerting.journal.sqlite.checksum import Values, checksum
from alerting.journal.sqlite.connection import connect, transaction
from alerting.journal.sqlite.examination import note
from alerting.journal.sqlite.old_sentences import CodedRows
from alerting.journal.sqlite.salvage import Salvage, free_name, prune
from alerting.journal.sqlite.schema import migrate
from alerting.journal.sqlite.tables import TABLES, Table
from alerting.journal.sqlite.wal import PAGE, beside, pages

log = logging.getLogger("roomwatch.journal")

GIVE_UP = 5000
"""Rows in a row that are not there or cannot be read, after which a table counts as read to its end."""
MOST_ROWS = 2_000_000
"""A higher number of a row is damage itself: it would be 50 years of a busy site."""
READY = ".rebuilt"
"""Ending of a new journal that is whole and waits to take its place."""
_WORK, _IMAGE = ".rebuilding", ".image"


def rebuild(file: Path) -> None:
    """Put a new journal with every row that can be read in the place of the damaged one, which is set aside. What was
    found is noted in the new one. Raises OSError and sqlite3.Error where the disk does not let it."""
    image, fresh = beside(file, _IMAGE), beside(file, _WORK)
    try:
        make(fresh)
        with closing(connect(fresh)) as db:
            db.execute("PRAGMA synchronous = FULL")
            _copy(file, image, db)
    finally:
        for leftover in (image, beside(image), beside(image, "-shm"), beside(image, "-journal")):
            leftover.unlink(missing_ok=True)
    fresh.replace(beside(file, READY))
    finish(file)


def make(file: Path) -> None:
    """An empty journal in one file, whole on the disk."""
    for part in (file, beside(file, "-journal")):
        _clear(part)
    with closing(connect(file)) as db:
        db.execute(f"PRAGMA page_size = {PAGE}")
        db.execute("PRAGMA synchronous = FULL")
        migrate(db, 0)


def _clear(place: Path) -> None:
    """Make room for a file of our own that nobody else has a use for."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)


def finish(file: Path) -> None:
    """Let a rebuilt journal take its place; nothing where there is none. The log goes first: beside the new file it
    would be taken for its own."""
    ready = beside(file, READY)
    if not ready.exists():
        return
    aside = free_name(file, "corrupt")
    for part in (beside(file, "-shm"), beside(file), beside(file, "-journal"), file):
        if part.exists() or part.is_symlink():
            part.rename(aside.with_name(aside.name + part.name.removeprefix(file.name)))
            log.error("%s is kept as it was, as %s", part.name, aside.name + part.name.removeprefix(file.name))
    ready.replace(file)
    _sync_folder(file.parent)
    prune(file, "corrupt")


def begin(file: Path) -> None:
    """Make an empty journal where there is none: it appears whole or not at all, so that an empty file is damage."""
    fresh = beside(file, _WORK)
    make(fresh)
    for suffix in ("-wal", "-shm"):
        beside(file, suffix).unlink(missing_ok=True)
    fresh.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _copy(file: Path, image: Path, fresh: sqlite3.Connection) -> None:
    salvage, coded = Salvage(), CodedRows()
    _make_image(file, image)
    with transaction(fresh):
        left = [table for table in TABLES.values() if not _copied(image, fresh, table, coded, salvage)]
        if left:
            _give_first_page(image, fresh)
            for table in left:
                _copied(image, fresh, table, coded, None)
        damage = salvage.write(file).and_then(Damage(any_incident=True))
        note(fresh, damage)


def _copied(image: Path, fresh: sqlite3.Connection, table: Table, coded: CodedRows, salvage: Salvage | None) -> bool:
    """Copy a table's rows; False where there is no such table. salvage: judges rows that do not fit their checksum;
    without it they are those of another table, and passed over."""
    with closing(connect(image, options="?mode=ro&immutable=1")) as old:
        try:
            if not old.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table.name,)).fetchone():
                return False
        except sqlite3.Error:
            return False
        for found in _rows(old, table):
            # Without checksums it is an older journal's.
            row = found if "checksum" in found else {"owes": 0, **coded.row(table.name, found)}
            values = tuple(row.get(column) for column in table.columns)
            known = row.get("checksum")
            kept: Values | None = values
            if checksum(values) != known:
                kept = None if salvage is None else salvage.judge(table, values, known)
            if kept is not None and not _has(fresh, table, kept[0]):  # a page may be in two places
                table.put(fresh, [kept])
    return True


def _has(fresh: sqlite3.Connection, table: Table, key: object) -> bool:
    return fresh.execute(f"SELECT 1 FROM {table.name} WHERE {table.key} = ?", (key,)).fetchone() is not None


def _make_image(file: Path, image: Path) -> None:
    """A copy of the file with its log worked in, to read from."""
    _clear(image)
    if file.is_file():
        shutil.copyfile(file, image)
    else:
        image.touch()
    with image.open("r+b") as out:
        for offset, page in pages(file):
            out.seek(offset)
            out.write(page)
        out.seek(0, os.SEEK_END)
        out.truncate(-(-out.tell() // PAGE) * PAGE)  # SQLite reads whole pages alone


def _give_first_page(image: Path, fresh: sqlite3.Connection) -> None:
    """Where the first page does not name a table: that of the new journal, whose tables begin at the same pages."""
    first = Path(str(fresh.execute("PRAGMA database_list").fetchone()[2])).read_bytes()[:PAGE]
    with image.open("r+b") as out:
        size = max(1, out.seek(0, os.SEEK_END) // PAGE)
        out.seek(0)
        out.write(first[:28] + size.to_bytes(4, "big") + first[32:])


def _rows(db: sqlite3.Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Every row that can be read, by column. In one go, and where that breaks one by one around what is broken."""
    seen = 0
    try:
        for rowid, row in _select(db, table, "ORDER BY rowid"):
            seen = rowid
            yield row
        return
    except sqlite3.Error as error:
        log.warning("the journal's table %s can be read in part only: %s", table.name, error)
    last, missed = _last_rowid(db, table), 0
    while seen < last or (last == 0 and missed < GIVE_UP):
        seen += 1
        found = []
        with suppress(sqlite3.Error):
            found = [row for _, row in _select(db, table, f"WHERE rowid = {seen}")]
        missed = 0 if found else missed + 1
        yield from found


def _last_rowid(db: sqlite3.Connection, table: Table) -> int:
    """0 where it cannot be read, or cannot be believed."""
    try:
        last = next((rowid for rowid, _ in _select(db, table, "ORDER BY rowid DESC LIMIT 1")), 0)
    except sqlite3.Error:
        return 0
    return last if last < MOST_ROWS else 0


def _select(db: sqlite3.Connection, table: Table, rest: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = db.execute(f"SELECT rowid, * FROM {table.name} {rest}")
    names = [column[0] for column in rows.description]
    for row in rows:
        yield row[0], dict(zip(names[1:], row[1:], strict=True))
