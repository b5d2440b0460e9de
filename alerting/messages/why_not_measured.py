"""Why a check could not be made, said in the reader's language. Pure.

Probes give a code with values, whose words are in the catalogues under ``why``.
"""

from __future__ import annotations

import msgspec

from alerting.messages.reasons import say_reason
from alerting.model.reason import Reason
from alerting.words import Words

REASONS = (
    ("no sound server", "no_sound"),
    ("the sound server did not answer", "no_sound"),
    ("the session part of", "session_silent"),
    ("no session part", "session_silent"),
    ("no permission", "refused"),
    ("in use", "in_use"),
    ("somebody opened", "in_use"),
    ("not opened outside working hours", "off_hours"),
    ("not opened: a meeting", "meeting"),
    ("the microphone is muted", "muted"),
    ("the microphone was muted", "muted"),
    ("the microphone is turned down", "muted"),
)
"""How the probes' reasons for not measuring begin → diagnose.unknown.*; others are shown as they are, cut short: what
to type against them is `roomwatch doctor`'s part."""

MOST_LETTERS = 70


def why(note: object, words: Words) -> str:
    """A reason for not measuring for people. note: a code and its values, or a sentence as it was written."""
    if (reason := reason_in(note)) is not None:
        return say_reason(reason, words, table="why")
    text = str(note)
    for start, key in REASONS:
        if text.startswith(start):
            return words.text(f"diagnose.unknown.{key}")
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1].rstrip() + "…"


def say_code(said: object, words: Words, table: str) -> str:
    """A probe's code with values in words. said: as it is held or as it stands in JSON; None: "". table: of the
    catalogues: "why", "to_do" for what helps, "doctor"."""
    reason = reason_in(said)
    return say_reason(reason, words, table=table) if reason is not None else ""


def why_in_a_paper(note: object, words: Words) -> str:
    """The same for a document, in which no sentence of another language may stand."""
    known = not isinstance(note, str) or any(note.startswith(start) for start, _ in REASONS)
    return why(note, words) if note and (known or words.language == "en") else words.text("diagnose.unknown.other")


def reason_in(fact: object) -> Reason | None:
    """A reason of a probe, as it is held or as it stands in JSON; None for anything else."""
    data = msgspec.to_builtins(fact)
    if not isinstance(data, dict) or not isinstance(data.get("code"), str) or set(data) - {"code", "values"}:
        return None
    try:
        return msgspec.convert(data, Reason)
    except msgspec.ValidationError:
        return None
