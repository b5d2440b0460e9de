"""The ways in which bench/damage.py and the tests spoil a state folder. Each kind takes (folder, chance)."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

Damage = Callable[[Path, random.Random], None]
JOURNAL, READINGS = "journal.db", "readings.db"
DEEP = "[" * 20000 + "]" * 20000
FOREIGN = ('{"a": 1}', "[]", "null", "{", "", "7", '{"id": "seven"}', '{"data": {"to": [[[[]]]]}}', DEEP)


def flip_a_bit(folder: Path, chance: random.Random) -> str:
    """Where the bit was: the journal most often, its log and the readings sometimes."""
    files = [folder / name for name in (JOURNAL, JOURNAL, JOURNAL, f"{JOURNAL}-wal", READINGS)]
    there = [one for one in files if one.is_file() and one.stat().st_size]
    file = chance.choice(there)
    place, bit = chance.randrange(file.stat().st_size), chance.randrange(8)
    with file.open("r+b") as out:
        out.seek(place)
        (byte,) = out.read(1)
        out.seek(place)
        out.write(bytes([byte ^ 1 << bit]))
    return f"{file.name}, byte {place}, bit {bit}"


def _truncated(name: str, part: float) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        with contextlib.suppress(FileNotFoundError):
            size = (folder / name).stat().st_size
            os.truncate(folder / name, int(size * part) + (chance.randrange(4096) if part else 0))

    return spoil


def _replaced(name: str, content: bytes) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(content)

    return spoil


def _gone(name: str) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        (folder / name).unlink(missing_ok=True)

    return spoil


def _folder_in_its_place(name: str) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return spoil


def _pipe_in_its_place(name: str) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return spoil


def _link_in_its_place(name: str, place: str) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(folder / place)

    return spoil


def _overwritten(name: str, pages: int, content: str) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        file = folder / name
        if not file.is_file():
            return
        with file.open("r+b") as out:
            for _ in range(pages):
                out.seek(chance.randrange(max(1, file.stat().st_size // 4096)) * 4096)
                out.write(bytes(4096) if content == "zeros" else chance.randbytes(4096))

    return spoil


def _pages_swapped(folder: Path, chance: random.Random) -> None:
    file = folder / JOURNAL
    raw = bytearray(file.read_bytes())
    one, two = (chance.randrange(len(raw) // 4096) * 4096 for _ in range(2))
    raw[one : one + 4096], raw[two : two + 4096] = raw[two : two + 4096], raw[one : one + 4096]
    file.write_bytes(raw)


def _header(place: int, content: bytes) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        with (folder / JOURNAL).open("r+b") as out:
            out.seek(place)
            out.write(content)

    return spoil


def _sql(*statements: str, name: str = JOURNAL) -> Damage:
    def spoil(folder: Path, chance: random.Random) -> None:
        db = sqlite3.connect(folder / name, isolation_level=None)
        db.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            db.execute(statement)
        db.close()

    return spoil


def _everywhere(table: str, column: str, *values: object) -> Damage:
    """Every third row gets one of the values."""

    def spoil(folder: Path, chance: random.Random) -> None:
        db = sqlite3.connect(folder / JOURNAL, isolation_level=None)
        rows = [row[0] for row in db.execute(f"SELECT rowid FROM {table}")]
        for row in chance.sample(rows, len(rows) // 3 + 1) if rows else []:
            with contextlib.suppress(sqlite3.IntegrityError):
                db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (chance.choice(values), row))
        db.close()

    return spoil


def _no_place_for_a_new_one(folder: Path, chance: random.Random) -> None:
    """The journal is cut, and folders stand where another would be made."""
    for one in (".rebuilding", ".image"):
        (folder / f"{JOURNAL}{one}").mkdir()
    os.truncate(folder / JOURNAL, 5000)


STRUCTURAL: Mapping[str, Damage] = {
    "journal empty": _truncated(JOURNAL, 0.0),
    "journal cut to one byte": _replaced(JOURNAL, b"S"),
    "journal cut in the first page": _replaced(JOURNAL, b"SQLite format 3\0\x10\0"),
    "journal cut at a tenth": _truncated(JOURNAL, 0.1),
    "journal cut at a half": _truncated(JOURNAL, 0.5),
    "journal cut near its end": _truncated(JOURNAL, 0.95),
    "journal is text": _replaced(JOURNAL, "日志\n".encode() * 5000),
    "journal is JSON": _replaced(JOURNAL, b'{"incidents": []}'),
    "journal is noise": _replaced(JOURNAL, random.Random(1).randbytes(300_000)),
    "journal is a folder": _folder_in_its_place(JOURNAL),
    "journal is a pipe": _pipe_in_its_place(JOURNAL),
    "journal is a dangling link": _link_in_its_place(JOURNAL, "nowhere/journal.db"),
    "journal is endless": _link_in_its_place(JOURNAL, "/dev/zero"),
    "journal gone, log left": _gone(JOURNAL),
    "a page of zeros": _overwritten(JOURNAL, 1, "zeros"),
    "a page of noise": _overwritten(JOURNAL, 1, "noise"),
    "ten pages of noise": _overwritten(JOURNAL, 10, "noise"),
    "two pages swapped": _pages_swapped,
    "header: magic": _header(3, b"x"),
    "header: page size": _header(16, b"\x02\x00"),
    "header: text encoding": _header(56, b"\0\0\0\2"),
    "header: schema format": _header(44, b"\0\0\0\x09"),
    "header: zeros": _header(0, bytes(100)),
    "first page of zeros": _header(0, bytes(4096)),
    "no table of incidents": _sql("DROP TABLE incidents"),
    "no table of events": _sql("DROP TABLE events"),
    "no table of messages": _sql("DROP TABLE notifications"),
    "no table of small facts": _sql("DROP TABLE memory"),
    "no table of versions": _sql("DROP TABLE schema_version"),
    "no table at all": _sql("DELETE FROM sqlite_master"),
    "an index missing": _sql("DROP INDEX events_incident"),
    "a trigger that refuses rows": _sql(
        "CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END"
    ),
    "a trigger that swallows rows": _sql(
        "CREATE TRIGGER no BEFORE INSERT ON notifications BEGIN SELECT RAISE(IGNORE); END"
    ),
    "a column renamed": _sql("ALTER TABLE incidents RENAME COLUMN phase TO phasf"),
    "version is text": _sql("UPDATE schema_version SET version = 'three'"),
    "version is negative": _sql("UPDATE schema_version SET version = -1 WHERE rowid = 1"),
    "versions gone": _sql("DELETE FROM schema_version"),
    "half migrated: version behind": _sql("DELETE FROM schema_version WHERE version > 2"),
    "half migrated: column missing": _sql(
        "ALTER TABLE events DROP COLUMN checksum", "DELETE FROM schema_version WHERE version > 2"
    ),
    "schema text spoilt": _sql("UPDATE sqlite_master SET sql = 'CREATE TABEL x' WHERE name = 'events'"),
    "root page spoilt": _sql("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'events'"),
    "foreign JSON as incidents": _everywhere("incidents", "state", *FOREIGN),
    "foreign JSON as messages": _everywhere("notifications", "row", *FOREIGN),
    "foreign JSON in events": _everywhere("events", "data", *FOREIGN),
    "foreign JSON as small facts": _everywhere("memory", "value", *FOREIGN),
    "bytes as incidents": _everywhere("incidents", "state", b"\xff\x00\xfe", b""),
    "wrong types in incidents": _everywhere("incidents", "opened_at", "yesterday", b"\x01", -5, 1e300),
    "wrong phases": _everywhere("incidents", "phase", "exploded", 7, b"open"),
    "wrong numbers": _everywhere("incidents", "id", -3, 2**62, 0),
    "wrong types in events": _everywhere("events", "at", "now", b"\x00", None, 1e300),
    "wrong incidents in events": _everywhere("events", "incident", "seven", 2**62, -1, 1.5),
    "wrong places of events": _everywhere("events", "seq", -7, "x"),
    "wrong types in messages": _everywhere("notifications", "decided_at", "soon", b"\x01"),
    "wrong states of messages": _everywhere("notifications", "state", "lost in space", 9),
    "no UTF-8": _sql(
        "UPDATE events SET why = CAST(x'fffefd' AS TEXT)", "UPDATE memory SET value = CAST(x'c328' AS TEXT)"
    ),
    "checksums gone": _sql("UPDATE incidents SET checksum = NULL", "UPDATE events SET checksum = 'x'"),
    "log of noise": _replaced(f"{JOURNAL}-wal", random.Random(2).randbytes(50_000)),
    "log cut": _truncated(f"{JOURNAL}-wal", 0.5),
    "log gone, its index left": _gone(f"{JOURNAL}-wal"),
    "folders where a new journal is made": _no_place_for_a_new_one,
    "log is a pipe": _pipe_in_its_place(f"{JOURNAL}-wal"),
    "log is a link to itself": _link_in_its_place(f"{JOURNAL}-wal", f"{JOURNAL}-wal"),
    "index of the log is a pipe": _pipe_in_its_place(f"{JOURNAL}-shm"),
    "log of another kind is a pipe": _pipe_in_its_place(f"{JOURNAL}-journal"),
    "log is a folder": _folder_in_its_place(f"{JOURNAL}-wal"),
    "index of the log is noise": _replaced(f"{JOURNAL}-shm", random.Random(3).randbytes(32768)),
    "index of the log is a folder": _folder_in_its_place(f"{JOURNAL}-shm"),
    "pages of the log overwritten": _overwritten(f"{JOURNAL}-wal", 3, "noise"),
    "readings are noise": _replaced(READINGS, random.Random(4).randbytes(50_000)),
    "readings cut": _truncated(READINGS, 0.6),
    "readings are a folder": _folder_in_its_place(READINGS),
    "readings without a table": _sql("CREATE TABLE IF NOT EXISTS sample (x)", "DROP TABLE sample", name=READINGS),
    "readings of another form": _sql(
        "DROP TABLE IF EXISTS sample", "CREATE TABLE sample (a, b)", "INSERT INTO sample VALUES (1, 'x')", name=READINGS
    ),
    "what the audit told is noise": _replaced("audit.json", DEEP.encode()),
}
"""At least 60 kinds; the name says what is spoilt."""


def copied(base: Path, place: Path) -> Path:
    """A fresh copy of a state folder, sockets and locks left out."""
    shutil.copytree(base, place, ignore=shutil.ignore_patterns("*.sock", "lock"))
    return place
