"""Reads a duty roster from CSV or XLSX and writes it as plan.d/roster-<id>.toml. Refuses people the plan lacks."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

from alerting.configuration import ConfigurationError, Problem
from alerting.plan.model import Plan
from alerting.plan.organisation import Shift

_HEADS = {
    **dict.fromkeys(("start", "from", "begin", "开始", "开始时间", "日期", "date"), "start"),
    **dict.fromkeys(("end", "to", "until", "结束", "结束时间"), "end"),
    **dict.fromkeys(("person", "people", "name", "值班人", "值班人员", "姓名"), "people"),
}
_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


def read_roster(file: Path, plan: Plan) -> tuple[Shift, ...]:
    """Turns of a table with the columns start, end, person (or 开始, 结束, 值班人); people by id or name.

    Without end a turn lasts until the next one begins (the last: a day). Raises ConfigurationError with every row
    that is wrong.
    """
    rows = _xlsx(file) if file.suffix.lower() == ".xlsx" else _csv(file)
    if not rows:
        raise ConfigurationError([Problem(file=str(file), message="holds no row", remedy="Write a heading and turns.")])
    heads = [_HEADS.get(str(cell or "").strip().lower(), "") for cell in rows[0]]
    if "start" not in heads or "people" not in heads:
        remedy = "Name the columns start, end, person (开始, 结束, 值班人)."
        raise ConfigurationError([Problem(file=str(file), path="row 1", message="has no such columns", remedy=remedy)])
    by_name = {contact.name: name for name, contact in plan.contacts.items()} | {name: name for name in plan.contacts}
    problems: list[Problem] = []
    turns: list[tuple[int, dt.datetime, dt.datetime | None, tuple[str, ...]]] = []
    for number, row in enumerate(rows[1:], 2):
        cells = {head: cell for head, cell in zip(heads, row, strict=False) if head}
        if not any(str(cell or "").strip() for cell in cells.values()):
            continue
        try:
            start = _moment(cells["start"])
            end = _moment(cells["end"]) if str(cells.get("end") or "").strip() else None
            people = tuple(_person(one, by_name) for one in _split(str(cells.get("people") or "")))
            if not people:
                raise ValueError("names nobody")
            if end is not None and end <= start:
                raise ValueError(f"ends at {end} and begins at {start}")
        except ValueError as error:
            remedy = "Mend that row; nothing was imported."
            problems.append(Problem(file=str(file), path=f"row {number}", message=str(error), remedy=remedy))
        else:
            turns.append((number, start, end, people))
    if problems:
        raise ConfigurationError(problems)
    turns.sort(key=lambda turn: turn[1])
    following = [*(turn[1] for turn in turns[1:]), None]
    return tuple(
        Shift(start=start, end=end or after or start + dt.timedelta(days=1), people=people)
        for (_, start, end, people), after in zip(turns, following, strict=True)
    )


def roster_toml(roster: str, turns: Sequence[Shift]) -> str:
    """The overlay that holds these turns."""
    lines = [f"# Imported by `roomwatch plan import-roster`.\n[rosters.{roster}]\noverrides = ["]
    for turn in turns:
        people = ", ".join(f'"{one}"' for one in turn.people)
        lines.append(f"  {{ start = {turn.start.isoformat()}, end = {turn.end.isoformat()}, people = [{people}] }},")
    return "\n".join([*lines, "]\n"])


def _csv(file: Path) -> list[Sequence[object]]:
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel writes as CSV on a Chinese Windows.
        text = data.decode("gb18030", errors="replace")
    return list(csv.reader(io.StringIO(text)))


def _xlsx(file: Path) -> list[Sequence[object]]:
    from alerting.plan.roster_xlsx import read_rows

    return read_rows(file)


def _moment(cell: object) -> dt.datetime:
    if isinstance(cell, dt.datetime):
        return cell.replace(microsecond=0)
    if isinstance(cell, dt.date):
        return dt.datetime.combine(cell, dt.time())
    text = str(cell or "").strip()
    for form in _FORMS:
        try:
            return dt.datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError(f'"{text}" is not a time such as 2026-01-05 09:00')


def _split(text: str) -> list[str]:
    for mark in "、，,;；/":
        text = text.replace(mark, "\n")
    return [one.strip() for one in text.split("\n") if one.strip()]


def _person(text: str, by_name: dict[str, str]) -> str:
    try:
        return by_name[text]
    except KeyError:
        raise ValueError(f'nobody in the plan is called "{text}"') from None
