"""Values that nobody types by intent: each is one sentence, and no command waits for what never ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alerting.journal import open_journal
from monitor.cli import main
from monitor.daemon import state_folder
from monitor.doctor import examine
from monitor.settings import load


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}"\n[room]\nlanguage = "en"\n')
    (tmp_path / "plan.toml").write_text("")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_a_number_without_end_is_none(room: Path) -> None:
    done = run("take", "9" * 5000, "--config", str(room))
    assert done.exit_code == 2
    assert f'"{"9" * 18}…" is no incident number' in done.stderr


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "0001-01-01", "3000-01-01", "1969-12-31"])
def test_a_time_beyond_all_plans_is_none(at: str, room: Path) -> None:
    done = run("plan", "show", "--fault", "mains_lost", "--at", at, "--config", str(room))
    assert done.exit_code == 1
    assert done.stderr == f'roomwatch: "{at}" is no time from 1970 to 2999. Write it as "2026-01-09 10:00".\n'
    open_journal(room).close()
    for command in ("audit", "review"):
        found = run(command, "--since", at, "--config", str(room))
        assert (found.exit_code, f'"{at}" is no time' in found.stderr) == (2, True), command


@pytest.mark.parametrize("at", ["1970-01-01", "2999-12-31T23:59"])
def test_the_first_and_the_last_time_are_shown(at: str, room: Path) -> None:
    done = run("plan", "show", "--fault", "mains_lost", "--at", at, "--config", str(room))
    assert isinstance(done.exception, SystemExit)
    assert done.stderr == ""
    assert "mains_lost" in done.stdout


@pytest.mark.parametrize("command", ["plan approve status", "plan check", "plan approve draft --by Li"])
def test_a_pipe_in_the_place_of_the_approvals_is_not_waited_for(command: str, room: Path) -> None:
    os.mkfifo(room / "plan-approvals.jsonl")
    done = run(*command.split(), "--config", str(room))
    assert f"{room}/plan-approvals.jsonl: this is no file." in done.stderr


@pytest.mark.parametrize("address", ["x" * 300, "a..b"])
def test_what_is_no_address_is_not_listened_on(address: str, room: Path) -> None:
    (room / "key").write_text("k" * 64)
    for command in (["simulate"], ["echo", "--key-file", str(room / "key")]):
        done = run(*command, "--listen", address)
        assert done.exit_code == 1
        assert f"{address} is no address to listen on." in done.stderr


def test_a_short_key_is_said_in_words() -> None:
    done = run("echo", "--key-file", "/dev/null")
    assert "Error: /dev/null: the key is shorter than" in done.stderr
    assert "openssl rand -hex 32" in done.stderr


def test_what_has_no_end_is_not_read_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    long = run("echo", "--key-file", "/dev/zero")
    assert (long.exit_code, "/dev/zero: the key is longer than 4096 bytes" in long.stderr) == (1, True)
    monkeypatch.setattr("monitor.fleet.inventory_rows.MOST_BYTES", 1000)
    listed = run("rooms", "check", "/dev/zero")
    assert (listed.exit_code, "is longer than 1,000 bytes" in listed.stderr) == (78, True)


def test_a_user_without_name_and_home_has_the_system_s_folder(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        raise KeyError("getpwuid(): uid not found: 54321")

    for name in ("HOME", "XDG_STATE_HOME", "STATE_DIRECTORY", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    monkeypatch.setattr(state_folder, "SYSTEM_STATE", room / "nowhere")
    assert state_folder.choose("") == room / "nowhere"
    assert state_folder.places("") == (room / "nowhere",)
    monkeypatch.setattr(examine.os, "access", lambda *_: False)
    (finding,) = [examine._state(load(room))]
    assert str(os.getuid()) in str(finding)
