"""Signed links and buttons: one purpose, for one incident and one person, until a time. Signing, verifying. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

SHORTEST_KEY = 16
"""Bytes. Below it a key could be guessed from one link that somebody holds."""

LIFE_SECONDS = 12 * 3600.0
"""A link that waits in an inbox until the next morning is of no use any more: somebody has it, or it escalated."""

_SIGNATURE_BYTES = 16
_SEPARATOR = "\n"
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{22}")
_NUMBER = re.compile(r"\d{1,15}")


class Refusal(StrEnum):
    """Why a link is not accepted; each has words for the page under ``message.link.<value>``."""

    MALFORMED = "malformed"
    WRONG_SIGNATURE = "wrong_signature"
    EXPIRED = "expired"
    OTHER_PURPOSE = "other_purpose"


class LinkRefusedError(Exception):
    """Carries the refusal; its text is safe to show."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token allows: one purpose on one incident in one contact's name. expires_at: Unix seconds, whole. once:
    what makes a button another one than the next of its kind; "" for a link."""

    purpose: str
    incident: int
    contact: str
    expires_at: int
    once: str = ""


def _signature(payload: bytes, key: bytes) -> bytes:
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"the key for links must have at least {SHORTEST_KEY} bytes")
    return hmac.digest(key, b"roomwatch link v1\n" + payload, hashlib.sha256)[:_SIGNATURE_BYTES]


def sign(grant: Grant, key: bytes) -> str:
    """The token for a link's path. Raises ValueError for a short key, or a name with a line break."""
    fields: tuple[str, ...] = (grant.purpose, str(grant.incident), str(grant.expires_at), grant.contact)
    if grant.once:
        fields = (*fields, grant.once)
    if any(_SEPARATOR in field for field in fields) or grant.incident < 0 or grant.expires_at < 0:
        raise ValueError("a grant's fields are single lines and its numbers not negative")
    payload = _SEPARATOR.join(fields).encode()
    return f"{_text(payload)}.{_text(_signature(payload, key))}"


def verify(token: str, key: bytes, *, purpose: str, now: float) -> Grant:
    """The grant of a token. Raises LinkRefusedError; the signature is checked before anything is believed."""
    if not _TOKEN.fullmatch(token):
        raise LinkRefusedError(Refusal.MALFORMED)
    left, _, right = token.partition(".")
    try:
        payload, signature = _bytes(left), _bytes(right)
    except ValueError:  # one sign more than base 64 can end with
        raise LinkRefusedError(Refusal.MALFORMED) from None
    if not hmac.compare_digest(signature, _signature(payload, key)):
        raise LinkRefusedError(Refusal.WRONG_SIGNATURE)
    if _text(payload) != left or _text(signature) != right:
        raise LinkRefusedError(Refusal.MALFORMED)
    try:
        said, incident, expires, contact, *once = payload.decode().split(_SEPARATOR)
    except ValueError:
        raise LinkRefusedError(Refusal.MALFORMED) from None
    if len(once) > 1 or not (_NUMBER.fullmatch(incident) and _NUMBER.fullmatch(expires)):
        raise LinkRefusedError(Refusal.MALFORMED)
    if said != purpose:
        raise LinkRefusedError(Refusal.OTHER_PURPOSE)
    if now >= int(expires):
        raise LinkRefusedError(Refusal.EXPIRED)
    return Grant(purpose=said, incident=int(incident), contact=contact, expires_at=int(expires), once="".join(once))


def name_of(token: str) -> str:
    """What a verified token is remembered by: its signature, which says nothing about anybody."""
    return token.partition(".")[2]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
