"""From a file that a spreadsheet program exported to rows of cells, in a child process: `python -m … FILE`.

What the file says of itself (its name's ending, its size, its styles) is not believed. One line of JSON goes out:
{"rows": [[cell, …], …]} or {"wrong": text, "remedy": text}; a cell is a text, a number, or null. A date is a text.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sys
import zipfile
from typing import Any, NoReturn

Cell = str | float | None
Row = list[Cell]

CPU_SECONDS = 30
"""A workbook of 20,000 rows takes 3 s."""

MEMORY_BYTES = 300 << 20
"""The library for workbooks takes 40 MiB, a workbook of 20,000 rows 100 MiB."""

LARGEST = 20 << 20
"""Bytes of a file: a roster of ten years has some hundred kB."""

LARGEST_UNPACKED = 60 << 20
MOST_ROWS = 20_000
MOST_COLUMNS = 60
LONGEST_CELL = 500

_NEEDED = ("[Content_Types].xml", "_rels/", "xl/workbook", "xl/_rels/", "xl/sharedStrings.xml", "xl/worksheets/")
"""Parts of a workbook that are read. Its styles are not: some programs write them empty or wrong, and all that they
tell, which numbers are dates, the columns' heads tell as well."""


class RosterFileProblem(Exception):
    """What is wrong, and what to do."""

    def __init__(self, text: str, remedy: str = "Save it as .xlsx, or as CSV in UTF-8.") -> None:
        super().__init__(text)
        self.remedy = remedy


def rows_of(data: bytes) -> list[list[Row]]:
    """The tables of a file, each as rows: the sheets of a workbook; of a text, its readings by different separators.

    Raises Wrong.
    """
    if len(data) > LARGEST:
        raise RosterFileProblem(f"is larger than {LARGEST >> 20} MiB")
    if data[:2] == b"PK":
        return _workbook(data)
    kind = _kind(data)
    if kind:
        raise RosterFileProblem(f"is {kind}, not a table")
    return _text(data)


def _kind(data: bytes) -> str:
    start = data[:500].lstrip().lower()
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "an old workbook (.xls, .et)"
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        return "a web page"
    if start.startswith(b"<?xml"):
        return "an XML document"
    if start.startswith(b"%pdf"):
        return "a PDF file"
    return ""


# Texts


def _text(data: bytes) -> list[list[Row]]:
    text = _decoded(data)
    first, _, rest = text.partition("\n")
    separators = ",;\t|"
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # what Excel writes and reads
        separators, text = first.strip()[4], rest
    tables = []
    problem = ""
    for separator in separators:
        try:
            rows = list(_limited(csv.reader(io.StringIO(text, newline=""), delimiter=separator)))
        except csv.Error as error:
            problem = str(error)
        else:
            tables.append(rows)
    if not tables:
        raise RosterFileProblem(f"cannot be read as a table ({problem})")
    return tables


def _limited(reader: Any) -> Any:
    for number, row in enumerate(reader, 1):
        if number > MOST_ROWS:
            raise RosterFileProblem(f"has more than {MOST_ROWS} rows")
        yield [cell[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]]


def _decoded(data: bytes) -> str:
    """By its mark; without one as UTF-8, or what Excel writes on a Chinese Windows. Raises Wrong."""
    marks = (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe\0\0", "utf-32-le"),
        (b"\0\0\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    )
    for mark, name in marks:
        if data.startswith(mark):
            return _by(data[len(mark) :], (name,))
    if data[:400].count(0) > len(data[:400]) // 4:
        return _by(data, ("utf-16-le" if data[1:400:2].count(0) >= data[0:400:2].count(0) else "utf-16-be",))
    return _by(data, ("utf-8", "gb18030"))


def _by(data: bytes, names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return data.decode(name).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise RosterFileProblem(f"is in an encoding that is none of {', '.join(names)}")


# Workbooks


def _workbook(data: bytes) -> list[list[Row]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(_without_styles(data)), read_only=True, data_only=True)
        return [_sheet(sheet, book.epoch) for sheet in book.worksheets[:20]]
    except RosterFileProblem:
        raise
    except MemoryError:
        raise RosterFileProblem("is too large to read") from None
    except Exception as error:  # whatever the library raises for a file that is none
        raise RosterFileProblem(f"cannot be read as a workbook ({type(error).__name__})") from None


def _without_styles(data: bytes) -> bytes:
    """The same workbook with nothing but what is read, as a ZIP file. Raises Wrong."""
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w") as target:
            names = source.namelist()
            if "mimetype" in names or "content.xml" in names:
                raise RosterFileProblem("is an OpenDocument table")
            if not any(name.startswith("xl/workbook") for name in names):
                raise RosterFileProblem("is a ZIP file, but no XLSX workbook")
            if "xl/workbook.bin" in names:
                raise RosterFileProblem("is a binary workbook (.xlsb)")
            left = LARGEST_UNPACKED
            for name in names:
                if not name.startswith(_NEEDED):
                    continue
                with source.open(name) as part:
                    content = part.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise RosterFileProblem(f"unpacks to more than {LARGEST_UNPACKED >> 20} MiB")
                target.writestr(name, content)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise RosterFileProblem("is a damaged or protected workbook") from None
    return made.getvalue()


def _sheet(sheet: Any, epoch: dt.datetime) -> list[Row]:
    sheet.reset_dimensions()  # what it says of its own size is often wrong
    rows: list[Row] = []
    for cells in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS):
        if len(rows) == MOST_ROWS:
            raise RosterFileProblem(f"has more than {MOST_ROWS} rows")
        rows.append([_cell(value) for value in cells])
    return rows if epoch.year == 1899 else [[_of_1904(cell) for cell in row] for row in rows]


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str):
        return value[:LONGEST_CELL] if value else None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e15 else str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)[:LONGEST_CELL]


def _of_1904(cell: Cell) -> Cell:
    """Days since 1904, as some workbooks count, as days since 1900."""
    return cell + 1462.0 if isinstance(cell, float) and 10_000 < cell < 100_000 else cell


def main() -> NoReturn:
    from alerting.child.confinement import begin_item, confine

    confine(MEMORY_BYTES)
    begin_item(CPU_SECONDS)
    try:
        with open(sys.argv[1], "rb") as file:  # noqa: PTH123
            said: dict[str, Any] = {"tables": rows_of(file.read(LARGEST + 1))}
    except RosterFileProblem as wrong:
        said = {"wrong": str(wrong), "remedy": wrong.remedy}
    except OSError as error:
        said = {"wrong": f"cannot be read: {error.strerror}", "remedy": "Check its path and its rights."}
    except MemoryError:
        said = {"wrong": "is too large to read", "remedy": "Save the roster's sheet alone."}
    sys.stdout.write(json.dumps(said))
    sys.stdout.flush()
    raise SystemExit(0)


if __name__ == "__main__":
    main()
