"""A plan that the configuration names, or that a part of lies in plan.d, must be there and be readable: a typing error
or a lost file must not make a room silent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.plan.loading import load_plan
from monitor.cli import main
from monitor.daemon.room_service import room_service, service_settings
from monitor.settings import Settings, load
from tests.open_folders import as_ordinary_user, open_folder

PEOPLE = '[contacts.li]\nname = "Li"\nchannels = ["json://127.0.0.1:9/x"]\n'


def room(folder: Path, plan: Path) -> str:
    """What is said of the plan by all who read it."""
    (folder / "roomwatch.toml").write_text(f'plan = "{plan}"\nstate = "{folder}/state"\n')
    return (
        f"{plan}: is not there, and the configuration names it. Mend `plan` in the configuration, or write that file."
    )


@pytest.mark.parametrize("command", [("check",), ("plan", "check"), ("notify-test",)], ids=" ".join)
def test_commands_refuse_one_that_is_not_there(command: tuple[str, ...], tmp_path: Path) -> None:
    said = room(tmp_path, tmp_path / "typo.toml")
    done = CliRunner().invoke(main, [*command, "--config", str(tmp_path)])
    assert (done.exit_code, said in done.output) == (78, True), done.output
    assert "is good" not in done.output


@pytest.mark.parametrize("command", [("check",), ("plan", "check"), ("notify-test",)], ids=" ".join)
def test_people_in_the_folder_beside_a_lost_plan_are_not_dropped_in_silence(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    part = tmp_path / "plan.d" / "setup.toml"
    part.parent.mkdir()
    part.write_text(PEOPLE)
    done = CliRunner().invoke(main, [*command, "--config", str(tmp_path)])
    said = f"{part}: is there, but {tmp_path}/plan.toml is not, so nobody in it is told. Put that file back"
    assert (done.exit_code, said in done.output) == (78, True), done.output
    assert "is good" not in done.output
    mended = CliRunner().invoke(main, ["setup", "--yes", "--no-test", "--no-devices", "--config", str(tmp_path)])
    assert mended.exit_code == 0, mended.output
    assert "li" in load_plan(tmp_path / "plan.toml").contacts


def test_the_daemon_ends_with_the_sentence(tmp_path: Path) -> None:
    said = room(tmp_path, tmp_path / "typo.toml")
    command = [sys.executable, "-m", "monitor.daemon.foreground", "--config", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (78, True, False), done.stderr


async def test_a_reload_keeps_the_plan_that_it_had(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    said = room(tmp_path, plan)
    plan.write_text(PEOPLE)
    settings = load(tmp_path).settings
    service = room_service(settings, tmp_path, tmp_path)
    plan.unlink()
    assert await service.reload(service_settings(settings, tmp_path)) == said
    assert "li" in service.plan.data.contacts
    assert (
        await room_service(Settings(), tmp_path / "trial", tmp_path).reload(service_settings(Settings(), tmp_path))
        == ""
    )


def test_one_in_a_folder_that_may_not_be_entered_is_refused_in_a_sentence() -> None:
    with open_folder() as folder:
        closed = folder / "closed"
        closed.mkdir()
        (closed / "plan.toml").write_text(PEOPLE)
        closed.chmod(0)
        room(folder, closed / "plan.toml")
        for command in ("check", "plan check", "notify-test"):

            def typed(words: str = command) -> str:
                return str(CliRunner().invoke(main, [*words.split(), "--config", str(folder)]).output)

            said = as_ordinary_user(typed)
            assert f"{closed}/plan.toml: cannot be read (Permission denied)." in said
            assert "Traceback" not in said
        closed.chmod(0o700)
