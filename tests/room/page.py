"""docs/fault-matrix.md: a row for each fault of the table, with what the last run has measured.

python -m tests.room.page RESULTS       # a JSON object a line, as the tests leave them; rows without keep theirs
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.room.faults import FAULTS, Fault
from tests.room.watching import RIGHT

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fault-matrix.md"
BEGIN, END = "<!-- fault matrix: begin -->", "<!-- fault matrix: end -->"
NOT_RUN = "not run"
HEAD = ("row", "fault", "expected", "seen", "detected", "journal", "message", "recovery", "run")
Row = Mapping[str, Any]


def shown(text: str) -> dict[str, list[str]]:
    """Row's name → its cells, of the table that the page has."""
    table = text.partition(BEGIN)[2].partition(END)[0]
    rows = [[one.strip() for one in line.strip().strip("|").split(" | ")] for line in table.splitlines()]
    return {row[0].strip("`"): row for row in rows if row[0].startswith("`")}


def written(text: str, faults: Iterable[Fault], results: Mapping[str, Row]) -> str:
    """The page with these results; a fault without one keeps its row, or has not been run."""
    known = shown(text)
    rows = []
    for fault in faults:
        first = [f"`{fault.name}`", fault.what, f"`{fault.code}`" if fault.code else "nothing"]
        old = known.get(fault.name, [])
        rest = old[3:] if old[:3] == first else [NOT_RUN, "", "", "", "", ""]
        row = results.get(fault.name)
        # Of another fault that had this name before, it says nothing.
        if row is not None and (row["code"], row.get("what", fault.what)) == (fault.code, fault.what):
            rest = cells(fault, row)
        rows.append([*first, *rest])
    head, _, tail = text.partition(BEGIN)
    table = "\n".join(_line(row) for row in (HEAD, ["---"] * len(HEAD), *rows))
    return f"{head}{BEGIN}\n{summary(rows)}\n\n{table}\n{END}{tail.partition(END)[2]}"


def cells(fault: Fault, row: Row) -> list[str]:
    """seen, detected, journal, message, recovery, run."""
    codes = ", ".join(f"`{code}`" for code in row["seen"]) or "nothing"
    if row["verdict"] != RIGHT:
        codes = f"**{row['verdict']}**: {codes}"
    journalled = row["journalled"]
    if journalled is not None and not 0.0 <= journalled <= (row["told"] or journalled):
        journalled = None  # what is told is in the journal before: the guest's clock was set meanwhile, by this fault
    recovery = _seconds(row["recovered"])
    if fault.code and not fault.recovers:
        recovery = "not awaited"
    return [
        codes,
        _seconds(row["detected"]),
        _seconds(journalled),
        _seconds(row["told"]),
        recovery,
        f"{row['day']}, load {row['load']:.0f}",
    ]


def summary(rows: Iterable[list[str]]) -> str:
    rows = list(rows)
    run = [row for row in rows if row[3] != NOT_RUN]
    right = [row for row in run if not row[3].startswith("**")]
    text = f"{len(rows)} rows, {len(run)} run, {len(right)} of these right, {len(rows) - len(run)} not run yet"
    told = [float(row[6].removesuffix(" s")) for row in right if row[6]]
    if told:
        text += (
            f"; from the fault to the message {statistics.median(told):.1f} s in the median, {max(told):.1f} s at most"
        )
    return text + "."


def read(file: Path) -> dict[str, Row]:
    """The newest result of each fault."""
    rows = (json.loads(line) for line in file.read_text().splitlines() if line.strip())
    return {row["name"]: row for row in rows}


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _line(row: Iterable[str]) -> str:
    return "| " + " | ".join(row) + " |"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), FAULTS, read(Path(sys.argv[1]))))
