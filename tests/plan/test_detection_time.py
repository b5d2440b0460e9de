"""The target to detect follows from the schedule, or `plan check` says which probe cannot meet it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from click.testing import CliRunner

from alerting.folders import shipped_folder
from alerting.plan.loading import load_plan
from monitor.cli import main
from monitor.pipeline.detection_time import slower_than
from monitor.settings import Settings, load


def test_the_shipped_schedule_meets_the_shipped_target() -> None:
    target = load_plan(shipped_folder() / "plan.toml").targets.detect
    assert slower_than(target, load(shipped_folder()).settings) == {}


def test_interval_confirmations_and_patience_count_and_a_probe_that_is_off_does_not() -> None:
    settings = Settings()
    quick = msgspec.structs.replace(settings.schedule["microphone"], interval=20.0, confirm_interval=5.0, fail_after=3)
    with_quick = msgspec.structs.replace(settings, schedule={**settings.schedule, "microphone": quick})
    assert slower_than(25.0, with_quick)["microphone"] == 30.0
    assert "microphone" not in slower_than(30.0, with_quick)
    patient = msgspec.structs.replace(with_quick, patience={"microphone_dead": 50.0})
    assert slower_than(30.0, patient)["microphone"] == 70.0
    off = msgspec.structs.replace(quick, enabled=False)
    assert "microphone" not in slower_than(1.0, msgspec.structs.replace(settings, schedule={"microphone": off}))


def test_plan_check_says_what_cannot_be_met(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path / "state"}"\n')
    (tmp_path / "plan.toml").write_text("[targets]\ndetect = 30\n")
    said = CliRunner().invoke(main, ["plan", "check", "--config", str(tmp_path)]).output
    assert "The probe microphone may see a fault only after 65 s, but 30 s is the target to detect" in said
    (tmp_path / "plan.toml").write_text("[targets]\ndetect = 120\n")
    assert (
        "may see a fault only after"
        not in CliRunner().invoke(main, ["plan", "check", "--config", str(tmp_path)]).output
    )
