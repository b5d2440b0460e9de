"""The table of reasons, the catalogues and every place that gives a reason say the same; no sentence is a reason."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.model.reason_codes import PARTS, REASON_CODES
from alerting.sending.messengers import dingtalk, feishu, wecom
from alerting.words import LANGUAGES, load_words

MAKERS = ("because", "Refused", "Held")
ROOT = Path(__file__).resolve().parents[2]
SOURCES = [file for folder in ("alerting", "monitor") for file in sorted((ROOT / folder).rglob("*.py"))]
SENTENCE = re.compile(r"[A-Za-z]{2,}[,:]? [A-Za-z]{2,}")
"""Two words beside each other."""


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """(place, call) of everything in the product that makes a reason."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in MAKERS:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def codes_in(node: ast.expr) -> list[str]:
    """The codes that an argument can be: written out, one of two, or with a part that is filled in."""
    if isinstance(node, ast.IfExp):
        return [*codes_in(node.body), *codes_in(node.orelse)]
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(str(one.value)) if isinstance(one, ast.Constant) else "[a-z_]+" for one in node.values]
        return [code for code in REASON_CODES if re.fullmatch("".join(parts), code)] or [ast.unparse(node)]
    return []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words_and_every_words_their_code(language: str) -> None:
    assert set(load_words(language).under("reason")) == set(REASON_CODES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_says_every_value_of_its_code(language: str) -> None:
    texts = load_words(language).under("reason")
    assert {code: fields_of(texts[code]) for code in REASON_CODES} == {
        code: set(known.values) for code, known in REASON_CODES.items()
    }


def test_every_reason_that_is_given_is_in_the_table_with_its_values() -> None:
    wrong, given = [], 0
    for place, call in calls():
        names = {keyword.arg for keyword in call.keywords}
        for code in codes_in(call.args[0]):
            given += 1
            known = REASON_CODES.get(code)
            if known is None or set(known.values) != names:
                wrong.append(f"{place}: {code} {sorted(map(str, names))}")
    assert wrong == []
    assert given > 100


@pytest.mark.parametrize("table", [wecom.CODES, dingtalk.CODES, feishu.CODES])
def test_what_a_bots_number_means_is_in_the_table(table: dict[int, tuple[str, str]]) -> None:
    assert {REASON_CODES[meaning].values for _, meaning in table.values()} == {()}


def test_no_code_stands_in_two_parts() -> None:
    assert sum(map(len, PARTS)) == len(REASON_CODES)


def test_no_code_stands_in_the_table_for_nothing() -> None:
    tables = set((ROOT / "alerting" / "model" / "reason_codes").iterdir())
    literals = {
        str(node.value)
        for file in SOURCES
        if file not in tables
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    reached = {code for _, call in calls() for code in codes_in(call.args[0])}
    assert sorted(set(REASON_CODES) - literals - reached) == []


def test_no_value_of_a_reason_is_a_sentence_of_the_program() -> None:
    found = [
        f"{place}: {ast.unparse(keyword.value)}"
        for place, call in calls()
        for keyword in call.keywords
        for node in ast.walk(keyword.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SENTENCE.search(node.value)
    ]
    assert found == []
