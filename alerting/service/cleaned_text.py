"""What people typed, as it is kept: no sign controls a terminal, none turns the direction of other text. Pure."""

from __future__ import annotations

import re

from alerting.messages.text_direction import MARKS, upright

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All but the tab and the end of a line."""


def harmless(text: str) -> str:
    """All of it but the signs that control a terminal, which no paper can hold, and those that turn its direction."""
    return CONTROL.sub("", upright(text.replace("\r\n", "\n")))


def called(text: str) -> str:
    """The same for a name of a person or a place: one line."""
    return " ".join(harmless(text).split())


def one_line(text: str, longest: int) -> str:
    """No line break, no control character, no space too many, no more letters than that."""
    plain = "".join(letter if letter.isprintable() else " " for letter in MARKS.sub(" ", text))
    return " ".join(plain.split())[:longest]


def lines(text: str, longest: int) -> str:
    """The same with its lines kept."""
    rows = text.replace("\r\n", "\n").split("\n")
    return "\n".join("".join(letter for letter in upright(row) if letter.isprintable()) for row in rows)[:longest]
