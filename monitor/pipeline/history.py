"""readings.db: a sample a minute for a week, for sparklines and charts. Loses at most the last minutes on a crash.

One writer thread; the event loop never waits for the disk. Refuses to be the evidence of an incident (that is
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


class ReadingHistory:
    """The readings store. Every failure is logged once and costs samples, never the daemon."""

    def __init__(self, path: Path, *, keep_days: int) -> None:
        self._path = path
        self._keep_seconds = keep_days * 86400.0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readings")
        self._db: sqlite3.Connection | None = None
        self.broken = ""

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            db = sqlite3.connect(self._path, timeout=5, check_same_thread=False)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=OFF")
            db.execute("PRAGMA cache_size=-256")
            db.executescript(_SCHEMA)
            self._db = db
        return self._db

    def _write(self, samples: list[Sample], now: float) -> None:
        try:
            db = self._open()
            with db:
                db.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?)", samples)
                db.execute("DELETE FROM sample WHERE at < ?", (now - self._keep_seconds,))
            self.broken = ""
        except sqlite3.DatabaseError as error:
            if not self.broken:
                log.warning("readings are not kept: %s (%s)", error, self._path)
            self.broken = str(error)
            self._set_aside(error)

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        """A corrupt store is moved away and begun anew: week-old samples are not worth a halt."""
        if self._db is not None:
            self._db.close()
            self._db = None
        if "malformed" in str(error) or "not a database" in str(error):
            self._path.replace(self._path.with_suffix(".db.corrupt"))

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
                return [(row[0], row[1]) for row in rows]
            except sqlite3.DatabaseError:
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
        def close() -> None:
            if self._db is not None:
                self._db.close()

        self._thread.submit(close)
        self._thread.shutdown()


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
                found.setdefault((check, target, name), []).append((at, value))
    except sqlite3.DatabaseError as error:
        log.warning("the readings cannot be read: %s (%s)", error, path)
    return found
