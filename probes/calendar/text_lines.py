"""From pieces of bytes to the logical lines of a calendar, whatever their encoding and line ends; and what else it is.

Holds one line at a time. Runs in the child alone.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

LONGEST_LINE = 128 << 10
"""Bytes of an unfolded line; an attachment written into a property is cut here, and no list of dates is that long."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LONGEST_MARK = 6
_WITHOUT_MARK = ((b"B\0E\0G\0", "utf-16-le"), (b"\0B\0E\0G", "utf-16-be"))

KINDS = (
    ("<!doctype html", "page"),
    ("<html", "page"),
    ("<?xml", "xml"),
    ("{", "json"),
    ("[", "json"),
    ("begin:vcard", "contacts"),
    ("pk\x03\x04", "zip"),
    ("\x1f\x8b", "gzip"),
    ("%pdf", "pdf"),
)


def as_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same text without a mark at its beginning, in UTF-8 where it was in UTF-16 or 32."""
    decoder = None
    start: bytes | None = b""
    for whole in pieces:
        piece = whole
        if start is not None:
            piece = start + piece
            if len(piece) < LONGEST_MARK:
                start = piece
                continue
            start = None
            for mark, name in _MARKS:
                if piece.startswith(mark):
                    piece = piece[len(mark) :]
                    decoder = None if name == "utf-8" else codecs.getincrementaldecoder(name)("replace")
                    break
            else:
                found = next((name for start, name in _WITHOUT_MARK if piece.startswith(start)), "")
                decoder = codecs.getincrementaldecoder(found)("replace") if found else None
        yield piece if decoder is None else decoder.decode(piece).encode("utf-8", "replace")
    if start:
        yield start


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Physical lines without their ends, which may be CR LF, LF or CR; a longer one is cut."""
    rest, over = b"", False
    for piece in pieces:
        whole = rest + piece
        held = b"\r" if whole.endswith(b"\r") else b""  # its LF may come with the next piece
        *done, rest = whole.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in done:
            if not over:
                yield line
            over = False
        rest += held
        if len(rest) > LONGEST_LINE:
            if not over:
                yield rest[:LONGEST_LINE]
            rest, over = held, True
    if rest and not over:
        yield rest.rstrip(b"\r")


def unfolded(source: Iterable[bytes]) -> Iterator[bytes]:
    """Logical lines: a line that begins with a blank continues the one before."""
    whole = bytearray()
    for line in source:
        if line[:1] in (b" ", b"\t"):
            if len(whole) < LONGEST_LINE:
                whole += line[1:]
            continue
        if whole:
            yield bytes(whole)
        whole[:] = line
    if whole:
        yield bytes(whole)


def kind_of(start: bytes) -> str:
    """What a text is that is no calendar, as one word, by its beginning; "" where that does not tell."""
    if not start.strip():
        return "empty"
    text = start.decode("latin-1").lstrip().lower()
    return next((name for beginning, name in KINDS if text.startswith(beginning)), "")
