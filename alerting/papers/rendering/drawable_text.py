"""Documents whose every text can be drawn: no mark turns its direction, and no sign in it is one that files of XML may
not hold. Pure.

The journal may hold any text: what a device calls itself, or what was typed before it was cleaned at the entrance.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TypeVar

from alerting.messages.text_direction import upright

T = TypeVar("T")

UNDRAWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters, halves of surrogate pairs and what is no character: one of them would cost the whole paper."""
IN_ITS_PLACE = "\ufffd"


def drawable(value: T) -> T:
    """The document, block or text with every text in it so."""
    changed: object = value
    if isinstance(value, str):
        changed = UNDRAWABLE.sub(IN_ITS_PLACE, upright(value))
    elif isinstance(value, tuple):
        changed = tuple(map(drawable, value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {one.name: drawable(getattr(value, one.name)) for one in dataclasses.fields(value) if one.init}
        changed = dataclasses.replace(value, **parts)
    return changed  # type: ignore[return-value]
