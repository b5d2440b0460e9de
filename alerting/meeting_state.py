"""What the engine must know of a room's meeting: no title, no attendee."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingState:
    """running: True, False, or None for unknown. starts_in, ends_in: seconds, None where unknown.

    important: by calendar category or rule. organiser: an address or name, "" where unknown.
    confidence: 0 to 1; reasons: short English phrases that name the evidence.
    """

    running: bool | None = None
    starts_in: float | None = None
    ends_in: float | None = None
    important: bool = False
    organiser: str = ""
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()
