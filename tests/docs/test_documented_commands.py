"""Every command that a document names exists, with these options: parsed by the command line itself, never run."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

from monitor.cli import COMMANDS, main
from monitor.settings import load

ROOT = Path(__file__).resolve().parents[2]
MADE = {"commands.md", "configuration.md", "faults.md", "metrics.md"}
"""Pages that are made from the product."""
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md")),
    *(page for page in (ROOT / "docs").glob("*.md") if page.name not in MADE),
]
STANDS_FOR = {"probe NAME": "probe network", "NUMBER": "7"}
"""What a page writes for a value of its reader's → one that is accepted."""


def commands_in(page: Path) -> list[str]:
    """Lines of code blocks and pieces of `code` that begin with roomwatch, without their comments."""
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"^(?: {4})?(?:scripts/run; |\$ )?(roomwatch [a-z-]+.*)$", text, re.MULTILINE)
    pieces = re.findall(r"`(roomwatch [a-z-]+[^`]*)`", text.replace("\n", " "))
    lines_of_it = [re.split(r"\s+#\s|\s*(?:&&|>>|\|)\s*", one)[0].strip() for one in (*lines, *pieces)]
    for written, value in STANDS_FOR.items():
        lines_of_it = [one.replace(written, value) for one in lines_of_it]
    return [one for one in dict.fromkeys(lines_of_it) if "…" not in one]


def found(line: str) -> tuple[click.Command, click.Context, list[str]]:
    """The command that a line names, with its context, and the words that follow."""
    words = shlex.split(line)[1:]
    command: click.Command = main
    context = click.Context(main, info_name="roomwatch")
    while isinstance(command, click.Group) and words and (inner := command.get_command(context, words[0])) is not None:
        command, words = inner, words[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    return command, context, words


def words_of(line: str) -> str:
    """The words that name its command: "roomwatch report sign"."""
    return found(line)[1].command_path


def parsed(line: str) -> None:
    """Raises click.ClickException where the command line would refuse it."""
    command, context, words = found(line)
    if command is main:
        raise click.UsageError(f"no command {words[:1]}")
    if words and "--help" not in words:
        with command.make_context(command.name, list(words), parent=context.parent):
            pass


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_of_a_page_is_accepted(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cause.txt", "原因.txt"):
        (tmp_path / name).write_text("loose cable")
    monkeypatch.chdir(tmp_path)
    wrong = {}
    for line in commands_in(page):
        try:
            parsed(line)
        except click.ClickException as error:
            wrong[line] = error.format_message()
        except ValueError as error:
            wrong[line] = str(error)
    assert wrong == {}


def test_the_pages_name_many_commands_and_a_wrong_one_is_found() -> None:
    assert len({line for page in PAGES for line in commands_in(page)}) > 60
    assert "take" in COMMANDS
    for wrong in ("roomwatch takes 7", "roomwatch take 7 --on 3", "roomwatch take x"):
        with pytest.raises(click.ClickException):
            parsed(wrong)


def test_what_the_page_on_tuning_shows_is_a_good_configuration(tmp_path: Path) -> None:
    for file in (ROOT / "config").glob("*.toml"):
        shutil.copy(file, tmp_path)
    (tmp_path / "conf.d").mkdir()
    blocks = re.findall(r"^```toml\n(.*?)^```$", (ROOT / "docs" / "tuning.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "conf.d" / "tuned.toml").write_text("\n".join(blocks))
    settings = load(tmp_path).settings
    assert settings.patience["media_loss"] == 60
    assert settings.maintenance["cleaning"].checks == ("network",)
