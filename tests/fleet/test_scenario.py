"""Scenarios: the shipped ones, and what is said of a bad one."""

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.configuration import ConfigurationError
from alerting.folders import shipped_folder
from monitor.cli import main
from monitor.fleet.simulation.scenario import Scenario, moment, read_scenario
from tests.fleet.inventories import written

SHIPPED = sorted((shipped_folder() / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_each_shipped_scenario_is_good_and_named_in_the_help(file: Path) -> None:
    assert read_scenario(file).days >= 1
    said = CliRunner().invoke(main, ["simulate", "--help"]).output
    assert file.stem in "".join(said.split())


def test_the_start_is_the_last_such_time(tmp_path: Path) -> None:
    now = dt.datetime(2026, 11, 27, 10, 0, tzinfo=dt.UTC).timestamp()  # a Friday
    for start, expected in (
        ("", "2026-11-27T10:00Z"),
        ("sat 20:00", "2026-11-21T20:00Z"),
        ("fri 09:59", "2026-11-27T09:59Z"),
        ("fri 10:01", "2026-11-20T10:01Z"),
        ("10:01", "2026-11-26T10:01Z"),
        ("2026-01-01T00:00+08:00", "2025-12-31T16:00Z"),
    ):
        assert Scenario(start=start).begins(lambda: now) == dt.datetime.fromisoformat(expected).timestamp()


def test_an_event_begins_after_the_start_or_at_a_time_of_day() -> None:
    scenario = Scenario(timezone="Asia/Shanghai")
    start = dt.datetime(2026, 11, 27, 10, 0, tzinfo=scenario.zone).timestamp()
    assert moment("90s", start, scenario.zone) == start + 90
    assert moment("1.5h", start, scenario.zone) == start + 5400
    assert moment("10:00", start, scenario.zone) == start
    assert moment("sat 09:30", start, scenario.zone) == start + 23.5 * 3600


def test_everything_wrong_in_a_scenario_is_said_at_once(tmp_path: Path) -> None:
    text = (
        'timezone = "Mars/Base"\nstart = "someday"\nday = 3\n'
        '[[event]]\nkind = "fault"\nat = "soon"\nlasts = "10"\n'
        '[[event]]\nkind = "faults"\nshare = 2\n'
        '[[event]]\nkind = "fault"\ncode = "camera_blak"\n'
    )
    file = written(tmp_path, "s.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        read_scenario(file)
    said = [str(one).removeprefix(f"{file}: ") for one in caught.value.problems]
    assert said[0] == 'day: unknown key. Did you mean "days"?'
    assert any(one.startswith('event 1: lasts = "10" is no span of time') for one in said)
    assert any(one.startswith('event 1: at = "soon" is neither') for one in said)
    assert any(one.startswith("event 1: code is missing") for one in said)
    assert any(one.startswith('event 2, kind = "faults": is not one of the choices') for one in said)
    assert any(one.startswith("event 2, share") for one in said)
    assert any(one.startswith('event 3: code = "camera_blak" is no fault') for one in said)


def test_a_bad_time_zone_and_start_are_named(tmp_path: Path) -> None:
    for text, expected in (('timezone = "Mars/Base"', "is no time zone"), ('start = "2026-01-01"', "is neither")):
        with pytest.raises(ConfigurationError, match=expected):
            read_scenario(written(tmp_path, "s.toml", text))


def test_the_command_says_what_is_wrong_with_a_scenario(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["simulate", "--scenario", str(tmp_path / "none.toml")])
    assert done.exit_code == 78 and "none.toml: cannot be read" in done.output
    done = CliRunner().invoke(main, ["simulate", "--history", "-", "--for", "soon"])
    assert done.exit_code == 1 and '"soon" is no span of time' in done.output
