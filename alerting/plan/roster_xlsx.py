"""The one door to openpyxl. Import it only where an XLSX is read: never in the daemon."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from alerting.configuration import ConfigurationError, Problem


def read_rows(file: Path) -> list[Sequence[object]]:
    """All rows of the first sheet, dates as datetime. Raises ConfigurationError when it is no workbook."""
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError):
        problem = Problem(file=str(file), message="is not an XLSX workbook", remedy="Save it as .xlsx or .csv.")
        raise ConfigurationError([problem]) from None
    try:
        return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()
