"""A checksum for each row, and the mending of a row in which one bit has flipped."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

Values = tuple[Any, ...]
"""A row's columns as SQLite gives them: int, float, str, bytes or None."""

LONGEST = 64 * 1024
"""Bytes of a row in which a flipped bit is searched for: that takes 50 ms."""
_encode = msgspec.msgpack.Encoder().encode
_TABLE = [zlib.crc32(bytes([byte]), 0xFFFFFFFF) ^ zlib.crc32(b"\0", 0xFFFFFFFF) for byte in range(256)]
"""What CRC-32 makes of each byte."""


def checksum(values: Values) -> int:
    """32 bits over values and their types, in MessagePack's form: its bytes follow from the values alone."""
    try:
        return zlib.crc32(_encode(values))
    except UnicodeEncodeError:  # half a character, which only damage brings
        return zlib.crc32(_packed(values))


def mended(values: Values, known: object) -> Values | None:
    """The row with the one bit turned back that makes it fit its checksum; None where no single bit does.

    A disk or a memory chip that fails usually flips one bit.
    """
    if not isinstance(known, int):
        return None
    packed = _packed(values)
    difference = zlib.crc32(packed) ^ known
    if difference.bit_count() <= 1:
        return values  # the bit was one of the checksum itself
    if len(packed) > LONGEST:
        return None
    place = _place(len(packed), difference)
    if place is not None:
        raw = bytearray(packed)
        raw[place[0]] ^= place[1]
        try:
            return tuple(msgspec.msgpack.decode(raw))
        except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
            return None
    for column, value in enumerate(values):
        for other in _other_numbers(value):
            candidate = (*values[:column], other, *values[column + 1 :])
            if checksum(candidate) == known:
                return candidate
    return None


def _place(length: int, difference: int) -> tuple[int, int] | None:
    """(byte, bit) whose change makes that difference to the checksum of so many bytes; None where none does.

    What a changed bit does to a CRC depends only on how many bytes follow it.
    """
    states = [_TABLE[1 << bit] for bit in range(8)]
    for byte in range(length - 1, -1, -1):
        if difference in states:
            return byte, 1 << states.index(difference)
        states = [state >> 8 ^ _TABLE[state & 0xFF] for state in states]
    return None


def _packed(values: Values) -> bytes:
    """As ``checksum`` encodes them, text that is no UTF-8 included."""
    parts = [_encode(tuple(None for _ in values))[: 1 if len(values) < 16 else 3]]
    for value in values:
        raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else b""
        # The head of a text tells its length alone, so one of letters has the same.
        parts.append(_encode("x" * len(raw))[: -len(raw) or None] + raw if isinstance(value, str) else _encode(value))
    return b"".join(parts)


def _other_numbers(value: object) -> Iterator[object]:
    """Whole numbers that one bit on the disk turns into this one: MessagePack keeps them in another length."""
    if isinstance(value, int):
        for bit in range(63):
            yield from (one for one in (value + (1 << bit), value - (1 << bit)) if -(2**63) <= one < 2**63)
    elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        yield from (float(other) for other in _other_numbers(int(value)) if isinstance(other, int))
