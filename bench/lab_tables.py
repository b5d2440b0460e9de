"""The tables of the two labs, as the documents show them, and the results that they are made of.

A whole run takes the better part of an hour: results are kept in a file, a JSON object a line, so that it can be done
in parts. The newest line of a situation counts.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HEAD = ("situation", "right answer", "told", "verdict")
NOT_RUN = "not run"
Row = dict[str, Any]
"""case, right_answer, told, verdict, healthy, and seconds where the lab measures them."""


def read(file: Path | None) -> dict[str, Row]:
    """The results so far, by situation."""
    if file is None or not file.exists():
        return {}
    rows = (json.loads(line) for line in file.read_text().splitlines() if line.strip())
    return {one["case"]: one for one in rows}


def keep(file: Path | None, one: Row) -> None:
    if file is not None:
        with file.open("a") as out:
            out.write(json.dumps(one, ensure_ascii=False) + "\n")


def not_run(case: str, right_answer: str | Sequence[str], healthy: bool) -> Row:
    """A situation that the table has to list, though no result is there yet."""
    return {"case": case, "right_answer": right_answer, "told": "", "verdict": NOT_RUN, "healthy": healthy}


def right(one: Row) -> bool:
    return bool(one["verdict"] == "right")


def sums(rows: Sequence[Row]) -> Row:
    """How many were right. seconds: median and longest of the faults that happened under the probe's eyes."""
    took = [one["seconds"] for one in rows if one.get("seconds") is not None and not one.get("from_the_start")]
    found = {
        "situations": len(rows),
        "healthy": sum(one["healthy"] for one in rows),
        "right": sum(right(one) for one in rows),
        "false_alarms": sum(one["verdict"] == "false alarm" for one in rows),
        "not_run": sum(one["verdict"] == NOT_RUN for one in rows),
    }
    return found | ({"seconds_median": statistics.median(took), "seconds_longest": max(took)} if took else {})


def table(rows: Sequence[Row]) -> str:
    """Misses first, then what is broken, then what is healthy."""
    timed = any("seconds" in one for one in rows)
    head = (*HEAD, "seconds") if timed else HEAD
    lines = [_line(head), _line(["---"] * len(head))]
    for one in sorted(rows, key=lambda one: (right(one), one["healthy"])):
        since = " (from the start)" if one.get("from_the_start") and not one["healthy"] else ""
        told = "" if one["verdict"] == NOT_RUN else _words(one["told"])
        cells = [one["case"] + since, _words(one["right_answer"]), told, one["verdict"]]
        if timed:
            took = one.get("seconds")
            cells.append("" if took is None else f"{took:.0f}")
        lines.append(_line(cells))
    return "\n".join(lines)


def write(page: Path, mark: str, rows: Sequence[Row]) -> None:
    """Put sum and table between the page's two lines ``<!-- mark -->`` and ``<!-- end of mark -->``."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->\n"
    text = page.read_text()
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    page.write_text(f"{head}{begin}{_sentence(sums(rows))}\n\n{table(rows)}\n{end}{tail}")


def shown(page: Path, mark: str) -> dict[str, str]:
    """What the page shows: situation → right answer."""
    body = page.read_text().partition(f"<!-- {mark} -->\n")[2].partition(f"<!-- end of {mark} -->")[0]
    cells = [line.strip("| ").split(" | ") for line in body.splitlines() if line.startswith("| ")][2:]
    return {one[0].removesuffix(" (from the start)"): one[1] for one in cells}


def _sentence(found: Row) -> str:
    text = (
        f"{found['situations']} situations, {found['healthy']} of them healthy: {found['right']} right,"
        f" {found['false_alarms']} false alarms"
    )
    if found["not_run"]:
        text += f", {found['not_run']} not run yet"
    if "seconds_median" in found:
        text += f"; from the event to the fault {found['seconds_median']:.0f} s in the median,"
        text += f" {found['seconds_longest']:.0f} s at most"
    return text + "."


def _words(what: str | Sequence[str]) -> str:
    return (what if isinstance(what, str) else ", ".join(what)) or "nothing"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
