"""From one burst's verdict to what is said of a microphone: evidence is added over bursts, silence is weighed by kind.

Owns the memory of each source: its habits, and the evidence that is open. Pure but for the file in which habits last.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from probes.microphone.source_kind import Facts, Habits, Kind, kind_of
from probes.why import Why, because

SILENT = ("digital_silence", "dead", "muted")
"""What the silence of a processed source looks like."""

PROCESSING = ("processed", "virtual", "array")
SHREDS_DBFS = -62.0
"""Loud frames of what suppressors and echo cancellers leave of an empty room stay below: it has a voice's pitch where
somebody's speech, or noise coloured by it, was cut into shreds."""

SURE = 0.8
"""The confidence of a burst that tells a fault by itself: half of that is a guess."""

GUESSES = 2.4
"""The sum of guesses that tell a fault: four looks at 0.6. Of 2,000 healthy recordings in bench/many_bursts.py six were
alarmed about when two guesses were enough: a film's music, laughter, a far voice and loud speech through a limiter go
on for minutes. A fault goes on for longer."""

RISES_DB = 6.0
"""Who speaks stands this far above the noise; an automatic gain in an empty room has nothing above it."""

FADES = 0.5
"""What is left of open evidence after a burst that does not bear it out."""

FORGET_SECONDS = 900.0
"""Evidence of a quarter of an hour ago says nothing about now."""

WRITE_SECONDS = 3600.0
"""Habits change over days; a restart may lose an hour of them."""

FILE = "microphone-habits.json"


@dataclass(slots=True)
class Open:
    """Evidence that is not enough yet: label, its sum, and when it last grew (monotonic seconds)."""

    label: str = ""
    sum: float = 0.0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningResult:
    """label: a fault, "healthy" or "unknown". kind: of the source. suspected: a fault for which more is needed."""

    label: str
    kind: Kind
    why: Why | None = None
    suspected: str = ""


@dataclass(slots=True)
class Listening:
    """file: where habits last; None keeps them in memory."""

    file: Path | None = None
    habits: dict[str, Habits] = field(default_factory=dict)
    _open: dict[str, Open] = field(default_factory=dict)
    _written: float = 0.0

    def __post_init__(self) -> None:
        if self.file is None:
            return
        with contextlib.suppress(OSError, msgspec.MsgspecError):  # none yet, or broken: it is learned again
            self.habits = msgspec.json.decode(self.file.read_bytes(), type=dict[str, Habits])

    def kind(self, source: str, facts: Facts) -> tuple[Kind, Why]:
        return kind_of(facts, self.habits.get(source, Habits()))

    def hear(
        self, source: str, facts: Facts, label: str, confidence: float, numbers: Mapping[str, float], now: float
    ) -> ListeningResult:
        """Weigh one burst. numbers: the judge's; now: wall clock."""
        habits = self.habits.setdefault(source, Habits())
        before, had = self.kind(source, facts), habits.channels_live
        live = int(numbers.get("channels", 1) - numbers.get("dead_channels", 0))
        habits.take(numbers.get("silent_share", 0.0), live, now, cut=label == "muted")
        kind, why = self.kind(source, facts)
        self._keep(now, changed=kind != before[0])
        if label in SILENT and kind != "raw":
            silent = because("silent_source" if kind == "unknown" else "silent_processing_source", why=why)
            return ListeningResult(label="unknown", kind=kind, why=silent)
        if label == "too_quiet" and kind in PROCESSING and numbers.get("loud_dbfs", 0.0) < SHREDS_DBFS:
            silent = because("silent_processing_source", why=why)
            return ListeningResult(label="unknown", kind=kind, why=silent)
        if label == "hiss" and kind != "raw" and not _rises(numbers):
            return ListeningResult(label="unknown", kind=kind, why=because("gain_in_empty_room", why=why))
        if label == "channel_dead":
            label = "healthy"  # a channel that never carried sound is none of the microphone's
        if label == "healthy" and kind != "unknown" and 0 < live < had and habits.live > 0:
            label, confidence = "channel_dead", 0.6
        return self._weighed(source, kind, label, confidence, now)

    def _weighed(self, source: str, kind: Kind, label: str, confidence: float, now: float) -> ListeningResult:
        evidence = self._open.setdefault(source, Open())
        if now - evidence.at > FORGET_SECONDS:
            evidence.label, evidence.sum = "", 0.0
        if label in ("healthy", "unknown"):
            evidence.sum *= FADES
            return ListeningResult(label=label, kind=kind)
        evidence.sum = confidence + (evidence.sum if evidence.label == label else 0.0)
        if confidence >= SURE:
            evidence.sum = max(evidence.sum, GUESSES)
        evidence.label, evidence.at = label, now
        if evidence.sum < GUESSES:
            return ListeningResult(label="healthy", kind=kind, suspected=label)
        return ListeningResult(label=label, kind=kind)

    def _keep(self, now: float, *, changed: bool) -> None:
        if self.file is None or not (changed or now - self._written > WRITE_SECONDS):
            return
        self._written = now
        with contextlib.suppress(OSError):  # a full disk: it is learned again after the next start
            self.file.write_bytes(msgspec.json.encode(self.habits))


def _rises(numbers: Mapping[str, float]) -> bool:
    """Whether something stands above the noise. A number may be missing: the session part leaves out infinite ones."""
    hiss, loud = numbers.get("hiss_dbfs"), numbers.get("loud_dbfs")
    return hiss is not None and loud is not None and loud >= hiss + RISES_DB
