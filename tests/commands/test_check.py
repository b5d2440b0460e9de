"""`roomwatch check` judges what `roomwatch run` would read: the configuration, and the plan beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main

ROOM = '[room]\nid = "lake"\nname = "Lakeside"\n'
PERSON = '[contacts.li]\nname = "Li"\nchannels = ["json://127.0.0.1:9/x"]\n'
CHAIN = '[chains.default]\nsteps = [{ after = 0, tell = ["technical"] }]\n'


def check(folder: Path, plan: str) -> Result:
    (folder / "roomwatch.toml").write_text(ROOM)
    (folder / "plan.toml").write_text(plan)
    return CliRunner().invoke(main, ["check", "--config", str(folder)])


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ('[contacts.li]\nname = "Li"\nchanels = []\n', 'Did you mean "channels"?'),
        ('[groups.technical]\nname = "T"\nmembers = ["nobody"]\n', "nobody"),
        ("[[", "plan.toml"),
    ],
)
def test_a_plan_that_the_daemon_would_refuse_is_refused_here(plan: str, said: str, tmp_path: Path) -> None:
    done = check(tmp_path, plan)
    assert (done.exit_code, said in done.output) == (78, True), done.output
    assert "is good" not in done.output


def test_what_would_leave_people_untold_is_said_with_the_command_that_says_all(tmp_path: Path) -> None:
    done = check(tmp_path, PERSON + '[groups.technical]\nname = "T"\nmembers = []\n' + CHAIN)
    assert done.exit_code == 0, done.output
    assert "would leave people untold" in done.output
    assert f"plan check --config {tmp_path}" in done.output


def test_a_configuration_without_a_plan_is_good_and_nobody_is_told(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(ROOM)
    done = CliRunner().invoke(main, ["check", "--config", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "untold" not in done.output
    assert f"There is no plan at {tmp_path}/plan.toml: nobody is told." in done.stderr
    assert "There is no plan" not in check(tmp_path, PERSON).output


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_an_address_in_force_is_shown_without_its_key(form: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(
        '[calendar]\nurl = "https://calendar.example.org/ical/private-0123456789abcdef0123456789/basic.ics"\n'
        '[probes.network]\nproxy = "http://room:s3cr3t@proxy.example.org:3128"\n'
        '[alertmanager]\nurls = ["https://alerts.example.org/prefix"]\n'
    )
    done = CliRunner().invoke(main, ["check", "--config", str(tmp_path), *form])
    assert done.exit_code == 0, done.output
    for shown in ("https://calendar.example.org/***", "http://***@proxy.example.org:3128", "alerts.example.org/prefix"):
        assert shown in done.output
    assert "s3cr3t" not in done.output and "private-0123" not in done.output
