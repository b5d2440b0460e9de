"""Is a meeting running? Said from evidence: who holds camera and microphone. Unknown counts as running.

Refuses to guess from one silent source: where nobody could be asked, the answer is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerting.meeting_state import MeetingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one source says. sure: how much weight it has; None where it could not be asked."""

    source: str
    running: bool | None
    sure: float
    detail: str = ""


def conclude(evidence: Sequence[Evidence]) -> MeetingState:
    """One positive sign means a meeting; none is only believed when every source could be asked.

    An empty list (no device, no source) means that there is nothing that a meeting could hold: not running.
    """
    positive = [one for one in evidence if one.running]
    if positive:
        doubt = 1.0
        for one in positive:
            doubt *= 1 - one.sure
        return MeetingState(
            running=True, confidence=1 - doubt, reasons=tuple(f"{one.source}: {one.detail}" for one in positive)
        )
    blind = [one for one in evidence if one.running is None]
    if blind:
        return MeetingState(running=None, confidence=0.0, reasons=tuple(f"{one.source}: {one.detail}" for one in blind))
    sure = min((one.sure for one in evidence), default=0.5)
    return MeetingState(running=False, confidence=sure, reasons=tuple(f"{one.source}: free" for one in evidence))
