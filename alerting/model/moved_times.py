"""Moves every time within a row by some seconds, after a clock that was wrong was put right. Pure."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

TIMES_FROM = 1e9
"""Unix seconds of 2001: a smaller number is a duration or a count, for no duration here is as long as thirty years."""
NUMBER = re.compile(r"(?<![\w.-])\d{10}(?:\.\d{1,9})?(?![\w.])")
DAY = 86400.0


def moved_times(row: T, seconds: float) -> T:
    """A copy of a struct, or of what is within dicts, tuples and lists, in which each float that is a time of Unix is
    later by so many seconds."""
    return _moved(row, seconds)  # type: ignore[no-any-return]


def _moved(value: Any, seconds: float) -> Any:
    match value:
        case float():
            return value + seconds if value >= TIMES_FROM else value
        case msgspec.Struct():
            changed = {name: getattr(value, name) for name in value.__struct_fields__}
            return msgspec.structs.replace(value, **{name: _moved(one, seconds) for name, one in changed.items()})
        case dict():
            return {name: _moved(one, seconds) for name, one in value.items()}
        case tuple():
            return tuple(_moved(one, seconds) for one in value)
        case list():
            return [_moved(one, seconds) for one in value]
        case _:
            return value


def moved_ahead(text: str, seconds: float, now: float) -> str:
    """A small fact with each time in it that lies ahead of ``now`` moved, as far as a clock that was ``-seconds`` ahead
    can have written it."""

    def earlier(found: re.Match[str]) -> str:
        at = float(found[0])
        return repr(at + seconds) if now < at <= now - seconds + DAY else found[0]

    return NUMBER.sub(earlier, text) if seconds < 0 else text
