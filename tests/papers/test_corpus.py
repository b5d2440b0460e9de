"""The rendered corpus: papers and messages of stories say what the journal says, and the check of it can fail."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from alerting.journal import open_reader
from alerting.papers.rendering.html import render_html
from bench.paper_checks import Rows, broken_phrases, check_report, foreign_words, read_page
from bench.paper_stories import plan_in, play
from bench.papers import draw, one_story

NAMES = {one: contact.name for one, contact in plan_in("en").data.contacts.items()}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("story", ["quiet_hours", "failed_remedy", "drill", "reboot"])
def test_a_story_is_told_truly(story: str, language: str, tmp_path: Path) -> None:
    found = asyncio.run(one_story(story, language, tmp_path, ("html",)))
    assert found["papers"] >= 2 and found["messages"] > 5
    assert found["contradictions"] == []
    assert found["english_in_chinese"] == []


BLAMED = re.compile(r"5\.2 What did not.*?</ol>", re.DOTALL)
"""The chapter on what did not work."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, str]:
    """The failed remedy's rows and its report."""
    folder = tmp_path_factory.mktemp("told")
    _, end = asyncio.run(play("failed_remedy", folder, "en"))
    reader = open_reader(folder)
    page = render_html(draw(reader, end, "en")["report-1"])
    reader.close()
    return Rows(folder), page


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda page: page.replace("王强", "陈立"), "was to be told and is not listed"),
        (lambda page: re.sub(r"\b16:05:\d\d\b", "16:44:44", page), "stands in no table"),
        (lambda page: page.replace("链接打不开", ""), "stands nowhere"),
        (lambda page: page.replace("<title>", "<title>Drill: "), "and the title says"),
        (lambda page: BLAMED.sub("5.2 What did not</h3><ul><li>Nothing.</li></ul>", page), "nothing did not work"),
        (lambda page: re.sub(r"<tr>(?:(?!<tr>).)*?recovery.*?</tr>", "", page, count=1, flags=re.S), "the annex lists"),
    ],
)  # fmt: skip
def test_what_is_untrue_is_found(told: tuple[Rows, str], spoil: object, said: str, tmp_path: Path) -> None:
    rows, page = told
    spoilt = spoil(page)  # type: ignore[operator]
    assert spoilt != page, "the spoiling hit nothing"
    (tmp_path / "page.html").write_text(spoilt, encoding="utf-8")
    found = list(check_report(read_page(tmp_path / "page.html"), rows, 1, NAMES, "en"))
    assert any(said in one for one in found), found
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert list(check_report(read_page(tmp_path / "page.html"), rows, 1, NAMES, "en")) == []


def test_english_in_chinese_is_found_and_names_and_commands_are_let_be() -> None:
    text = "麦克风 muted，请运行 roomwatch take 7，联系 IT（USB 端口）Zhou Min"
    assert foreign_words(text, {"Zhou Min"}) == ["muted"]


def test_a_plural_of_one_and_an_unfilled_field_are_found() -> None:
    assert broken_phrases("There were 1 drills, {count} of None") == ["There were 1 ", "{count}", "None"]
