"""Text that came from outside as something that every file, socket and screen can hold. Does not lose a letter."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def encodable(value: T) -> T:
    """The same value with every half of a surrogate pair in its texts written out as "\\udcff".

    A terminal or a file name in another encoding than UTF-8 gives such strings, and JSON can spell them; no encoder
    takes them, so that one word of a report would keep the report and all that follows from being kept.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()  # type: ignore[return-value]
    if isinstance(value, dict):
        return {encodable(key): encodable(item) for key, item in value.items()}  # type: ignore[return-value]
    if isinstance(value, (list, tuple)):
        return [encodable(item) for item in value]  # type: ignore[return-value]
    return value
