"""What probes give as reasons: each code has its words in every language, and a part that is converted gives no
sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from alerting.messages.why_not_measured import why, why_in_a_paper
from alerting.model.incident import FaultRecord
from alerting.words import LANGUAGES, load_words
from monitor.pipeline.reasons import as_fact
from probes.child.isolate import IsolationError
from probes.guard import reason_of
from probes.reading import Why, because
from tests.reasons.test_table import ROOT, SENTENCE, fields_of

CODED = ("network", "display", "power", "software")
"""Probes that give codes and no sentence."""
SOURCES = [file for place in ("probes", "monitor/pipeline") for file in sorted((ROOT / place).rglob("*.py"))]
CHILD_ENDS = ("start", "deadline", "abandoned", "crashed", "killed", "refused", "oversize")


def codes_in(node: ast.expr) -> list[str]:
    match node:
        case ast.IfExp():
            return [*codes_in(node.body), *codes_in(node.orelse)]
        case ast.JoinedStr():
            return [f"child_{kind}" for kind in CHILD_ENDS]
        case ast.Constant():
            return [str(node.value)]
        case _:
            return []


def given() -> Iterator[tuple[str, str, set[str]]]:
    """(place, code, names of its values) of every reason in the source."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            names: set[str] = set()
            if node.func.id == "because" and "probes" in file.parts:
                names = {str(keyword.arg) for keyword in node.keywords}
            elif node.func.id != "Why":
                continue
            elif len(node.args) > 1 and isinstance(node.args[1], ast.Dict):
                names = {str(key.value) for key in node.args[1].keys if isinstance(key, ast.Constant)}
            for code in codes_in(node.args[0]):
                yield f"{file.relative_to(ROOT)}:{node.lineno}", code, names


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words_with_its_values_and_no_words_stand_for_nothing(language: str) -> None:
    texts = load_words(language).under("why")
    found = list(given())
    wrong = [f"{place}: {code} {names}" for place, code, names in found if fields_of(texts.get(code, "{?}")) != names]
    assert wrong == []
    assert set(texts) == {code for _, code, _ in found}


@pytest.mark.parametrize("probe", CODED)
def test_a_probe_gives_no_sentence_as_a_reason(probe: str) -> None:
    found = []
    for file in sorted((ROOT / "probes" / probe).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for value in reasons_in(node):
                texts = [one.value for one in ast.walk(value) if isinstance(one, ast.Constant)]
                if isinstance(value, ast.JoinedStr) or any(SENTENCE.search(str(text)) for text in texts):
                    found.append(f"{file.relative_to(ROOT)}:{value.lineno}: {ast.unparse(value)}")
    assert found == []


def reasons_in(node: ast.AST) -> Iterator[ast.expr]:
    """What is given as a reason or a remedy, or as a value of one."""
    match node:
        case ast.Call(func=ast.Name(id="CannotMeasure" | "NothingToMeasure"), keywords=keywords):
            yield from (keyword.value for keyword in keywords if keyword.arg in ("reason", "remedy"))
        case ast.Dict(keys=keys, values=values):
            yield from (value for key, value in zip(keys, values, strict=True) if _named(key))
        case ast.Assign(targets=[ast.Subscript(slice=key)], value=value) if _named(key):
            yield value
        case ast.Assign(targets=[ast.Name(id="reason" | "why")], value=value):
            yield value
        case ast.Call(func=ast.Name(id="because"), keywords=keywords):
            yield from (keyword.value for keyword in keywords if keyword.arg in ("why", "fault"))


def _named(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value in ("reason", "filtered")


def test_a_reason_stays_one_through_the_journal() -> None:
    seen = because("name_unresolved", name="conf.example", why=because("system_error", detail="Connection refused"))
    record = FaultRecord(code="proxy_unreachable", since=1.0, evidence={"reason": as_fact(seen), "proxy": "p:80"})
    kept = msgspec.json.decode(msgspec.json.encode(record), type=FaultRecord)
    assert kept == record
    told = "域名 conf.example 无法解析：系统提示：连接被拒绝"
    assert {why(one, load_words("zh-CN")) for one in (seen, kept.evidence["reason"], msgspec.to_builtins(seen))} == {
        told
    }


def test_a_sentence_of_an_earlier_version_is_shown_as_it_was_written() -> None:
    assert why("192.0.2.1 answers no echo", load_words("zh-CN")) == "192.0.2.1 answers no echo"
    assert why_in_a_paper("192.0.2.1 answers no echo", load_words("zh-CN")) == "未能检测"
    record = b'{"code":"gateway_unreachable","since":1.0,"evidence":{"reason":"192.0.2.1 answers no echo"}}'
    assert msgspec.json.decode(record, type=FaultRecord).evidence == {"reason": "192.0.2.1 answers no echo"}


def test_a_code_of_a_newer_version_is_shown_readably() -> None:
    assert why({"code": "moon_full", "values": {"days": 3}}, load_words("zh-CN")) == "moon full (days: 3)"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(because("no_privilege")), because("no_privilege")),
        (ConnectionRefusedError(111, "Connection refused"), because("system_error", detail="Connection refused")),
        (ValueError("²"), because("program_error", kind="ValueError", detail="²")),
    ],
)
def test_an_error_is_said_by_what_it_was_raised_with(error: Exception, said: Why) -> None:
    assert reason_of(error) == said


def test_every_end_of_a_child_has_a_code() -> None:
    text = Path(ROOT / "probes" / "child" / "isolate.py").read_text(encoding="utf-8")
    named = {
        str(node.args[0].value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == IsolationError.__name__
        and isinstance(node.args[0], ast.Constant)
    }
    assert named <= set(CHILD_ENDS)
