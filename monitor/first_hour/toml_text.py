"""Writes a table as commented TOML. The standard library only reads it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

BARE = re.compile(r"^[A-Za-z0-9_-]+$")


def toml(table: Mapping[str, Any], comments: Mapping[str, str]) -> str:
    """comments: dotted path → the remark above that table or behind that key."""
    return "\n".join(_lines(table, (), comments)) + "\n"


def _lines(table: Mapping[str, Any], at: tuple[str, ...], comments: Mapping[str, str]) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if at and plain:
        yield ""
        yield from (f"# {line}" for line in comments.get(".".join(at), "").splitlines())
        yield f"[{'.'.join(_key(one) for one in at)}]"
    for key, value in plain.items():
        remark = comments.get(".".join((*at, key)), "")
        yield f"{_key(key)} = {_value(value)}" + (f"  # {remark}" if remark else "")
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, (*at, key), comments)


def _key(name: str) -> str:
    return name if BARE.match(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(one)}' for key, one in value.items())} }}"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _text(value: str) -> str:
    """As JSON writes it, which is a basic string of TOML but for the sign DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
