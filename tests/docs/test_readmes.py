"""The README in two languages: the same parts, the same commands; git ignores what these write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.test_documented_commands import commands_in, words_of

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
TOOLS = ("apt-get", "scripts/", "systemctl", "systemd-run", "wget", ".venv/bin/")
"""How a line begins that is typed and is no roomwatch command."""
WRITTEN = ("report-7.html", "report-7.pdf", "report-7.docx", "review.html", "plan.html", "plan.pdf", "cards.docx")


def typed(page: Path) -> set[str]:
    """The lines that a reader types, without comments and without what is said in the page's own language."""
    lines = re.findall(r"^ {4}(\S.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    others = [re.split(r"\s+#\s", line)[0].strip() for line in lines if line.startswith(TOOLS)]
    return {re.sub(r'"[^"]*"|\S+\.txt', "…", line) for line in (*commands_in(page), *others)}


def test_both_name_the_same_commands() -> None:
    english, chinese = ({words_of(line) for line in commands_in(page)} for page in (ENGLISH, CHINESE))
    assert len(english) > 35
    assert english == chinese


def test_both_have_the_same_lines_typed() -> None:
    english, chinese = typed(ENGLISH), typed(CHINESE)
    assert len(english) > 50
    assert sorted(english - chinese) == []
    assert sorted(chinese - english) == []


def test_both_have_as_many_parts_and_link_to_the_same_pages() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in (ENGLISH, CHINESE))
    assert english.count("\n## ") == chinese.count("\n## ") > 10
    links = [set(re.findall(r"\]\(((?:docs|config)/[^)#]*|[A-Z]+\.md)\)", text)) for text in (english, chinese)]
    named = [{link.replace(".zh-CN.md", ".md") for link in one} - {"README.md"} for one in links]
    assert named[0] == named[1]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_commands_write_into_the_source_tree_is_ignored(name: str) -> None:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    patterns = [line.removeprefix("/") for line in lines if line.startswith("/")]
    assert any(Path(name).match(pattern) for pattern in patterns)
