"""The plan's small value types: seconds, clock times, severities."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from alerting.model.fault import Severity

Seconds = Annotated[float, msgspec.Meta(ge=0, le=31 * 86400)]
Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3660)]
Clock = Annotated[
    str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="a time of day", examples=["08:00"])
]
SeverityWord = Literal["notice", "warning", "critical"]


def severity_of_word(word: SeverityWord) -> Severity:
    return Severity[word.upper()]


def minutes_of(clock: str) -> int:
    """Minutes since midnight of "HH:MM"."""
    return int(clock[:2]) * 60 + int(clock[3:])
