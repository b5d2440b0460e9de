"""docs/first-hour.md says what setup asks and how many keys it takes: its answers are typed, and its lines compared."""

from __future__ import annotations

import builtins
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.first_hour.found import FoundHere
from tests.first_hour.test_setup import receiver  # noqa: F401 - a fixture

PAGE = Path(__file__).resolve().parents[2] / "docs" / "first-hour.md"
MACHINE = FoundHere(
    language="en",
    host="pc-12",
    timezone="Asia/Shanghai",
    programs=("zoom",),
    camera="usb-Logitech_BRIO-video-index0",
    microphone="alsa_input.usb-Jabra_Speak",
)
LEFT_OUT = "... the files that it would write, line by line ..."
ADDRESS = "json://127.0.0.1:8080/hook"


def transcript() -> list[str]:
    (block,) = re.findall(r"```text\n\$ roomwatch setup --config ~/room\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(block).splitlines()


def answers() -> list[str]:
    return [line.partition(">")[2].strip() for line in transcript() if re.match(r"   (\[[^]]*\] )?>", line)]


def test_the_page_shows_what_setup_says(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    receiver: tuple[str, list[dict[str, object]]],  # noqa: F811
) -> None:
    address, arrived = receiver
    typed = iter(answers())

    def type_it(prompt: str = "") -> str:
        answer = next(typed)
        click.echo(prompt + answer)
        return answer.replace(ADDRESS, address)

    monkeypatch.setattr("monitor.commands.setup.look", lambda _: MACHINE)
    monkeypatch.setattr("alerting.folders.shutil.which", lambda _: "/usr/bin/roomwatch")
    monkeypatch.setattr("monitor.first_hour.questions.os.geteuid", lambda: 1000)
    monkeypatch.setattr(builtins, "input", type_it)
    done = CliRunner().invoke(main, ["setup", "--config", str(tmp_path / "room")])
    assert done.exit_code == 0, done.output
    assert len(arrived) == 1
    said = [line.rstrip() for line in click.unstyle(done.output).replace(str(tmp_path), "/home/kim").splitlines()]
    begin, end = said.index("/home/kim/room/roomwatch.toml:"), said.index("11. Write these files?")
    assert [*said[:begin], LEFT_OUT, "", *said[end:]] == transcript()


def test_the_page_counts_questions_and_keys_right() -> None:
    page, typed = PAGE.read_text(), answers()
    names = sum(len(one) for one in typed if one and one != ADDRESS)
    keys = names + len(ADDRESS) + len(typed)
    wanted = f"makes {keys} keys: {len(typed)} times Enter, {len(ADDRESS)} for the address"
    assert f"asks {len(typed)} questions" in page
    assert wanted in page
    assert f"and {names} for the three names" in page


@pytest.mark.parametrize("block", re.findall(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL)[1:])
def test_what_it_shows_fits_a_terminal_of_80_columns_and_24_rows(block: str) -> None:
    lines = block.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
