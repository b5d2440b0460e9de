"""A fault is named in a paper without its target as of any program or disk: nothing is doubled, nothing is missing."""

from __future__ import annotations

import re

import pytest

from alerting.model.catalogue import KINDS
from alerting.papers.report.phrasing import Phrasing
from alerting.plan.model import Plan
from alerting.words import LANGUAGES, load_words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", KINDS)
def test_a_fault_without_a_target_reads_as_one_would_say_it(code: str, language: str) -> None:
    words = load_words(language)
    said = Phrasing(words, Plan()).fault(code)
    program = words.text("document.any_program")
    assert said
    assert said == said.strip()
    assert "  " not in said
    assert "{" not in said
    assert not re.search(r"\b(\w+) \1\b", said, re.IGNORECASE)
    assert said.casefold().count(program.casefold()) <= 1
    if KINDS[code].check.startswith("host."):
        assert program not in said


@pytest.mark.parametrize(
    ("language", "code", "said"),
    [
        ("zh-CN", "disk_full", "磁盘空间不足"),
        ("zh-CN", "app_not_running", "会议软件未运行"),
        ("en", "app_not_running", "Conferencing program is not running"),
    ],
)
def test_some_as_they_are(language: str, code: str, said: str) -> None:
    assert said in Phrasing(load_words(language), Plan()).fault(code)
