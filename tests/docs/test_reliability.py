"""docs/reliability.md has a row for each attack of the bench, and says of it what the bench finds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.attack import kept, printed
from bench.attacks import table
from bench.attacks.attack import Attack, Figure, Figures, Result, Size
from bench.attacks.page import NOT_MEASURED, PAGE, cell, rows, written
from bench.attacks.table import ATTACKS


async def _none(size: Size) -> Figures:
    return {}


HANG = Attack(
    name="hang",
    what="it hangs",
    holds="no delay",
    run=_none,
    counts="times",
    small=1,
    full=2,
    most={"lost": 0, "delay": 0.2},
    least={"answered": 1.0},
)


def _result(**figures: Figure) -> Result:
    return Result(name="hang", figures=figures, day="2026-11-29", load=1.2, seconds=3.0)


GOOD = _result(lost=Figure(0), delay=Figure(0.1, "s"), answered=Figure(1.0, "share"))


def test_the_page_has_the_rows_of_the_bench() -> None:
    page = {name: row[1:3] for name, row in rows(PAGE.read_text()).items()}
    assert page == {one.name: [one.what, one.holds] for one in ATTACKS}, (
        "run python -m bench.attack --from /dev/null --write"
    )
    assert len({one.name for one in ATTACKS}) == len(ATTACKS)
    assert all(one.most or one.least for one in ATTACKS), "an attack that cannot fail"


def _names_of_figures() -> Iterator[str]:
    """Every string of the attacks, and of the table what it calls the figures that it reads from a bench."""
    for file in Path(table.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            strings = node.values if isinstance(node, ast.Dict) else [node] if file.stem != "table" else []
            for one in strings:
                if isinstance(one, ast.Name) and isinstance(value := getattr(table, one.id, None), str):
                    yield value
                elif isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def test_what_must_hold_is_held_against_figures_that_are_there() -> None:
    names = set(_names_of_figures())
    limits = [(one.name, figure) for one in ATTACKS for figure in (*one.most, *one.least)]
    assert [one for one in limits if one[1] not in names] == []


@pytest.mark.parametrize(
    ("figure", "value"),
    [("lost", Figure(1)), ("delay", Figure(0.21, "s")), ("answered", Figure(0.99, "share")), ("answered", None)],
)
def test_what_is_not_as_it_must_be_is_told(figure: str, value: Figure | None) -> None:
    figures = {name: one for name, one in {**GOOD.figures, figure: value}.items() if one is not None}
    assert HANG.broken(figures) == [figure]
    assert cell(HANG, _result(**figures)).startswith(f"**does not hold** ({figure})")
    assert cell(HANG, GOOD) == "holds: delay 0.10 s, answered 100 % (2026-11-29, load 1)"


def test_parts_add_up_and_the_worst_time_stands() -> None:
    other = _result(lost=Figure(2), delay=Figure(0.05, "s"), answered=Figure(0.5, "share"))
    assert GOOD.joined(other).figures == {
        "lost": Figure(2),
        "delay": Figure(0.1, "s"),
        "answered": Figure(0.5, "share"),
    }


def test_a_row_that_was_not_run_keeps_what_it_had_or_says_that_nobody_ran_it() -> None:
    page = "before\n<!-- attacks: begin -->\n<!-- attacks: end -->\nafter\n"
    first = written(page, [HANG], {})
    assert rows(first)["hang"] == ["`hang`", "it hangs", "no delay", NOT_MEASURED]
    second = written(first, [HANG], {"hang": GOOD})
    assert written(second, [HANG], {}) == second
    assert rows(second)["hang"][3] == cell(HANG, GOOD)
    assert second.startswith("before\n")
    assert second.endswith("after\n")


def test_what_a_part_printed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "parts"
    file.write_text(printed(HANG, GOOD) + "\nnoise\n" + printed(HANG, GOOD) + "\n")
    assert kept(file) == [GOOD, GOOD]
