"""A journal that cannot be read is one sentence from every command that reads it, the daemon's own."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alerting.delivery.contract import Outcome
from alerting.journal import JournalTooNew, JournalUnavailable, open_journal, open_reader
from alerting.words import load_words
from monitor.cli import main
from tests.alerting.stage import RUNNING
from tests.audit.audited_room import CAMERA, Room

COMMANDS = (
    "audit",
    "review --format html",
    "review improvements",
    "review close x --why y",
    "report 1 --format html",
    "report list",
    "report show 1",
    "drill list",
    "drill show 1",
)


def noise(file: Path) -> None:
    file.write_bytes(random.Random(5).randbytes(40_000))


def noise_behind_the_head(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + random.Random(5).randbytes(len(whole) - 4096))


def cut(file: Path) -> None:
    os.truncate(file, 5000)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def another_database(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE birds (name TEXT)")
        db.commit()


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def pipe_beside(file: Path) -> None:
    os.mkfifo(file.with_name(file.name + "-wal"))


def link_to_nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


DAMAGE = (
    noise,
    noise_behind_the_head,
    cut,
    empty,
    another_database,
    folder,
    pipe,
    pipe_beside,
    link_to_nowhere,
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a journal, closed."""
    state = tmp_path_factory.mktemp("state")
    open_journal(state).close()
    return state / "journal.db"


@pytest.fixture
def file(written: Path, tmp_path: Path) -> Path:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n[room]\nlanguage = "en"\n')
    (tmp_path / "plan.toml").write_text("")
    (tmp_path / "state").mkdir()
    return Path(shutil.copy(written, tmp_path / "state"))


def run(tmp_path: Path, command: str) -> Result:
    return CliRunner().invoke(main, [*command.split(), "--config", str(tmp_path)])


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.__name__)
@pytest.mark.parametrize("command", COMMANDS)
def test_damage_is_one_sentence(command: str, damage: Callable[[Path], None], file: Path, tmp_path: Path) -> None:
    damage(file)
    done = run(tmp_path, command)
    assert done.exit_code == (3 if command == "audit" else 1), done.output
    assert done.stderr == f"roomwatch: {load_words('en').text('reason.journal_damaged')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_newer_journal_is_not_read_as_if_it_were_known(command: str, file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        for version in range(5, 1000):
            db.execute("INSERT INTO schema_version (version) VALUES (?)", (version,))
        db.commit()
    done = run(tmp_path, command)
    assert done.exit_code == (3 if command == "audit" else 1), done.output
    assert done.stderr.startswith("roomwatch: the journal was written by a newer roomwatch (form 999, this one knows")
    with pytest.raises(JournalTooNew):
        open_reader(file.parent)


async def test_rows_that_make_no_sense_are_told_and_not_judged(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (tmp_path / "roomwatch.toml").write_text(f'state = "{state}"\n[room]\nlanguage = "en"\n')
    (tmp_path / "plan.toml").write_text("")
    room, words = Room(state), load_words("en")
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(60)
    await room.close()
    assert run(tmp_path, "report show 1").stderr == ""
    with closing(sqlite3.connect(state / "journal.db")) as db:
        db.execute("UPDATE notifications SET row = 'x'")
        db.commit()
    passed = f"roomwatch: {words.text('reason.journal_rows_passed_over')}\n"
    shown = run(tmp_path, "report show 1")
    assert (shown.exit_code, shown.stderr) == (0, passed)
    judged = run(tmp_path, "audit --since 2026-01-01")
    assert (judged.exit_code, judged.stdout) == (3, "")
    assert judged.stderr == passed + f"roomwatch: {words.text('reason.journal_damaged')}\n"


def test_the_check_of_a_plan_says_what_it_could_not_see(file: Path, tmp_path: Path) -> None:
    empty(file)
    assert "What was tested and counted is left out: the journal is damaged" in run(tmp_path, "plan check").stderr
    file.unlink()
    assert "left out" not in run(tmp_path, "plan check").stderr


def test_where_there_is_none_yet_it_is_not_called_damaged(file: Path, tmp_path: Path) -> None:
    file.unlink()
    with pytest.raises(JournalUnavailable) as caught:
        open_reader(file.parent)
    assert caught.value.reason.code == "journal_none"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_nobody_is_said_to_be_told_while_messages_wait(language: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (tmp_path / "roomwatch.toml").write_text(f'state = "{state}"\n[room]\nlanguage = "{language}"\n')
    room, words = Room(state), load_words(language)
    room.post.fate["mail"] = Outcome.TEMPORARY
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(60)
    waiting = len(room.journal.reader.unfinished())
    assert waiting > 0
    said = run(tmp_path, "audit --since 2026-01-01")
    assert said.exit_code == 0, said.output
    assert words.text("audit.clean_so_far", count=1) in said.output
    assert words.text("audit.waiting", count=waiting) in said.output
    assert words.text("audit.clean", count=1) not in said.output
    room.post.fate.clear()
    await room.until(240)
    await room.close()
    told = run(tmp_path, "audit --since 2026-01-01")
    assert words.text("audit.clean", count=1) in told.output
    assert words.text("audit.clean_so_far", count=1) not in told.output
