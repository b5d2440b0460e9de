"""A microphone in a call, judged by its level and the loudspeaker's. Pure: levels of one look in, what they say out.

That a microphone is silent for a while proves nothing: it may be gated while all listen, or muted at its own button on
purpose. It counts when nothing was heard in two calls one after the other, and the far end paused again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from probes.microphone.source_kind import Kind

SILENT_PEAK_DBFS = -68.0
"""Peaks of converter noise stay below -71; the quietest room through a live microphone peaks above -66."""

ZERO_PEAK_DBFS = -119.0
"""Below it nothing but zeros came."""

PLAYS_PEAK_DBFS = -50.0
"""The loudspeaker plays a voice: soft talk peaks above -35, the noise with which calls fill pauses below -55."""

RAW_LOOKS = 3
"""Silent looks in a row: a raw microphone always carries its room, and one look may fall into a stream's restart."""

CALL_SECONDS = 600.0
"""Seconds of a call before its silence counts: shorter ones are trials and callers who wait."""

LOOKS = 10
"""In that time: a minute of levels in which nobody moved a chair, coughed or spoke."""

TURNS = 4
"""Looks in which the far end plays, and as many in which it pauses: a talk, and no lecture that the room hears."""

SILENT_CALLS = 2
"""One may be muted at the microphone's own button on purpose; who is still muted in the next one is not heard there."""

Verdict = Literal["heard", "dead", "digital_silence", "unknown"]


@dataclass(slots=True)
class SilentCall:
    """What was seen in one call since something was heard. since: monotonic seconds of its first look."""

    pid: int
    since: float
    looks: int = 0
    played: int = 0
    paused: int = 0
    zeros: int = 0
    until: float = 0.0

    def counts(self) -> bool:
        long = self.until - self.since >= CALL_SECONDS and self.looks >= LOOKS
        return long and self.played >= TURNS and self.paused >= TURNS


@dataclass(slots=True)
class CallLevels:
    """One microphone's calls. silent_calls: whole calls in a row in which nothing was heard, before this one."""

    call: SilentCall | None = None
    silent_calls: int = 0
    alive: bool = field(default=False)

    def heard(self) -> None:
        """Something came out of it, in a call or in a look between calls."""
        self.call, self.silent_calls, self.alive = None, 0, True

    def take(self, pid: int, peak: float, speaker_peak: float, kind: Kind, now: float, *, known: bool) -> Verdict:
        """One look. pid: of the program that records; peaks in dBFS; known: it was heard at some time before: what
        never carried a sound may be no microphone at all."""
        if peak > SILENT_PEAK_DBFS:
            self.heard()
            return "heard"
        if self.call is None or self.call.pid != pid:
            self.silent_calls += self.call is not None and self.call.counts()
            self.call = SilentCall(pid=pid, since=now)
        call = self.call
        call.looks, call.until = call.looks + 1, now
        call.zeros += peak <= ZERO_PEAK_DBFS
        plays = speaker_peak > PLAYS_PEAK_DBFS
        call.played, call.paused = call.played + plays, call.paused + (not plays)
        enough = call.counts() and self.silent_calls + 1 >= SILENT_CALLS and (known or self.alive)
        if call.looks >= RAW_LOOKS if kind == "raw" else enough:
            return "digital_silence" if call.zeros == call.looks else "dead"
        return "unknown"
