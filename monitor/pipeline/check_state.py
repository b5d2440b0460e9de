"""Turns a run of judgements of one check into transitions. Owns counting, patience, recovery and flapping.

A pure state machine: time is an argument (seconds that never run back, those of sleep included). ``unknown``
neither opens nor clears a fault.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from probes.judge_reading import Judgement, Status
from probes.why import Why


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRules:
    """How many readings, and how long, a change takes. patience: seconds for a fault code."""

    fail_after: int
    recover_after: int
    patience: Callable[[str], float]
    flap_changes: int = 6
    flap_window: float = 600.0
    flap_hold: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The settled state changed. opened, cleared: fault codes, "" where none. since: time of the first bad reading."""

    opened: str = ""
    cleared: str = ""
    since: float = 0.0
    reason: Why | None = None


@dataclass(slots=True)
class CheckState:
    """The state of one (check, target). settled is what people see; the rest is on its way there."""

    settled: Status = Status.UNKNOWN
    fault: str = ""
    since: float = 0.0
    candidate: Judgement | None = None
    candidate_since: float = 0.0
    candidate_count: int = 0
    last: Judgement | None = None
    changes: deque[float] = field(default_factory=lambda: deque(maxlen=64))

    @property
    def suspicious(self) -> bool:
        """A bad reading waits for its confirmation: the next run comes soon, the sender warms up."""
        return self.candidate is not None and self.candidate.status in (Status.DEGRADED, Status.FAILED)

    def flapping(self, now: float, rules: StateRules) -> bool:
        """True when it changed too often lately, until it has been quiet for the hold time."""
        recent = [at for at in self.changes if now - at <= rules.flap_window]
        return len(recent) >= rules.flap_changes and now - recent[-1] < rules.flap_hold

    def due_in(self, now: float, rules: StateRules) -> float | None:
        """Seconds until the patience of a pending fault ends; None when nothing is pending."""
        if not self.suspicious or self.candidate is None:
            return None
        return max(0.0, self.candidate_since + rules.patience(self.candidate.fault) - now)

    def accept(
        self, judgement: Judgement, now: float, rules: StateRules, *, at: float | None = None
    ) -> Transition | None:
        """Take one judgement made at ``now``. at: when the thing itself happened, where an event knows it."""
        self.last = judgement
        if judgement.status is Status.UNKNOWN:
            if self.settled is Status.UNKNOWN or not self.fault:
                self.settled = Status.UNKNOWN
            return None
        if judgement.status is Status.OK and not self.fault:
            self.candidate = None
            self.settled = Status.OK
            return None
        if self.fault and judgement.fault == self.fault:
            self.candidate = None
            self.settled = judgement.status
            return None
        self._count(judgement, now if at is None else at)
        if judgement.status is Status.OK:
            return self._recover(now, rules)
        return self._open(judgement, now, rules)

    def _count(self, judgement: Judgement, at: float) -> None:
        same = self.candidate is not None and (
            self.candidate.fault == judgement.fault
            and (self.candidate.status is Status.OK) == (judgement.status is Status.OK)
        )
        if not same:
            self.candidate_since = at
            self.candidate_count = 0
        self.candidate = judgement
        self.candidate_count += 1

    def _open(self, judgement: Judgement, now: float, rules: StateRules) -> Transition | None:
        lasted = now - self.candidate_since
        if self.candidate_count < rules.fail_after or lasted + 1e-6 < rules.patience(judgement.fault):
            return None
        cleared, self.fault = self.fault, judgement.fault
        self.settled, self.since, self.candidate = judgement.status, self.candidate_since, None
        if not cleared:
            self.changes.append(now)
        return Transition(opened=self.fault, cleared=cleared, since=self.since, reason=judgement.reason)

    def _recover(self, now: float, rules: StateRules) -> Transition | None:
        if self.candidate_count < rules.recover_after or self.flapping(now, rules):
            return None
        cleared, self.fault = self.fault, ""
        self.settled, self.candidate = Status.OK, None
        self.changes.append(now)
        return Transition(cleared=cleared, since=self.since)
