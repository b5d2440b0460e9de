"""Text in the columns of a terminal, where a Chinese character takes two: cut, filled and folded. Pure."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

INDENT = "  "
"""Before each line after the first of a folded text."""
NO_LINE_START = "，。、；：！？）》」”’…%,.;:!?)"
"""Signs that no line begins with."""


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def width(text: str) -> int:
    """Colours take no column."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in COLOUR.sub("", text))


def pad(text: str, columns: int) -> str:
    """The text cut or filled to the given columns."""
    kept = ""
    for sign in text:
        if width(kept + sign) > columns:
            while kept and width(kept) > columns - 1:
                kept = kept[:-1]
            kept += "…"
            break
        kept += sign
    return kept + " " * (columns - width(kept))


def fold(text: str, columns: int, indent: str = INDENT) -> list[str]:
    """The text in lines of so many columns at most, broken between words; between Chinese characters too. A single
    word that is wider than a line, such as an address, stands whole on one of its own."""
    lines: list[str] = []
    line = ""
    for part in _parts(text):
        if line.strip() and width(line + part.rstrip()) > columns:
            lines.append(line.rstrip())
            line = indent + part.lstrip()
        else:
            line += part
    return [*lines, line.rstrip()]


def _parts(text: str) -> list[str]:
    """Pieces between which a line may break: words with the space behind them, single wide characters."""
    parts: list[str] = []
    for sign in text:
        wide = east_asian_width(sign) in "WF"
        new = not parts or (parts[-1][-1].isspace() and not sign.isspace())
        after_wide = bool(parts) and east_asian_width(parts[-1][-1]) in "WF"
        if new or ((wide or after_wide) and sign not in NO_LINE_START and not sign.isspace()):
            parts.append(sign)
        else:
            parts[-1] += sign
    return parts
