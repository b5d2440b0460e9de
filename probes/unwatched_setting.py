"""What a setting says that would watch nothing: a probe's ``unwatched(settings)`` gives these; loading refuses them.

A wrong type or range is found by the type itself. This is for values of the right type that no probe would ever use.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple


class Unwatched(NamedTuple):
    """path: dotted, below the probe's table. value: as it is shown. message and remedy: a sentence without its stop,
    and one with it."""

    path: str
    value: str
    message: str
    remedy: str


def near(word: str, known: Iterable[str]) -> str:
    """A sentence that offers what may have been meant: the nearest of the known words, else all of them."""
    there = sorted(known)
    found = difflib.get_close_matches(word, there, n=1)
    return f'Did you mean "{found[0]}"?' if found else f"There are {', '.join(there) or 'none'}."
