"""What probes give as reasons and remedies: each code has its words in every language, no probe gives a sentence."""

from __future__ import annotations

import ast
import fnmatch
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from alerting.messages.why_not_measured import say_code, why, why_in_a_paper
from alerting.model.incident import FaultRecord
from alerting.words import LANGUAGES, load_words
from monitor.pipeline.reason_of_probe import as_fact
from monitor.user_session_client.protocol import Trouble
from probes.calendar.text_lines import KINDS
from probes.child.isolate import IsolationError
from probes.child.isolated import table_of
from probes.guard import reason_of
from probes.microphone import sample_format
from probes.microphone.by_session import PROBLEMS
from probes.why import Why, all_of, because, to_do, why_in
from tests.reasons.test_table import ROOT, SENTENCE, fields_of

GIVERS = {
    "why": ("because", ("probes",)),
    "to_do": ("to_do", ("probes", "monitor/doctor", "monitor/commands/doctor.py", "monitor/user_session_client")),
}
"""Table of the catalogues → the function that gives its codes, and where."""
HELD = ("monitor/pipeline", "monitor/user_session_client")
"""Where ``because`` is the plan's, so that reasons of the probes' kind are written as Why."""


def files(*places: str) -> list[Path]:
    return [one for place in places for one in sorted((ROOT / place).rglob("*.py")) or [ROOT / place]]


def codes_in(node: ast.expr) -> list[str]:
    """The codes that an argument can be: written out, one of two, or a pattern where a part is filled in."""
    match node:
        case ast.IfExp():
            return [*codes_in(node.body), *codes_in(node.orelse)]
        case ast.JoinedStr():
            return ["".join(str(one.value) if isinstance(one, ast.Constant) else "*" for one in node.values)]
        case ast.Constant():
            return [str(node.value)]
        case _:
            return []


def given(table: str) -> Iterator[tuple[str, str, set[str]]]:
    """(place, code or pattern, names of its values) of every code that the source gives."""
    function, places = GIVERS[table]
    for file in files(*places, *HELD):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            names: set[str] = set()
            if node.func.id == function and (table != "why" or "probes" in file.parts):
                names = {str(keyword.arg) for keyword in node.keywords}
            elif node.func.id != "Why" or table != "why" or "doctor" in file.parts:
                continue
            elif len(node.args) > 1 and isinstance(node.args[1], ast.Dict):
                names = {str(key.value) for key in node.args[1].keys if isinstance(key, ast.Constant)}
            for code in codes_in(node.args[0]):
                yield f"{file.relative_to(ROOT)}:{node.lineno}", code, names


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", GIVERS)
def test_every_code_has_its_words_with_its_values_and_no_words_stand_for_nothing(table: str, language: str) -> None:
    texts = load_words(language).under(table)
    found, used = list(given(table)), set()
    for place, code, names in found:
        fits = fnmatch.filter(texts, code)
        assert fits, f"{place}: {code} has no words"
        assert [one for one in fits if fields_of(texts[one]) != names] == [], f"{place}: {code} {names}"
        used |= set(fits)
    assert set(texts) == used


DOCTOR = ("monitor/doctor", "monitor/commands/doctor.py")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_of_the_doctor_has_its_words(language: str) -> None:
    texts = load_words(language).under("doctor")
    found: dict[str, set[str]] = {"line": {"subject", "found"}, "way_in": {"name"}}
    for file in files(*DOCTOR):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="_well"), args=[subject, code], keywords=keywords):
                    found |= {one: {str(keyword.arg) for keyword in keywords} for one in codes_in(code)}
                case ast.Call(func=ast.Name(id="_lacking"), args=[subject, _, code], keywords=keywords):
                    found |= {one: {str(keyword.arg) for keyword in keywords} for one in codes_in(code)}
                case ast.Call(func=ast.Name(id="Why"), args=[ast.Constant() | ast.IfExp() as code, *rest]):
                    found |= {one: {"detail"} if rest else set() for one in codes_in(code)}
                    continue
                case _:
                    continue
            for one in codes_in(subject):
                assert f"subject.{one}" in texts, one
    assert {name: fields_of(text) for name, text in texts.items() if not name.startswith("subject.")} == found


