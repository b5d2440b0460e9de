"""What a target is: a parser of text from outside, as a function of bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

KEY = b"0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Target:
    """read: the parser. known: exceptions that it promises. words: pieces that bring a mutation further than noise."""

    read: Callable[[bytes], object]
    known: tuple[type[Exception], ...] = ()
    words: tuple[bytes, ...] = ()
    seeds: tuple[bytes, ...] = field(default=())


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape" if data[:1] == b"\x01" else "replace")
