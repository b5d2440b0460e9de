"""The rows of an inventory file as they stand: cells by column, each with its line. Judges no value."""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alerting.configuration import ConfigurationError, Problem

Cell = str | tuple[str, ...]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("room", "room id", "编号", "会议室编号", "房间号"),
    "name": ("room name", "名称", "会议室", "会议室名称"),
    "site": ("地点", "园区", "站点"),
    "floor": ("level", "楼层"),
    "address": ("host", "hostname", "ip", "ip address", "地址", "主机", "ip地址"),
    "class": ("room class", "类型", "会议室类型"),
    "model": ("型号", "设备型号"),
    "user": ("login", "用户", "登录用户"),
    "camera": ("cameras", "摄像头"),
    "microphone": ("麦克风",),
    "programs": ("applications", "程序", "软件"),
    "language": ("语言",),
    "timezone": ("time zone", "时区"),
    "public_url": ("public url", "网址"),
}
"""Each column with the other heads that stand for it."""

_HEADS = {head: column for column, heads in COLUMNS.items() for head in (column, *heads)}

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class BadCell(ValueError):
    """What is wrong with one cell, and what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """One room as written. line: where it begins, 0 where that is not known. lines: of single cells, where other."""

    line: int
    cells: Mapping[str, Cell]
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, column: str) -> int:
        return self.lines.get(column, self.line)


@dataclass(frozen=True, slots=True)
class InventoryRows:
    """unused: heads of columns that say nothing to us. problems: of single rows; the others can still be judged."""

    rows: Sequence[InventoryRow]
    unused: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def column_of(head: str) -> str:
    """The column that a head stands for, "" for none."""
    return _HEADS.get(" ".join(head.lower().replace("_", " ").split()), "") or _HEADS.get(head.strip().lower(), "")


MOST_BYTES = 64 * 2**20
"""A hundred thousand rooms with long names take a third of it. A device would be read without end."""


def near_column(head: str, there: set[str]) -> str:
    """The column that is missing and that this head nearly spells, "" for none."""
    near = difflib.get_close_matches(head.strip().lower(), sorted(set(COLUMNS) - there), n=1, cutoff=0.75)
    return near[0] if near else ""


def read_text(file: Path, encoding: str) -> str:
    """The whole file. encoding: "" goes by the mark at its start, else UTF-8. Raises ConfigurationError."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise unreadable(file, 0, f"cannot be read ({error.strerror})", "Check the path and mode.") from None
    if len(data) > MOST_BYTES:
        raise unreadable(file, 0, f"is longer than {MOST_BYTES:,} bytes", "Name the inventory, or split it.")
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    try:
        return data.decode(encoding or "utf-8")
    except LookupError:
        raise unreadable(file, 0, f'there is no encoding "{encoding}"', "Write utf-8, gb18030 or cp1252.") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        remedy = 'Save it as "CSV UTF-8", or name its encoding: --encoding gb18030 or --encoding cp1252.'
        raise unreadable(file, line, f"is not {(encoding or 'utf-8').upper()}", remedy) from None


def unreadable(file: Path, line: int, message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([problem(file, line, message, remedy)])


def problem(file: Path, line: int, message: str, remedy: str = "", *, column: str = "", value: str = "") -> Problem:
    """line: 0 for the file as a whole."""
    place = f"{file}:{line}" if line else str(file)
    return Problem(file=place, path=column, value=value, message=message, remedy=remedy)
