"""The tables of docs/detectors.md are made by a bench, and it writes nowhere else in the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.detectors import Judged
from bench.mechanisms import by_mechanism, renew, tables

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    {"label": "healthy", "subtype": "two_talkers", "severity": "0"},
    {"label": "hum", "subtype": "open_jack", "severity": "3"},
    {"label": "hum", "subtype": "dimmer", "severity": "1"},
    {"label": "echo", "subtype": "long", "severity": "3"},
]
SAID = [Judged(label=label, cpu_ms=4.0) for label in ("healthy", "hum", "healthy", "dropouts")]


def test_what_is_missed_stands_above_what_is_called_by_another_name() -> None:
    assert [(one.name, one.clips, one.found, one.called) for one in by_mechanism(ROWS, SAID)] == [
        ("dimmer", 1, 0, 0), ("long", 1, 1, 0), ("two talkers", 1, 0, 1), ("open jack", 1, 1, 1),
    ]  # fmt: skip
    text = tables([("All", ROWS, SAID)])
    assert "| All | 4 | 0.444 | 0.667 | 0.000 |  | 1.000 | 0 of 1 | 4.0 ms |" in text
    assert "| hum | dimmer | 1 | 0 | 0 | healthy 1 |\n| echo | long | 1 | 1 | 0 | dropouts 1 |" in text
    assert "a false alarm: 2 of 4." in text
    assert "open jack" not in text


def test_only_what_stands_between_the_marks_is_renewed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- video: x -->\nold\n<!-- end -->\n<!-- audio: x -->\nold\n<!-- end -->\nafter\n")
    renew(page, "audio", "new")
    assert page.read_text() == (
        "before\n<!-- video: x -->\nold\n<!-- end -->\n<!-- audio: x -->\n\nnew\n\n<!-- end -->\nafter\n"
    )
    with pytest.raises(ValueError, match="there is no <!-- smell"):
        renew(page, "smell", "new")


def test_the_page_has_both_tables_with_the_misses_first() -> None:
    page = (ROOT / "docs" / "detectors.md").read_text()
    for modality in ("video", "audio"):
        part = page.partition(f"<!-- {modality}: made by bench/mechanisms.py -->")[2].partition("<!-- end -->")[0]
        rows = [line.split("|")[1:7] for line in part.splitlines() if line.count("|") == 7]
        counts = [(row[0].strip(), int(row[2]), int(row[3])) for row in rows if row[2].strip().isdigit()]
        missed = [round((found if label == "healthy" else clips - found) / clips, 9) for label, clips, found in counts]
        assert len(missed) > 10
        assert missed == sorted(missed, reverse=True)
