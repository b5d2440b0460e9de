"""An inventory in TOML: one [[room]] a room. tomllib gives no lines, so that they are found in the text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alerting.configuration import Problem
from monitor.fleet.inventory_rows import (
    COLUMNS,
    Cell,
    InventoryRow,
    InventoryRows,
    near_column,
    problem,
    read_text,
    unreadable,
)

_HEAD = re.compile(r"\A[ \t]*\[\[[ \t]*room[ \t]*\]\]")
_KEY = re.compile(r"\A[ \t]*([A-Za-z0-9_-]+)[ \t]*=")
_MARK = re.compile("\"\"\"|'''|\"|'|#")


def read_toml(file: Path) -> InventoryRows:
    """Raises ConfigurationError where the file is no TOML or holds no rooms."""
    text = read_text(file, "").replace("\r\n", "\n")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise unreadable(file, 0, f"is not TOML: {str(error)[:200]}", "Mend that line.") from None
    rooms = table.get("room")
    if not isinstance(rooms, list) or not all(isinstance(room, dict) for room in rooms) or not rooms:
        raise unreadable(file, 0, "holds no rooms", "Write one [[room]] for each, with id and address below it.")
    problems = [
        problem(file, 0, "unknown key", "Write one [[room]] for each room, and nothing beside.", column=key)
        for key in table
        if key != "room"
    ]
    places = _places(text)
    if len(places) != len(rooms):  # written in another way that TOML allows: the problems name no line
        places = [(0, {})] * len(rooms)
    rows = []
    for number, (room, (line, lines)) in enumerate(zip(rooms, places, strict=True), 1):
        row = InventoryRow(line, _cells(file, number, room, line, lines, problems), lines)
        rows.append(row)
    return InventoryRows(rows, problems=tuple(problems))


def _cells(
    file: Path, number: int, room: Mapping[str, Any], line: int, lines: Mapping[str, int], problems: list[Problem]
) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for key, value in room.items():
        where = lines.get(key, line)
        column = key if where else f"room {number}, {key}"
        if key not in COLUMNS:
            near = near_column(key, set(room))
            remedy = f'Did you mean "{near}"?' if near else f"Known here: {', '.join(COLUMNS)}."
            problems.append(problem(file, where, "unknown key", remedy, column=column))
        elif isinstance(value, str):
            cells[key] = value
        elif isinstance(value, int) and not isinstance(value, bool):
            cells[key] = str(value)
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            cells[key] = tuple(value)
        else:
            problems.append(problem(file, where, "is no text", "Write it in quotes.", column=column))
    return cells


def _places(text: str) -> list[tuple[int, dict[str, int]]]:
    """For each [[room]] of the text: its line, and the lines of its keys."""
    places: list[tuple[int, dict[str, int]]] = []
    depth = 0
    for number, line in enumerate(_without_texts(text).split("\n"), 1):
        if depth == 0 and _HEAD.match(line):
            places.append((number, {}))
            continue
        if depth == 0 and places and (key := _KEY.match(line)):
            places[-1][1].setdefault(key[1], number)
        depth += line.count("[") + line.count("{") - line.count("]") - line.count("}")
    return places


def _without_texts(text: str) -> str:
    """The same lines without what stands in quotes and comments. text: good TOML."""
    kept, at = [], 0
    while mark := _MARK.search(text, at):
        kept.append(text[at : mark.start()])
        end = _end(text, mark.end(), mark[0])
        kept.append("\n" * text.count("\n", mark.start(), end))
        at = end
    return "".join([*kept, text[at:]])


def _end(text: str, at: int, mark: str) -> int:
    """Where the text or comment that this mark opens is over."""
    if mark == "#":
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    while (end := text.find(mark, at)) >= 0:
        if mark[0] == "'" or not _escaped(text, at, end):
            end += len(mark)
            while len(mark) == 3 and text.startswith(mark[0], end):  # a text may end with quotes of its own
                end += 1
            return end
        at = end + 1
    return len(text)


def _escaped(text: str, start: int, at: int) -> bool:
    """Whether an odd number of backslashes stands before ``at``."""
    before = at
    while before > start and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1
