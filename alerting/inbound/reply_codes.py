"""Codes that prove who answers: "RW-12-7K3M…" lets one contact act on one incident until a time. Pure.

Each message carries its reader's own code. Who answers gives it back: in the subject that a reply keeps, in the text
that it quotes, or typed. Short enough to be typed: 50 bits of an HMAC, and guesses come over ways that are slow.
"""

from __future__ import annotations

import hashlib
import hmac
import math

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U, which are read as others (Crockford's base 32)."""

LIFE_MINUTES = 24 * 60
"""A message is kept for half a day before it is delivered at the latest; its reader has as long to answer again."""

SPACE = "answer"
"""What a code is for: to take and to confirm. One for anything else has another space, and does not serve here."""

_TIME_CHARACTERS = 4
_PROOF_CHARACTERS = 10
_MINUTES = 32**_TIME_CHARACTERS
"""Minutes after which the written time begins anew: two years."""


def token(key: bytes, incident: int, contact: str, *, now: float, space: str = SPACE) -> str:
    """The code's last part: 14 characters, the same for all messages of a minute. One that has served is followed by
    another in the next message."""
    minute = math.floor(now / 60) + LIFE_MINUTES
    return _written(minute % _MINUTES, _TIME_CHARACTERS) + _proof(key, incident, contact, space, minute)


def code(key: bytes, incident: int, contact: str, *, now: float) -> str:
    """The whole code, as messages carry it."""
    return f"RW-{incident}-{token(key, incident, contact, now=now)}"


def expires_at(key: bytes, text: str, incident: int, contact: str, *, now: float, space: str = SPACE) -> float | None:
    """Until when a token serves, Unix seconds (it may be over); None where it is not this contact's for this incident.

    text: 14 characters of ALPHABET; others make it a wrong one.
    """
    if len(text) != _TIME_CHARACTERS + _PROOF_CHARACTERS or not set(text) <= set(ALPHABET):
        return None
    written = _read(text[:_TIME_CHARACTERS])
    this = math.floor(now / 60)
    # The written time is that within half a turn of now.
    minute = this + (written - this + _MINUTES // 2) % _MINUTES - _MINUTES // 2
    proof = _proof(key, incident, contact, space, minute)
    return minute * 60.0 if hmac.compare_digest(proof, text[_TIME_CHARACTERS:]) else None


def issued_at(expires: float) -> float:
    """The beginning of the minute in which a token was written."""
    return expires - LIFE_MINUTES * 60.0


def _proof(key: bytes, incident: int, contact: str, space: str, minute: int) -> str:
    said = "\n".join(("roomwatch answer v1", space, str(incident), str(minute), contact)).encode()
    number = int.from_bytes(hmac.digest(key, said, hashlib.sha256)[:8], "big")
    return _written(number % 32**_PROOF_CHARACTERS, _PROOF_CHARACTERS)


def _written(number: int, characters: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(characters)))


def _read(text: str) -> int:
    number = 0
    for one in text:
        number = number << 5 | ALPHABET.index(one)
    return number
