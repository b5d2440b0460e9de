"""Finds every regular expression of the product in its source, and texts that are hard for it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("alerting", "monitor", "probes")
CALLS = frozenset(("compile", "match", "search", "fullmatch", "sub", "subn", "findall", "finditer", "split"))


SEARCHES = frozenset(("search", "finditer", "findall", "sub", "subn", "split"))
"""Calls that begin anew at each sign of a text; the others begin once."""


@dataclass(frozen=True)
class Found:
    """where: "file:line". pattern: None where it is made of what is known only when it runs. searched: whether it may
    begin anywhere in a text."""

    where: str
    pattern: re.Pattern[Any] | None
    source: str
    searched: bool = True


def patterns() -> Iterator[Found]:
    """All calls of ``re`` in the product, in the order of its files."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
            searching = any(getattr(one.func, "attr", "") in SEARCHES - {"split"} for one in calls)
            for call in calls:
                if _is_re(call.func):
                    name = getattr(call.func, "attr", "")
                    yield from _compiled(file, call, searching if name == "compile" else name in SEARCHES)


def _is_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in CALLS
    )


def _compiled(file: Path, call: ast.Call, searched: bool) -> Iterator[Found]:
    where = f"{file.relative_to(ROOT)}:{call.lineno}"
    flags = [one.value for one in call.keywords if one.arg == "flags"]
    if getattr(call.func, "attr", "") == "compile":
        flags += call.args[1:2]
    try:
        flag = int(eval(compile(ast.Expression(flags[0]), where, "eval"), {"re": re})) if flags else 0
        text = _value(file, call.args[0])
    except NameError:  # made of a function's own variables, or of those of a comprehension
        kept = list(_kept(file))
        yield from (Found(where, one, repr(one.pattern), searched) for one in kept)
        if not kept:
            yield Found(where, None, ast.unparse(call.args[0]))
        return
    yield Found(where, re.compile(text, flag), repr(text), searched)


def _kept(file: Path) -> Iterator[re.Pattern[Any]]:
    """Patterns that a module keeps in its tables."""
    waiting = [value for name, value in vars(_module(file)).items() if not name.startswith("__")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, re.Pattern):
            yield value
        elif isinstance(value, tuple | list):
            waiting += value


def _module(file: Path) -> Any:
    return importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))


def _value(file: Path, expression: ast.expr) -> Any:
    if isinstance(expression, ast.Constant):
        return expression.value
    return eval(compile(ast.Expression(expression), str(file), "eval"), vars(_module(file)))


def hard_texts(pattern: re.Pattern[Any], length: int) -> Iterator[str | bytes]:
    """Texts of about ``length`` signs that begin to match, go on for long, and then do not.

    Each sign and each repetition of the pattern is repeated: alone, after what stands before it, and in pairs.
    """
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    starts = dict.fromkeys(["", *_beginnings(tree)])
    pieces = dict.fromkeys(one for one in _pieces(tree) if one)
    signs = [one for one in pieces if len(one) == 1]
    pumps = [*pieces, *(a + b for a in signs[:8] for b in signs[:8] if a != b)]
    for start in starts:
        for pump in pumps if not start else signs:
            text = start + pump * (length // len(pump)) + "\x00"
            if isinstance(pattern.pattern, bytes):
                yield text.encode("latin-1", "replace")
            else:
                yield text


def _beginnings(tree: Any) -> Iterator[str]:
    """What a text may begin with before each part of the pattern."""
    text = ""
    for node in tree:
        yield text
        text += _example([node])
    yield text


def _pieces(tree: Any) -> Iterator[str]:
    for code, argument in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield _example(argument[2])
            yield from _pieces(argument[2])
        elif code is codes.SUBPATTERN:
            yield _example(argument[3])
            yield from _pieces(argument[3])
        elif code is codes.BRANCH:
            for branch in argument[1]:
                yield _example(branch)
                yield from _pieces(branch)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _pieces(argument[1])
        elif code is codes.ATOMIC_GROUP:
            yield from _pieces(argument)
        else:
            yield from _signs(code, argument)


def _example(tree: Any) -> str:
    """A short text that it matches."""
    text = ""
    for code, argument in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            text += _example(argument[2]) * min(max(1, argument[0]), 30)
        elif code is codes.SUBPATTERN:
            text += _example(argument[3])
        elif code is codes.BRANCH:
            text += _example(argument[1][0])
        elif code is codes.ATOMIC_GROUP:
            text += _example(argument)
        elif code not in (codes.ASSERT, codes.ASSERT_NOT, codes.AT, codes.GROUPREF):
            text += next(_signs(code, argument), "")
    return text


CATEGORIES = {"DIGIT": "0", "SPACE": " ", "WORD": "a", "NOT_DIGIT": "a", "NOT_SPACE": "a", "NOT_WORD": "-"}


def _signs(code: Any, argument: Any) -> Iterator[str]:
    """Signs that one place of a pattern matches."""
    if code is codes.LITERAL:
        yield chr(argument)
    elif code in (codes.ANY, codes.NOT_LITERAL):
        yield "a" if argument != ord("a") else "b"
    elif code is codes.IN:
        inside = [sign for kind, value in argument for sign in _members(kind, value)]
        if argument[0][0] is codes.NEGATE:
            yield next(one for one in "a0 -~é" if one not in inside)
        else:
            yield from inside


def _members(kind: Any, value: Any) -> list[str]:
    if kind is codes.LITERAL:
        return [chr(value)]
    if kind is codes.RANGE:
        return [chr(value[0])]
    if kind is codes.CATEGORY:
        return [CATEGORIES[str(value).removeprefix("CATEGORY_")]]
    return []
