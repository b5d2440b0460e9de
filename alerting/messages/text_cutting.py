"""Cuts and splits text by the limits that services count in: UTF-8 bytes, SMS characters. Pure."""

from __future__ import annotations

ELLIPSIS = "…"
SMS_LENGTH = 210
"""Three parts of 70 UCS-2 characters less their joining headers (3GPP TS 23.040): read at a glance, paid for thrice."""


def cut_sms(text: str, limit: int) -> str:
    """At most ``limit`` characters, counted as an SMS counts them (UTF-16 units)."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * limit:
        return text
    if limit < 1:
        return ""
    return units[: 2 * (limit - 1)].decode("utf-16-le", errors="ignore") + ELLIPSIS


def split_bytes(text: str, limit: int) -> list[str]:
    """Parts of at most ``limit`` bytes of UTF-8, broken at line ends where possible. limit must be at least 4.

    Joining the parts gives the text again.
    """
    parts: list[str] = []
    rest = text
    while len(rest.encode()) > limit:
        piece = rest.encode()[:limit].decode(errors="ignore")
        line_end = piece.rfind("\n") + 1
        piece = piece[:line_end] if line_end > len(piece) // 2 else piece
        parts.append(piece)
        rest = rest[len(piece) :]
    if rest or not parts:
        parts.append(rest)
    return parts
