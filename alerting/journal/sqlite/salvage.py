"""Rows that make no sense, set aside in a file that people can read; and damaged files, kept beside the journal."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

from alerting.journal.damage import Damage
from alerting.journal.sqlite.checksum import Values, checksum, mended
from alerting.journal.sqlite.tables import Table
from alerting.journal.sqlite.wal import beside

log = logging.getLogger("roomwatch.journal")

KEPT = 5
"""Damaged files of each sort that are kept: a disk that fails at every start must not fill itself with them."""
MENDED_AT_MOST = 20
"""Rows of which one bit is searched for, at up to half a second each: more than that is no flipped bit."""


class Salvage:
    """Judges rows one by one and collects what it found. ``lines``: what is to be set aside."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.damage = Damage()
        self._tried = 0

    def judge(self, table: Table, values: Values, known: object) -> Values | None:
        """The row as it may be kept: itself, or mended; None where it is lost. known: its checksum."""
        anew = table.made_anew(values)
        if anew is not None and (checksum(anew) == known or (not isinstance(known, int) and anew[0] == values[0])):
            if anew != values:
                self.damage = self.damage.and_then(Damage(mended=1))
            return anew
        if not isinstance(known, int) and table.is_row(values):
            return values  # written before rows had a checksum; or the checksum is what was damaged
        self._tried += 1
        found = mended(values, known) if self._tried <= MENDED_AT_MOST else None
        if found is not None and table.is_row(found):
            self.damage = self.damage.and_then(Damage(mended=1))
            return found
        self.lose(table, values, known)
        return None

    def lose(self, table: Table, values: Values, known: object) -> None:
        self.lines.append(msgspec.json.encode({"table": table.name, "checksum": known, "row": [*map(_shown, values)]}))
        number = 0 if table.incident is None else values[table.incident]
        # Where every column makes sense, the number may be the one that is wrong.
        is_whose = isinstance(number, int) and number > 0 and not table.is_row(values)
        self.damage = self.damage.and_then(
            Damage(
                lost=1,
                incidents=(number,) if is_whose else (),
                any_incident=not is_whose and table.incident is not None,
            )
        )

    def write(self, file: Path) -> Damage:
        """Put what is lost into a file beside the journal, on the disk; the damage with the file's name."""
        if not self.lines:
            return self.damage
        aside = free_name(file, "salvaged", ".jsonl")
        with aside.open("xb") as out:
            out.write(b"\n".join(self.lines) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        aside.chmod(0o600)
        prune(file, "salvaged")
        log.error("%d rows of the journal were damaged; they are in %s", len(self.lines), aside)
        return self.damage.and_then(Damage(files=(aside.name,)))


def _shown(value: object) -> object:
    """A value that JSON can hold, with what is no UTF-8 written out."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return value.hex() if isinstance(value, bytes) else value


def free_name(file: Path, sort: str, ending: str = "") -> Path:
    """A name beside the journal that nothing has yet: journal.db.corrupt-3."""
    taken = [_number(one, sort) for one in set_aside(file, sort)]
    return beside(file, f".{sort}-{max(taken, default=0) + 1}{ending}")


def set_aside(file: Path, sort: str) -> list[Path]:
    """What was set aside of that sort ("corrupt", "salvaged"), the oldest first."""
    found = [one for one in file.parent.glob(f"{file.name}.{sort}-*") if _number(one, sort)]
    return sorted(found, key=lambda one: _number(one, sort))


def prune(file: Path, sort: str) -> None:
    """Let go of the oldest, companions included."""
    numbers = sorted({_number(one, sort) for one in set_aside(file, sort)})
    for number in numbers[:-KEPT]:
        for one in set_aside(file, sort):
            if _number(one, sort) == number:
                log.warning("%s is deleted: newer ones of its sort are kept", one)
                discard(one)


def discard_salvage(file: Path, before: float) -> int:
    """Delete what was set aside before that time; how many files."""
    old = [one for sort in ("corrupt", "salvaged") for one in set_aside(file, sort) if one.lstat().st_mtime < before]
    for one in old:
        discard(one)
    return len(old)


def discard(one: Path) -> None:
    """Delete a file, or a folder that stands in the place of one where it is empty."""
    try:
        one.rmdir() if one.is_dir() else one.unlink()
    except OSError as error:
        log.warning("%s could not be deleted: %s", one, error.strerror)


def _number(one: Path, sort: str) -> int:
    """3 of journal.db.corrupt-3-wal; 0 where the name is of another form."""
    digits = one.name.rpartition(f".{sort}-")[2].partition("-")[0].partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 0
