"""A command that reads the journal without --config says so where the daemon was given one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alerting.plan.model import Plan
from monitor.commands.local_daemon import NoDaemon, another_configuration
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
