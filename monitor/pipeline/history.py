"""readings.db: a sample a minute for a week, for sparklines and charts. Loses at most the last minutes on a crash.

One writer thread; the event loop never waits for the disk. It is not the evidence of an incident (that is
copied into the journal).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

log = logging.getLogger(__name__)

Sample = tuple[float, str, str, str, float]
"""(Unix seconds, check, target, value's name, value)."""
Pair = tuple[float, float]
"""(Unix seconds, value)."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sample (at REAL, check_name TEXT, target TEXT, value_name TEXT, value REAL);
CREATE INDEX IF NOT EXISTS sample_by_place ON sample (check_name, target, value_name, at);
"""
_COLUMNS = "at, check_name, target, value_name, value"
_NO_DAMAGE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
"""Primary result codes of what stands in the way of a store that is whole."""


class ReadingHistory:
    """The readings store. Every failure is logged once and costs samples, never the daemon."""

    def __init__(self, path: Path, *, keep_days: int) -> None:
        self._path = path
        self._keep_seconds = keep_days * 86400.0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readings")
        self._db: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self.broken = ""

    def _open(self) -> sqlite3.Connection:
        if self._db is not None and self._identity != _identity(self._path):
            self._close()  # deleted while it was open: what is written to it now nobody would find
        if self._db is None:
            db = sqlite3.connect(self._path, timeout=5, check_same_thread=False)
            try:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=OFF")
                db.execute("PRAGMA cache_size=-256")
                db.executescript(_SCHEMA)
                db.execute(f"SELECT {_COLUMNS} FROM sample LIMIT 1").fetchall()
            except BaseException:
                db.close()
                raise
            self._db, self._identity = db, _identity(self._path)
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _write(self, samples: list[Sample], now: float) -> None:
        try:
            db = self._open()
            with db:
                db.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?)", samples)
                db.execute("DELETE FROM sample WHERE at < ?", (now - self._keep_seconds,))
            self.broken = ""
        except (sqlite3.Error, OSError) as error:
            if not self.broken:
                log.warning("readings are not kept: %s (%s)", error, self._path)
            self.broken = str(error)
            self._close()
            if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF not in _NO_DAMAGE:
                self._set_aside()

    def _set_aside(self) -> None:
        """A damaged store is moved away and begun anew: week-old samples are not worth a halt. The last one is kept."""
        for suffix in ("-wal", "-shm", ""):
            part, aside = (self._path.with_name(self._path.name + one + suffix) for one in ("", ".corrupt"))
            try:
                if aside.is_dir():
                    aside.rmdir()
                if part.exists() or part.is_symlink():
                    part.replace(aside)
            except OSError as error:
                log.warning("%s cannot be moved away: %s", part, error.strerror)

    async def record(self, samples: Iterable[Sample], now: float) -> None:
        """Write one minute's samples and let go of those past their time."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, list(samples), now)

    async def series(self, check: str, target: str, value: str, since: float) -> list[tuple[float, float]]:
        """The (time, value) pairs of one place since then, oldest first; empty when there is no store."""

        def read() -> list[tuple[float, float]]:
            try:
                rows = self._open().execute(
                    "SELECT at, value FROM sample WHERE check_name=? AND target=? AND value_name=? AND at>=?"
                    " ORDER BY at",
                    (check, target, value, since),
                )
                return [pair for row in rows if (pair := _pair(*row)) is not None]
            except (sqlite3.Error, OSError):
                return []

        return await asyncio.get_running_loop().run_in_executor(self._thread, read)

    async def day(self, since: float, step: float) -> dict[tuple[str, str, str], list[Pair]]:
        """(check, target, value's name) → one mean for each ``step`` seconds since then."""

        def read() -> dict[tuple[str, str, str], list[Pair]]:
            found: dict[tuple[str, str, str], list[Pair]] = {}
            try:
                rows = self._open().execute(
                    "SELECT check_name, target, value_name, CAST(at / ? AS INTEGER) * ?, AVG(value) FROM sample"
                    " WHERE at >= ? GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
                    (step, step, since),
                )
                for check, target, name, at, value in rows:
                    found.setdefault((check, target, name), []).append((at, value))
            except sqlite3.DatabaseError:
                return {}
            return found

        return await asyncio.get_running_loop().run_in_executor(self._thread, read)

    def close(self) -> None:
        self._thread.submit(self._close)
        self._thread.shutdown()


def _pair(at: object, value: object) -> Pair | None:
    """None for what damage made of a sample."""
    if isinstance(at, (int, float)) and isinstance(value, (int, float)):
        return float(at), float(value)
    return None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        there = path.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino


def read_around(path: Path, family: str, since: float, until: float) -> dict[tuple[str, str, str], list[Pair]]:
    """(check, target, value's name) → samples, for one family of checks ("camera" with "camera.present").

    For one-shot commands: blocking, without writing; empty where there is no store or it cannot be read.
    """
    found: dict[tuple[str, str, str], list[Pair]] = {}
    if not path.is_file() or not family:
        return found
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
            rows = db.execute(
                "SELECT check_name, target, value_name, at, value FROM sample WHERE at >= ? AND at <= ?"
                " AND (check_name = ? OR check_name LIKE ?) ORDER BY at",
                (since, until, family, f"{family}.%"),
            )
            for check, target, name, at, value in rows:
                pair = _pair(at, value)
                if pair is not None:
                    found.setdefault((check, target, name), []).append(pair)
    except sqlite3.Error as error:
        log.warning("the readings cannot be read: %s (%s)", error, path)
    return found
