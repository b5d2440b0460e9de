"""The table of docs/reliability.md: one line for each attack, with what was measured last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.attacks.attack import Attack, Figure, Result

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- attacks: begin -->", "<!-- attacks: end -->"
NOT_MEASURED = "not measured"
HEAD = "| name | attack | must hold | measured |\n| --- | --- | --- | --- |\n"


def rows(text: str) -> dict[str, list[str]]:
    """Name → cells of the table between the marks."""
    table = text.partition(BEGIN)[2].partition(END)[0]
    cells = [[one.strip() for one in line.strip("|").split(" | ")] for line in table.splitlines() if line[:3] == "| `"]
    return {row[0].strip("`"): row for row in cells}


def written(text: str, attacks: Sequence[Attack], results: Mapping[str, Result]) -> str:
    """The page with these results. What has none keeps what the page says of it."""
    known = rows(text)
    lines = []
    for one in attacks:
        old = known[one.name][3] if one.name in known else NOT_MEASURED
        measured = cell(one, results[one.name]) if one.name in results else old
        lines.append(f"| `{one.name}` | {one.what} | {one.holds} | {measured} |\n")
    table = f"{BEGIN}\n{HEAD}{''.join(lines)}{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: table, text, flags=re.DOTALL)


def cell(attack: Attack, result: Result) -> str:
    if result.failed:
        return NOT_MEASURED
    wrong = attack.broken(result.figures)
    said = ", ".join(
        f"{number(figure)} {name}" if figure.unit == "1" else f"{name} {number(figure)}"
        for name, figure in sorted(result.figures.items(), key=lambda one: one[0] != attack.counts)
        if figure.value or attack.most.get(name) != 0  # "holds" says of these that they are 0
    )
    verdict = f"**does not hold** ({', '.join(wrong)})" if wrong else "holds"
    return f"{verdict}: {said} ({result.day}, load {result.load:.0f})"


def number(figure: Figure) -> str:
    if figure.unit == "share":
        return f"{figure.value * 100:.4g} %"
    if figure.unit == "min":
        return f"{figure.value:.1f} min"
    if figure.unit == "1":
        return f"{figure.value:,.0f}"
    return f"{figure.value:.2f} {figure.unit}" if figure.unit == "s" else f"{figure.value:.1f} {figure.unit}"
