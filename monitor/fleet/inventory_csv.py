"""An inventory in CSV: separated by comma, semicolon or tab, the first row names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from alerting.configuration import Problem
from monitor.fleet.inventory_rows import (
    COLUMNS,
    InventoryRow,
    InventoryRows,
    column_of,
    near_column,
    problem,
    read_text,
    unreadable,
)

SEPARATORS = ",;\t"


def read_csv(file: Path, encoding: str) -> InventoryRows:
    """Raises ConfigurationError where no table can be made of the file."""
    text, skipped = read_text(file, encoding), 0
    first, _, rest = text.partition("\n")
    separators = SEPARATORS
    if first.lower().startswith("sep=") and len(first.rstrip("\r")) == 5:  # what Excel writes and reads
        separators, text, skipped = first[4], rest, 1
    best = max(separators, key=lambda one: _known(text, one))
    table = _Table(file, text, best, skipped)
    return table.read()


def _known(text: str, separator: str) -> int:
    """How many columns the heads name when they are cut by this separator."""
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        if any(cell.strip() for cell in row):
            return len({column_of(cell) for cell in row} - {""})
    return 0


class _Table:
    def __init__(self, file: Path, text: str, separator: str, skipped: int) -> None:
        self.file, self.skipped = file, skipped
        self.reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        self.problems: list[Problem] = []

    def read(self) -> InventoryRows:
        rows = self._filled()
        line, heads = next(rows, (0, []))
        if self.problems:
            return InventoryRows((), problems=tuple(self.problems))
        columns = [column_of(head) for head in heads]
        self._judge_heads(line, heads, columns)
        unused = tuple(head.strip() for head, column in zip(heads, columns, strict=True) if head.strip() and not column)
        if self.problems:
            return InventoryRows((), unused, tuple(self.problems))
        made = [row for line, cells in rows if (row := self._row(line, cells, columns)) is not None]
        if not made and not self.problems:
            raise unreadable(self.file, line, "has no row below its heads", "Write one row a room.")
        return InventoryRows(made, unused, tuple(self.problems))

    def _filled(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that holds something, with the line on which it begins."""
        while True:
            line = self.reader.line_num + 1 + self.skipped
            try:
                cells = next(self.reader)
            except StopIteration:
                return
            except csv.Error as error:
                remedy = (
                    'Put a text that holds separators, quotes or line breaks in quotes, and write each " in it twice.'
                )
                self.problems.append(problem(self.file, line, f"cannot be read as CSV ({error})", remedy))
                return
            if any(cell.strip() for cell in cells):
                yield line, cells

    def _judge_heads(self, line: int, heads: Sequence[str], columns: Sequence[str]) -> None:
        there = set(columns)
        if not there - {""}:
            shown = ", ".join(cell.strip()[:20] for cell in heads[:8]) or "nothing"
            remedy = (
                f"Name the columns in the first row: {', '.join(COLUMNS)}; separate them by comma, semicolon or tab."
            )
            self.problems.append(problem(self.file, line, f"has no such columns; it has: {shown}", remedy))
            return
        for column in sorted(there - {""}):
            if columns.count(column) > 1:
                self.problems.append(problem(self.file, line, "is in two columns", "Keep one of them.", column=column))
        for head, column in zip(heads, columns, strict=True):
            near = near_column(head, there) if head.strip() and not column else ""
            if near:
                remedy = f'Did you mean "{near}"?'
                self.problems.append(problem(self.file, line, "unknown column", remedy, column=head.strip()))

    def _row(self, line: int, cells: Sequence[str], columns: Sequence[str]) -> InventoryRow | None:
        if any(cell.strip() for cell in cells[len(columns) :]):
            remedy = "A text with the separator in it belongs in quotes."
            self.problems.append(problem(self.file, line, f"has {len(cells)} cells for {len(columns)} columns", remedy))
            return None
        return InventoryRow(line, {column: cell for column, cell in zip(columns, cells, strict=False) if column})
