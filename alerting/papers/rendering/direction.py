"""Documents without the marks that turn the direction of text. Pure."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from alerting.messages.text_direction import upright

T = TypeVar("T")


def without_marks(value: T) -> T:
    """The document, block or text with every text in it so."""
    changed: object = value
    if isinstance(value, str):
        changed = upright(value)
    elif isinstance(value, tuple):
        changed = tuple(map(without_marks, value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {one.name: without_marks(getattr(value, one.name)) for one in dataclasses.fields(value) if one.init}
        changed = dataclasses.replace(value, **parts)
    return changed  # type: ignore[return-value]
