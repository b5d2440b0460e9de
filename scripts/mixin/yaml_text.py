"""Writes plain values as YAML that people can read: expressions as blocks, every other text in quotes where needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][\w./-]*(:[\w./-]+)*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def yaml_text(value: Any, heading: str) -> str:
    return "".join(f"# {line}\n" for line in heading.splitlines()) + "\n".join(_lines(value, 0)) + "\n"


def _lines(value: Any, depth: int) -> Iterator[str]:
    room = "  " * depth
    if isinstance(value, Mapping):
        for key, one in value.items():
            name = _scalar(str(key))
            if isinstance(one, str) and "\n" in one:
                yield f"{room}{name}: |-"
                yield from (f"{room}  {line}" if line else "" for line in one.split("\n"))
            elif isinstance(one, Mapping | list | tuple) and one:
                yield f"{room}{name}:"
                yield from _lines(one, depth + 1)
            else:
                yield f"{room}{name}: {_scalar(one)}"
    elif isinstance(value, Sequence):
        for one in value:
            if isinstance(one, Mapping | list | tuple) and one:
                first, *others = _lines(one, depth + 1)
                yield f"{room}- {first.lstrip()}"
                yield from others
            else:
                yield f"{room}- {_scalar(one)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
