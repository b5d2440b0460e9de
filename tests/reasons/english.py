"""A probe's reason or remedy in English, for tests that read it as a person does."""

from __future__ import annotations

from alerting.messages.why_not_measured import say_code
from alerting.words import load_words


def english(said: object, table: str = "why") -> str:
    """said: a code with values, as it is held or as it comes through JSON. table: "to_do" for a remedy."""
    return say_code(said, load_words("en"), table)


def advice(remedy: object) -> str:
    return english(remedy, "to_do")
