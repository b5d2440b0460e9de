"""An older journal is brought up to date at the start, whatever cut an earlier try off; a newer one is left alone."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from alerting.journal import JournalTooNew, open_journal
from alerting.journal.damage import FOUND
from alerting.journal.sqlite.schema import MIGRATIONS, VERSION
from tests.journal.old import write_old_journal

ALL = (82, 1135, 1390)
"""Incidents, events and messages of the old journal."""
KILLED_AT_A_STEP = """
    import os, signal, sys
    from pathlib import Path
    from alerting.journal.sqlite import opening, rebuild
    left = int(sys.argv[2])
    plain = opening.connect

    def step():
        global left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(*arguments, **options):
        db = plain(*arguments, **options)
        db.set_progress_handler(step, 1000)
        return db

    opening.connect = rebuild.connect = connect
    for name in ("rename", "replace", "unlink"):
        def wrapped(self, *arguments, _done=getattr(Path, name), **options):
            step()
            return _done(self, *arguments, **options)
        setattr(Path, name, wrapped)
    opening.open_file(Path(sys.argv[1]) / "journal.db").close()
"""
"""Opens a journal, and is killed at the n-th step of SQLite's machine (in thousands) or of the file system."""


def count(folder: Path) -> tuple[int, int, int]:
    journal = open_journal(folder)
    reader = journal.reader
    found = (len(reader.incidents()), len(reader.events()), len(reader.notifications()))
    assert FOUND not in reader.memories()
    journal.close()
    return found


def version(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "journal.db")) as db:
        return [row[0] for row in db.execute("SELECT version FROM schema_version ORDER BY rowid")]


def kill_at(folder: Path, step: int) -> bool:
    """True where it was killed, False where it had ended before."""
    code = textwrap.dedent(KILLED_AT_A_STEP)
    return subprocess.run([sys.executable, "-c", code, str(folder), str(step)], check=False).returncode == -9


def test_an_older_journal_is_brought_up_to_date_with_a_checksum_for_each_row(tmp_path: Path) -> None:
    write_old_journal(tmp_path / "journal.db")
    assert count(tmp_path) == ALL
    assert version(tmp_path) == list(range(1, VERSION + 1))
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db:
        for table in ("incidents", "events", "notifications", "memory"):
            assert db.execute(f"SELECT count(*) FROM {table} WHERE checksum IS NULL").fetchone() == (0,)
    assert list(tmp_path.glob("*corrupt*")) == []


def test_the_first_version_too(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db:
        db.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        for statement in MIGRATIONS[0]:
            db.execute(statement)
        db.execute("INSERT INTO schema_version VALUES (1)")
        db.execute("INSERT INTO memory VALUES ('installation', 'abcd')")
        db.commit()
    journal = open_journal(tmp_path)
    assert journal.reader.memories() == {"installation": "abcd"}
    journal.close()
    assert version(tmp_path) == list(range(1, VERSION + 1))


def test_killed_at_any_step_it_is_old_or_new_and_never_between(tmp_path: Path) -> None:
    write_old_journal(tmp_path / "journal.db")
    step = 1
    while kill_at(tmp_path, step):
        step = step + max(1, step // 3)
        assert version(tmp_path) in [list(range(1, last + 1)) for last in range(2, VERSION + 1)]
    assert step > 20
    assert count(tmp_path) == ALL


def test_a_damaged_one_that_is_killed_while_it_is_rebuilt_goes_on_at_the_next_start(tmp_path: Path) -> None:
    write_old_journal(tmp_path / "journal.db")
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db:
        db.execute("DROP INDEX events_incident")
    step = 1
    while kill_at(tmp_path, step):
        step = step + max(1, step // 3)
    assert step > 20
    journal = open_journal(tmp_path)
    reader = journal.reader
    assert (len(reader.incidents()), len(reader.events()), len(reader.notifications())) == ALL
    assert "any_incident" in reader.memories()[FOUND]
    journal.close()
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {"journal.db", "journal.db.corrupt-1"}


def halves() -> dict[str, Callable[[sqlite3.Connection], object]]:
    def column_there(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE events ADD COLUMN checksum INTEGER")

    def column_and_version_gone(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM schema_version WHERE version = 2")

    def no_versions(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM schema_version")

    def version_ahead(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO schema_version VALUES (3)")

    return {one.__name__: one for one in (column_there, column_and_version_gone, no_versions, version_ahead)}


@pytest.mark.parametrize("half", halves())
def test_a_half_migrated_one_loses_nothing(half: str, tmp_path: Path) -> None:
    write_old_journal(tmp_path / "journal.db")
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as db:
        halves()[half](db)
    journal = open_journal(tmp_path)
    reader = journal.reader
    assert (len(reader.incidents()), len(reader.events()), len(reader.notifications())) == ALL
    journal.close()
    assert version(tmp_path) == list(range(1, VERSION + 1))


@pytest.mark.parametrize(
    "newer", [f"INSERT INTO schema_version VALUES ({VERSION + 1})", "INSERT INTO schema_version VALUES (99)",
              "UPDATE schema_version SET version = 99"]
)  # fmt: skip
def test_a_newer_one_is_refused_with_what_to_do_and_left_as_it_is(newer: str, tmp_path: Path) -> None:
    open_journal(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as db:
        db.execute(newer)
    before = hashlib.sha256((tmp_path / "journal.db").read_bytes()).digest()
    with pytest.raises(JournalTooNew, match=r"has schema \d+, this roomwatch knows up to \d+.*Install the newer"):
        open_journal(tmp_path)
    assert hashlib.sha256((tmp_path / "journal.db").read_bytes()).digest() == before
    assert [one.name for one in tmp_path.iterdir() if "corrupt" in one.name] == []


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_in_the_version_is_damage_and_no_newer_journal(bit: int, tmp_path: Path) -> None:
    open_journal(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as db:
        db.execute("UPDATE schema_version SET version = ? WHERE version = ?", (VERSION ^ 1 << bit, VERSION))
    open_journal(tmp_path).close()
    assert version(tmp_path) == list(range(1, VERSION + 1))
