"""Makes turns of a duty roster out of a table, and writes them as plan.d/roster-<id>.toml.

No row is lost in silence: each is a turn, is named as wrong, or is empty; what stands above the heads is counted too.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alerting.configuration import ConfigurationError, Problem
from alerting.folders import python_path
from alerting.plan.model import Plan
from alerting.plan.organisation import Shift
from alerting.plan.roster_times import moment

Row = Sequence[object]

READ_SECONDS = 120.0
"""For the child that reads the file: 30 s of work on a busy machine."""

HEADS_WITHIN = 20
"""Rows in which the heads are looked for: a title, a month and a legend may stand above them."""

_HEADS = {
    **dict.fromkeys(
        ("start", "from", "begin", "begins", "start time", "start date", "开始", "开始时间", "起始时间"), "start"
    ),
    **dict.fromkeys(("开始日期", "起", "上班时间", "值班开始"), "start"),
    **dict.fromkeys(("date", "day", "日期", "值班日期"), "date"),
    **dict.fromkeys(("end", "to", "until", "ends", "end time", "end date", "结束", "结束时间", "截止时间"), "end"),
    **dict.fromkeys(("结束日期", "止", "下班时间", "值班结束"), "end"),
    **dict.fromkeys(
        ("person", "people", "name", "names", "who", "on duty", "值班人", "值班人员", "姓名", "人员"), "people"
    ),
    **dict.fromkeys(("值班员", "主班", "副班", "负责人", "值班"), "people"),
}


@dataclass(frozen=True, slots=True)
class RosterImport:
    """turns: in order of time. rows: below the heads, of which ``empty`` hold nothing. ignored: heads of columns that
    say nothing to us."""

    turns: tuple[Shift, ...]
    rows: int
    empty: int
    ignored: tuple[str, ...] = ()


def read_roster(file: Path, plan: Plan) -> RosterImport:
    """Turns of a table with the columns start, end, person (or 开始, 结束, 值班人); people by id or name. With a column
    date, start and end may be times of that day.

    Without end a turn lasts until the next one begins (the last: a day). Raises ConfigurationError with every row
    that is wrong.
    """
    tables = _tables(file)
    found = [(table, at) for table in tables if (at := _heads_at(table)) is not None]
    if not found:
        rows = next((table for table in tables if any(len(row) > 1 for row in table)), tables[0] if tables else [])
        seen = next((row for row in rows if any(_text(cell) for cell in row)), ())
        shown = ", ".join(filter(None, (_text(cell)[:20] for cell in seen[:8]))) or "nothing"
        message = f"has no such columns; it has: {shown}"
        remedy = "Name the columns start, end, person (开始, 结束, 值班人), separated by comma, semicolon or tab."
        raise ConfigurationError([Problem(file=str(file), path="row 1", message=message, remedy=remedy)])
    table, at = max(found, key=lambda one: len(set(_known(one[0][one[1]])) - {""}))
    return _Table(file, table, at, plan).read()


def roster_toml(roster: str, turns: Sequence[Shift]) -> str:
    """The overlay that holds these turns."""
    lines = [f"# Imported by `roomwatch plan import-roster`.\n[rosters.{roster}]\noverrides = ["]
    for turn in turns:
        people = ", ".join(json.dumps(one, ensure_ascii=False) for one in turn.people)
        lines.append(f"  {{ start = {turn.start.isoformat()}, end = {turn.end.isoformat()}, people = [{people}] }},")
    return "\n".join([*lines, "]\n"])


def _tables(file: Path) -> list[list[Row]]:
    """What the child read. Raises ConfigurationError with its reason."""
    command = [sys.executable, "-P", "-m", "alerting.plan.spreadsheet_child", str(file.absolute())]
    environment = {**os.environ, "PYTHONPATH": python_path()}
    wrong, remedy = "cannot be read", "Save it as .xlsx, or as CSV in UTF-8."
    try:
        child = subprocess.run(command, capture_output=True, timeout=READ_SECONDS, env=environment, check=False)
        if child.returncode == -signal.SIGXCPU:
            wrong, remedy = "takes too long to read", "Save the roster's sheet alone."
        said = json.loads(child.stdout)
        if "tables" in said:
            return list(said["tables"])
        wrong, remedy = str(said["wrong"]), str(said["remedy"])
    except subprocess.TimeoutExpired:
        wrong, remedy = "takes too long to read", "Save the roster's sheet alone."
    except (ValueError, KeyError, TypeError, OSError):
        pass
    raise ConfigurationError([Problem(file=str(file), message=wrong, remedy=remedy)])


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return unicodedata.normalize("NFKC", "" if cell is None else str(cell)[:500]).strip()


def _known(row: Row) -> list[str]:
    return [_HEADS.get(" ".join(_text(cell).lower().replace("_", " ").rstrip(":*").split()), "") for cell in row]


def _heads_at(table: Sequence[Row]) -> int | None:
    """The row with the heads: that which names when and who."""
    for at, row in enumerate(table[:HEADS_WITHIN]):
        known = set(_known(row))
        if "people" in known and known & {"start", "date"}:
            return at
    return None


@dataclass(slots=True)
class _Turn:
    start: dt.datetime
    end: dt.datetime | None
    people: tuple[str, ...]


@dataclass(slots=True)
class _Table:
    file: Path
    rows: Sequence[Row]
    at: int
    plan: Plan
    problems: list[Problem] = field(default_factory=list)

    def read(self) -> RosterImport:
        heads = _known(self.rows[self.at])
        for head in ("start", "end", "date"):
            if heads.count(head) > 1:
                self._wrong(self.at + 1, f"has more than one column for {head}", "Keep one of them.")
        ignored = tuple(
            _text(cell) for cell, head in zip(self.rows[self.at], heads, strict=False) if _text(cell) and not head
        )
        contacts = self.plan.contacts
        by_name = {_text(one.name): name for name, one in contacts.items()} | {name: name for name in contacts}
        turns: list[_Turn] = []
        empty = 0
        for number, row in enumerate(self.rows[self.at + 1 :], self.at + 2):
            if not any(_text(cell) for cell in row):
                empty += 1
                continue
            try:
                turns.append(_turn(heads, row, by_name))
            except (ValueError, OverflowError) as error:
                self._wrong(number, str(error) or "is no turn", "Mend that row; nothing was imported.")
        rows = len(self.rows) - self.at - 1
        if not turns and not self.problems:
            self._wrong(self.at + 1, "has no row below it", "Write a turn.")
        if self.problems:
            raise ConfigurationError(self.problems)
        turns.sort(key=lambda turn: turn.start)
        starts = sorted({turn.start for turn in turns})
        after = dict(zip(starts, [*starts[1:], starts[-1] + dt.timedelta(days=1)], strict=True))
        shifts = tuple(
            Shift(start=one.start, end=one.end or after[one.start], people=one.people) for one in turns
        )  # those that begin together end together
        return RosterImport(shifts, rows, empty, ignored)

    def _wrong(self, row: int, message: str, remedy: str) -> None:
        self.problems.append(Problem(file=str(self.file), path=f"row {row}", message=message, remedy=remedy))


def _turn(heads: Sequence[str], row: Row, by_name: Mapping[str, str]) -> _Turn:
    """Raises ValueError with what is wrong."""
    cells: dict[str, object] = {}
    people: list[str] = []
    for head, cell in zip(heads, row, strict=False):
        if head == "people":
            people += _people(_text(cell), by_name)
        elif head and _text(cell):
            cells[head] = cell
    day = moment(cells["date"]) if "date" in cells else None
    if day is None and "start" not in cells:
        raise ValueError("says no time")
    start = moment(cells["start"], day) if "start" in cells else day
    assert start is not None
    end = moment(cells["end"], day) if "end" in cells else None
    if end is not None and day is not None and end <= start:
        end += dt.timedelta(days=1)  # a night shift: both are times of the day on which it begins
    if not people:
        raise ValueError("names nobody")
    if end is not None and end <= start:
        raise ValueError(f"ends at {end} and begins at {start}")
    return _Turn(start, end, tuple(dict.fromkeys(people)))


def _people(text: str, by_name: Mapping[str, str]) -> list[str]:
    if not text or text in by_name:
        return [by_name[text]] if text else []
    for mark in "、,;/\n&+|":
        text = text.replace(mark, "\0")
    found: list[str] = []
    for one in filter(None, map(str.strip, text.split("\0"))):
        parts = [one] if one in by_name else one.split()
        for part in parts if all(part in by_name for part in parts) else [one]:
            if part not in by_name:
                raise ValueError(f'nobody in the plan is called "{part[:60]}"')
            found.append(by_name[part])
    return found
