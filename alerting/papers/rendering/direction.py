"""Texts that people typed, without the marks that turn the direction of what stands behind them. Pure.

Behind such a mark a name or a number of somebody else's reads the other way round. Letters of a script that runs from
right to left need none: they have their direction by themselves.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TypeVar

T = TypeVar("T")
MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def without_marks(value: T) -> T:
    """The document, block or text with every text in it so."""
    changed: object = value
    if isinstance(value, str):
        changed = MARKS.sub("", value)
    elif isinstance(value, tuple):
        changed = tuple(map(without_marks, value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {one.name: without_marks(getattr(value, one.name)) for one in dataclasses.fields(value) if one.init}
        changed = dataclasses.replace(value, **parts)
    return changed  # type: ignore[return-value]
