"""Spaces where a value meets the text around it, in a language that parts no words by spaces (Chinese). Pure.

The rule: one space between a Chinese character and a Latin letter or a digit; none between two Chinese characters, and
none beside Chinese punctuation. Two and more spaces are columns and stay. What stands within a text or within a value
stays as it was written: the texts of the catalogues keep to the rule themselves, and names belong to people.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Mapping

_CHINESE = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
_PUNCTUATION = (("\u3001", "\u301f"), ("\uff01", "\uff0f"), ("\uff1a", "\uff20"), ("\uff3b", "\uff65"))
_QUOTES = "“”‘’"
_DATE = ("年", "月", "日")
"""Beside a number without a space they are a date, which is written closed: 2027年1月15日."""
_OPEN = ",.;:!?()[]{}'\"`|*_"
"""ASCII that keeps the spaces that were written: it belongs to no side."""


def fill(template: str, values: Mapping[str, object]) -> str:
    """As str.format_map, with the rule at both ends of each value. Raises what format_map raises."""
    text = ""
    for literal, field in _parts(template):
        text = join(text, literal)
        if field:
            text = join(text, field.format_map(values))
    return text


def join(left: str, right: str) -> str:
    """Both, with the space between them that belongs there."""
    before, after = left.rstrip(" "), right.lstrip(" ")
    spaces = len(left) - len(before) + len(right) - len(after)
    if not before or not after or spaces > 1:
        return left + right
    one, other = before[-1], after[0]
    if not spaces and (one + other).strip("0123456789") in _DATE:
        return left + right
    if (_chinese(one) and _latin(other)) or (_latin(one) and _chinese(other)):
        return f"{before} {after}"
    if _punctuation(one) or _punctuation(other) or (_chinese(one) and _chinese(other)):
        return before + after
    return left + right


@functools.lru_cache(maxsize=4096)
def _parts(template: str) -> tuple[tuple[str, str], ...]:
    """(text, the field after it as a template of its own, "" for none) in their order."""
    return tuple(
        (literal, "" if name is None else "{" + name + (f"!{how}" if how else "") + (f":{spec}" if spec else "") + "}")
        for literal, name, spec, how in string.Formatter().parse(template)
    )


def _within(one: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    return any(first <= one <= last for first, last in ranges)


def _chinese(one: str) -> bool:
    return _within(one, _CHINESE)


def _punctuation(one: str) -> bool:
    return one in _QUOTES or _within(one, _PUNCTUATION)


def _latin(one: str) -> bool:
    """A letter or digit of another script, or ASCII that belongs to a number, a path or a link."""
    if one.isascii():
        return one.isprintable() and one not in _OPEN and one != " "
    return one.isalnum() and not _chinese(one)
