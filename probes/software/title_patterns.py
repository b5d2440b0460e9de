"""Compares titles and log lines of programs with a profile's patterns. Both come from outside, the patterns from an
admin."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

LONGEST_TEXT = 400
"""Characters of a text that are looked at: a title has no more, and no pattern can take long over so few."""


def fitting(patterns: Iterable[str], text: str) -> str:
    """The first pattern that the text holds, whatever the case of letters; "" for none."""
    return next((one for one in patterns if _compiled(one).search(text[:LONGEST_TEXT])), "")


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