NOT_FOR_READERS = frozenset({"debug", "info", "warning", "error", "exception", "Meta", "Unwatched", "IsolationError"})
"""Calls whose sentences no reader of a reading sees: the log, the configuration's refusal, an exception that
``reason_of`` says by its kind."""
NOT_OF_A_READING = frozenset({"unwatched", "_unwatched", "near", "_result"})
"""Functions that say what is wrong with the configuration, and how a child ended for the log."""
REFUSALS = frozenset({"ValueError", "TypeError", "OSError", "NotImplementedError", "AssertionError"})
"""Raised for the configuration's reader or for the programmer."""


NO_SENTENCES = (
    "--stream-name=",
    "<!doctype html",
    "from probes.child.isolated import child",
    "Not synchronised",
    "not available",
    "Peak detect",
    "Not charging",
    "Max open files",
    "Microsoft Connect Test",
    "ICMP echo",
    "no address",
    "video bar",
    "(signed|logged)",
    "position of ",
    "levels of ",
    "session windows",
    "process starts",
    "no web address",
    "Proxy Settings",
    "Proxy Config Script",
    "is no file",
    "brackets are nested too deeply",
)
"""Words of another's format or protocol, keys of a probe's own memory, names of tasks, problems of a file."""


def sentences(file: Path) -> Iterator[str]:
    """Every English sentence that the file could hand on, with its place."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}

    def walk(node: ast.AST) -> Iterator[str]:
        if id(node) in skipped and isinstance(node, ast.Constant):
            return
        match node:
            case ast.FunctionDef(name=name) if name in NOT_OF_A_READING:
                return
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in NOT_FOR_READERS:
                return
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name))) if name in REFUSALS:
                return
            case ast.Constant(value=str(text)) if SENTENCE.search(text):
                yield f"{file.relative_to(ROOT)}:{node.lineno}: {text}"
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    yield from walk(tree)


def test_no_probe_gives_an_english_sentence() -> None:
    found = [one for file in files("probes") for one in sentences(file)]
    assert [one for one in found if not any(words in one for words in NO_SENTENCES)] == []


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
        (IsolationError("deadline", "no answer within 12 s"), because("child_deadline")),
        (PermissionError(because("no_privilege")), because("no_privilege")),
        (ConnectionRefusedError(111, "Connection refused"), because("system_error", detail="Connection refused")),
        (ValueError("²"), because("program_error", kind="ValueError", detail="²")),
    ],
)
def test_an_error_is_said_by_what_it_was_raised_with(error: Exception, said: Why) -> None:
    assert reason_of(error) == said


def test_what_is_filled_into_a_code_has_words_in_each_case() -> None:
    source = ast.parse((ROOT / "probes" / "child" / "isolate.py").read_text(encoding="utf-8"))
    ends = {
        str(node.args[0].value)
        for node in ast.walk(source)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == IsolationError.__name__
        and isinstance(node.args[0], ast.Constant)
    }
    filled = {
        *(f"child_{end}" for end in ends | {"crashed", "killed"}),
        *(f"session_{one.name.lower()}" for one in Trouble),
        *(f"capture_{one}" for one in PROBLEMS if one not in ("", "stalled")),
        *(f"samples_{name}" for name, _ in sample_format.candidates(np.zeros(64))),
        *(f"no_calendar_but_{name}" for _, name in KINDS),
    }
    assert filled <= set(load_words("en").under("why"))


def test_a_reason_of_a_child_is_one_again_behind_json() -> None:
    told = all_of([because("hum", hertz=50, level=-32), because("with_detail", why=because("muted"), detail="²")])
    assert why_in(json.loads(json.dumps(told, default=table_of))) == told
    assert [why_in(one) for one in (None, "", {}, {"code": 3}, {"values": {}}, [])] == [None] * 6


def test_a_remedy_is_said_in_the_reader_s_language() -> None:
    remedy = to_do("look_yourself", name="lobby")
    assert say_code(remedy, load_words("en"), "to_do").endswith("run: roomwatch camera learn lobby")
    assert say_code(msgspec.to_builtins(remedy), load_words("zh-CN"), "to_do").startswith("请查看实际画面")
    assert say_code(None, load_words("en"), "to_do") == ""
