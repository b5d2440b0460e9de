"""Journals that earlier versions wrote, for tests of what becomes of them.

journal-2.sql.gz: schema 2, in which reasons are English sentences. The engine of that version wrote it over ninety
days of its clock: 82 incidents in 15 rooms, on the example plan. In it are an escalation to its end, takings that ran
out, every outcome that a remedy had, backups that failed, drills of every ending, signed and overdue reports, quiet
hours, digests, changes of the plan, two kills of the engine, and messages that were never accepted. The last incident
is still open, with messages that wait. The file is not made anew: a later engine cannot write it.
"""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMA_2 = Path(__file__).parent / "journal-2.sql.gz"
ROOMS = {"R301": "301 会议室", "R302": "302 会议室", "lakeside": "湖景会议室"}


def write_old_journal(file: Path, dump: Path = SCHEMA_2) -> Path:
    """The journal as that version left it, as a database file."""
    with closing(sqlite3.connect(file)) as db:
        db.executescript(gzip.decompress(dump.read_bytes()).decode())
    return file
