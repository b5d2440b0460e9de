"""Words that go with a number are right for one and for many, in every English text that carries a number."""

from __future__ import annotations

import re
import string

import pytest

from alerting.words import choose, load_words

COUNTED = re.compile(r"\{(count|n|days|hours|minutes|times|channels|contacts|found|owed|clicks|gaps)\} (\w+)")
NO_NOUN = frozenset({"s", "series", "is"})
"""Units, and words that stand for one and for many."""
AT_LEAST_TWO = frozenset(
    [
        "message.digest_title_many",
        "message.digest_title_many_one",
        "why.channel_without_sound",
        "reason.digest",
        "reason.audit_several_keys",
        "report.told.messages.many",
        "report.finding.repeated",
        "report.finding.repeated_cause",
        "event.times",
        "pages.screen.restart_in",
    ]
)
"""Texts that are chosen for a number greater than one."""


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 checks fail"), (1, "1 check fails"), ("1", "1 check fails"), (2, "2 checks fail")]
)
def test_one_and_many(count: object, said: str) -> None:
    template = "{count} {count:?check|checks} {count:?fails|fail}"
    assert choose(template, {"count": count}).format_map({"count": count}) == said


def test_a_text_without_a_choice_stays() -> None:
    assert choose("{a:>3}|{b}", {}) == "{a:>3}|{b}"


def test_no_english_text_says_one_faults() -> None:
    words = load_words("en")
    always_many = {
        key
        for key in sorted(words.keys())
        if any(noun.endswith("s") and noun not in NO_NOUN for _, noun in COUNTED.findall(words.text(key)))
    }
    assert always_many == AT_LEAST_TWO


def test_every_choice_names_a_value_of_its_text() -> None:
    words = load_words("en")
    for key in sorted(words.keys()):
        for _, name, spec, _ in string.Formatter().parse(words.text(key)):
            if name and spec and spec.startswith("?"):
                assert f"{{{name}}}" in words.text(key), key
                assert spec.count("|") == 1, key
