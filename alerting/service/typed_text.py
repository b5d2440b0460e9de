"""What people typed, as it is kept: no sign controls a terminal, none turns the direction of other text. Pure."""

from __future__ import annotations


def upright(text: str) -> str:
    """Without the marks that turn the direction of text: behind one of them a name or a number of somebody else's reads
    otherwise. Letters of scripts that run from right to left need none."""
    return "".join(letter for letter in text if not _turns(letter))


def one_line(text: str, longest: int) -> str:
    """No line break, no control character, no space too many, no more letters than that."""
    plain = "".join(letter if letter.isprintable() and not _turns(letter) else " " for letter in text)
    return " ".join(plain.split())[:longest]


def lines(text: str, longest: int) -> str:
    """The same with its lines kept."""
    rows = text.replace("\r\n", "\n").split("\n")
    return "\n".join("".join(letter for letter in upright(row) if letter.isprintable()) for row in rows)[:longest]


def _turns(letter: str) -> bool:
    return "\u202a" <= letter <= "\u202e" or "\u2066" <= letter <= "\u2069" or letter in "\u200e\u200f\u061c"
