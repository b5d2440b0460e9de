"""A participant's answer as it comes in: a score from 1 (bad) to 5 (good), with words or without."""

from __future__ import annotations

from alerting.engine.commands import Arguments, Refused
from alerting.model.reason import Reason, said

WORDS_LIMIT = 2_000
"""Characters: a page of theirs is open to everybody in the room."""


def read_answer(arguments: Arguments) -> tuple[int, Reason]:
    """(score, words). Raises Refused."""
    try:
        score = int(str(arguments.get("score", "")))
    except ValueError:
        score = 0
    if not 1 <= score <= 5:
        raise Refused("no_score", given=str(arguments.get("score")))
    text = str(arguments.get("text", "") or "").strip()
    if len(text) > WORDS_LIMIT:
        raise Refused("text_too_long", count=len(text), most=WORDS_LIMIT)
    return score, said(text)
