"""The live view in a terminal of 80 columns and 24 rows, and what it and the page say of a room that is not set up."""

from __future__ import annotations

from typing import Any

import click
import pytest

from alerting.words import load_words
from monitor.daemon.live_summary import BAD, view
from monitor.views.columns import fold, width
from tests.pages.test_incidents import INCIDENT, render
from tests.pages.test_server import STATUS

LANGUAGES = ("en", "zh-CN")


def check(name: str, state: str, fault: str = "", target: str = "") -> dict[str, Any]:
    return {"check": name, "target": target, "state": state, "values": {}, "note": "", "fault": fault, "limit": None}


def seen(status: dict[str, Any], language: str, columns: int = 80, rows: int = 22) -> list[str]:
    return [click.unstyle(line) for line in view(status, load_words(language), columns, rows)]


def busy(incidents: int, failed: int) -> dict[str, Any]:
    """A room with that many open incidents, failed checks, and twenty that are well before them."""
    checks = [check("host.disk", "ok", target=f"/disk{number}") for number in range(20)]
    checks += [check("camera", "failed", "camera_black", f"cam{number}") for number in range(failed)]
    many = [{**INCIDENT, "number": number, "code": "camera_black"} for number in range(incidents)]
    return {**STATUS, "faults": [], "checks": checks, "incidents": many, "premeeting": None}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("incidents", [0, 1, 3, 6])
def test_no_failed_check_is_cut_off_in_24_rows_and_what_is_left_out_is_counted(language: str, incidents: int) -> None:
    lines = seen(busy(incidents, failed=6), language)
    assert len(lines) <= 22
    assert all(any(f"cam{number}" in line for line in lines) for number in range(6))
    assert load_words(language).text("page.more_lines", count=0).split("0")[0].strip() in lines[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_the_terminal(language: str) -> None:
    status = busy(1, failed=2) | {
        "set_up": False,
        "name": "",
        "refused": ["roomwatch.toml: web.port = 70000: " + "x " * 80],
    }
    for columns in (132, 80, 60, 54, 40, 30):
        shown = seen(status, language, columns, 200)
        assert max(width(line) for line in shown) <= columns, columns
        assert columns < 40 or any("cam0" in line for line in shown)


def test_the_worst_stands_first() -> None:
    states = ["ok", "unknown", "unproven", "suspected", "degraded", "failed"]
    status = {
        **STATUS,
        "faults": [],
        "premeeting": None,
        "checks": [check("host.disk", one, target=one) for one in states],
    }
    shown = [line for line in seen(status, "en") if line.startswith("Disk space")]
    assert [line.split()[2] for line in shown] == states[::-1]
    assert set(BAD) == {"failed", "degraded", "suspected"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_room_that_is_not_set_up_says_that_nobody_is_told_and_what_to_type(language: str) -> None:
    status = {**STATUS, "set_up": False, "name": "", "premeeting": None}
    words = load_words(language)
    for text in ("\n".join(seen(status, language, columns=400)), render(status, language)):
        assert words.text("page.trial.people") in text
        assert "roomwatch setup" in text
        assert "roomwatch notify-test" in text
    assert words.text("page.trial.name") not in render(status | {"name": "Lakeside"}, language)
    assert "roomwatch setup" not in render({**STATUS, "premeeting": None}, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_never_worked_is_named_and_is_no_fault(language: str) -> None:
    status = {**STATUS, "faults": [], "premeeting": None}
    status["checks"] = [check("network.internet6", "unproven", "internet6_unreachable")]
    name = load_words(language).text("check.network.internet6")
    live = "\n".join(seen(status, language))
    assert load_words(language).text("page.unproven", checks=name) in render(status, language)
    assert load_words(language).text("page.no_fault") in live
    assert load_words(language).text("page.all_well") not in live


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_file_is_said_on_every_screen_and_its_values_only_in_the_terminal(language: str) -> None:
    problem = "roomwatch.toml: web.port = 70000: is too large."
    status = {**STATUS, "premeeting": None, "refused": [problem]}
    assert any(problem in line for line in seen(status, language))
    page = render(status, language)
    assert "roomwatch check" in page
    assert "70000" not in page


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three four", ["one two", "  three", "  four"]),
        ("https://example.org/long", ["https://example.org/long"]),
        ("会议室没有声音，请检查", ["会议室没有", "  声音，请", "  检查"]),
        ("", [""]),
        ("\x1b[31mone two\x1b[0m x", ["\x1b[31mone two\x1b[0m x"]),
    ],
)
def test_lines_break_between_words(text: str, lines: list[str]) -> None:
    assert fold(text, 10) == lines


def test_the_command_to_take_an_incident_is_as_it_is_typed_on_this_machine() -> None:
    status = busy(1, failed=0) | {"commands": {**STATUS["commands"], "take": "/opt/x/roomwatch take --config /etc/y"}}
    assert any("/opt/x/roomwatch take --config /etc/y 0" in line for line in seen(status, "en"))
    assert not any("roomwatch take" in line for line in seen(status | {"set_up": False}, "en")), "nobody could"
