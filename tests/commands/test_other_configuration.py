"""A command that reads the journal without --config says so where the daemon was given one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from alerting.plan.model import Plan
from monitor.cli import main
from monitor.commands.local_daemon import NoDaemon, another_configuration, say_another_configuration
from monitor.commands.report import plan_or_fail
from monitor.settings import load


def answering(monkeypatch: pytest.MonkeyPatch, run: str) -> None:
    def ask(*_: Any, **__: Any) -> dict[str, Any]:
        if not run:
            raise NoDaemon("nobody")
        return {"commands": {"run": run}}

    monkeypatch.setattr("monitor.commands.local_daemon.ask", ask)


@pytest.mark.parametrize(
    ("run", "named"),
    [
        ("roomwatch run --config '/home/kim/my room'", "/home/kim/my room"),
        ("roomwatch run", ""),
        ("roomwatch run --config", ""),
        ("", ""),
    ],
)
def test_the_daemon_s_own_configuration_is_named(
    run: str, named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, run)
    (tmp_path / "roomwatch.toml").write_text("")
    (tmp_path / "plan.toml").write_text("")
    configuration = load(tmp_path)
    assert another_configuration(configuration) == named
    assert isinstance(plan_or_fail(configuration, None), Plan)
    said = capsys.readouterr().err
    assert (f"--config {named}" in said) == bool(named)
    plan_or_fail(configuration, tmp_path)
    assert capsys.readouterr().err == ""
    say_another_configuration(configuration, tmp_path, "what runs")
    assert (f"--config {named}" in capsys.readouterr().err) == bool(named)


def test_the_daemon_s_own_configuration_is_no_other_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, f"roomwatch run --config {tmp_path}")
    monkeypatch.chdir(tmp_path.parent)
    (tmp_path / "roomwatch.toml").write_text("")
    say_another_configuration(load(tmp_path), Path(tmp_path.name), "what runs")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", ["status", "incidents", "take 1", "reload", "premeeting", "spare list"])
def test_a_hint_to_start_the_daemon_names_the_configuration_that_was_given(command: str, tmp_path: Path) -> None:
    folder = tmp_path / "a room"
    folder.mkdir()
    (folder / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    done = CliRunner().invoke(main, [*command.split(), "--config", str(folder)])
    assert done.exit_code == 3
    assert f"roomwatch run --config '{folder}'`." in done.stderr
    assert "systemctl" not in done.stderr


def test_without_one_the_hint_names_the_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    done = CliRunner().invoke(main, ["status"])
    assert "`systemctl start roomwatch`, or `" in done.stderr
    assert "--config" not in done.stderr


def test_a_broken_file_is_looked_at_by_the_command_with_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\nnonsense = 1\n')
    done = CliRunner().invoke(main, ["status", "--config", str(tmp_path)])
    assert f"`roomwatch check --config {tmp_path}` says which" in done.stderr
