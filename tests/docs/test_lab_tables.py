"""The labs' tables in the documents list every situation with the right answer that the lab holds it against."""

from pathlib import Path

import pytest

from bench import lab, lab_software, lab_tables
from bench.network_lab.situation import SITUATIONS
from bench.software_lab.situation import MEETINGS, PROGRAMS

NETWORK = {one.name: ", ".join(sorted(one.faults)) or "nothing" for one in SITUATIONS}
OF_PROGRAMS = {one.name: lab_software.right_answer(one) for one in PROGRAMS}
OF_MEETINGS = {one.name: lab_software.right_answer(one) for one in MEETINGS}


@pytest.mark.parametrize(
    ("page", "mark", "situations"),
    [
        (lab.PAGE, lab.MARK, NETWORK),
        (lab_software.PAGE, "programs", OF_PROGRAMS),
        (lab_software.PAGE, "meetings", OF_MEETINGS),
    ],
)
def test_the_table_lists_every_situation_of_the_lab(page: Path, mark: str, situations: dict[str, str]) -> None:
    assert lab_tables.shown(page, mark) == situations, "stage what is missing, with --results and --write"


def test_misses_stand_first_and_the_sum_is_of_the_rows(tmp_path: Path) -> None:
    rows: list[lab_tables.Row] = [
        {"case": "calm", "right_answer": [], "told": [], "verdict": "right", "healthy": True, "seconds": None},
        {"case": "cut", "right_answer": ["a"], "told": ["a"], "verdict": "right", "healthy": False, "seconds": 4.0},
        {"case": "bent", "right_answer": ["b"], "told": [], "verdict": "missed", "healthy": False, "seconds": None},
    ]
    page, kept = tmp_path / "page.md", tmp_path / "results.jsonl"
    page.write_text("before\n<!-- lab -->\nold\n<!-- end of lab -->\nafter\n")
    for one in [{**rows[2], "verdict": "trouble"}, *rows]:
        lab_tables.keep(kept, one)
    lab_tables.write(page, "lab", list(lab_tables.read(kept).values()))
    text = page.read_text()
    assert text.startswith("before\n<!-- lab -->\n3 situations, 1 of them healthy: 2 right, 0 false alarms;")
    assert text.endswith("| calm | nothing | nothing | right |  |\n<!-- end of lab -->\nafter\n")
    assert list(lab_tables.shown(page, "lab")) == ["bent", "cut", "calm"]
