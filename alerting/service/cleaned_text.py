"""What people typed, as it is kept: no sign controls a terminal, none turns the direction of other text. Pure."""

from __future__ import annotations

from alerting.messages.text_direction import MARKS, upright


def one_line(text: str, longest: int) -> str:
    """No line break, no control character, no space too many, no more letters than that."""
    plain = "".join(letter if letter.isprintable() else " " for letter in MARKS.sub(" ", text))
    return " ".join(plain.split())[:longest]


def lines(text: str, longest: int) -> str:
    """The same with its lines kept."""
    rows = text.replace("\r\n", "\n").split("\n")
    return "\n".join("".join(letter for letter in upright(row) if letter.isprintable()) for row in rows)[:longest]
