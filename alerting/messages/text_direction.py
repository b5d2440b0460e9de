"""Marks that turn the direction of the text behind them. Pure.

Behind such a mark a name or a number of somebody else's reads the other way round. Letters of scripts that run from
right to left need none: they have their direction by themselves.
"""

from __future__ import annotations

import re

MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def upright(text: str) -> str:
    """The text without them."""
    return MARKS.sub("", text)
