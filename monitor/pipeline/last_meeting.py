"""When the last meeting ended, for those who are asked afterwards how it was."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_SECONDS = 300.0
"""Seconds. A shorter call is a trial or a wrong number: nobody wants to be asked about it."""


@dataclass(slots=True)
class LastMeeting:
    """ended_at: Unix seconds, None while one runs and where none of that length was seen. Whether one runs may be
    unknown for a moment: that ends none."""

    ended_at: float | None = None
    _since: float | None = None

    def look(self, running: bool | None, now: float) -> None:
        if running:
            self._since = now if self._since is None else self._since
            self.ended_at = None
        elif running is False and self._since is not None:
            self.ended_at = now if now - self._since >= SHORTEST_SECONDS else None
            self._since = None
