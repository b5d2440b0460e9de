"""What the engine must know of a room's meeting: no title, no attendee."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeetingSign:
    """One piece of evidence. code: its words stand under ``meeting.reason.<code>``. who: a program's name or ""."""

    code: str
    who: str = ""

    def __str__(self) -> str:
        return f"{self.code} ({self.who})" if self.who else self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingState:
    """running: True, False, or None for unknown. starts_in, ends_in: seconds, None where unknown.

    occupied: somebody uses camera or microphone (a preview, a recorder) while no meeting runs or one is cut short: for
    touching a device or restarting a program this counts like an unknown meeting. important: by calendar category or
    rule. organiser: an address or name, "" where unknown. confidence: 0 to 1, how sure ``running`` is.
    listeners: programs that hold camera or microphone for ever and count as nobody.
    """

    running: bool | None = None
    occupied: bool = False
    starts_in: float | None = None
    ends_in: float | None = None
    important: bool = False
    organiser: str = ""
    confidence: float = 0.0
    reasons: tuple[MeetingSign, ...] = ()
    listeners: tuple[str, ...] = ()

    @property
    def hands_off(self) -> bool | None:
        """What probes and remedies go by: True in a meeting, None where unknown or occupied, False when free."""
        return None if self.running is False and self.occupied else self.running

    @property
    def call_over(self) -> bool:
        """The call's signs have stopped while its program lived; ``running`` is only held for a moment."""
        return any(one.code == "just_ended" for one in self.reasons)
