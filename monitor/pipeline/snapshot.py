"""What the daemon knows right now, in one place that metrics, pages and the command line read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alerting.model.meeting_state import MeetingState
from monitor.pipeline.check_state import CheckState
from monitor.pipeline.last_meeting import LastMeeting
from monitor.pipeline.room_times import RoomTimes
from monitor.pipeline.scheduler import RunFigures
from monitor.settings.running import RunningConfig
from probes.judge_reading import Status
from probes.reading import CannotMeasure, Outcome, Reading
from probes.why import Why

Key = tuple[str, str]
"""(check, target)."""
UNPROVEN = "unproven"
"""State of a check that was never seen working in this room."""


@dataclass(slots=True)
class Entry:
    """The last outcome of one (check, target) and its state. at: Unix seconds of the outcome."""

    probe: str
    outcome: Outcome
    state: CheckState
    at: float

    @property
    def values(self) -> dict[str, float]:
        return dict(self.outcome.values) if isinstance(self.outcome, Reading) else {}

    @property
    def note(self) -> Why | None:
        """Why it is not OK, or why it could not be measured; None for neither."""
        if isinstance(self.outcome, CannotMeasure):
            return self.outcome.reason
        return self.state.last.reason if self.state.last is not None else None

    @property
    def shown_state(self) -> str:
        """The settled state; unknown while it cannot be measured and no fault is open, unproven where it would be a
        fault, had the check ever been seen working here."""
        last = self.state.last
        if last is not None and last.status is Status.UNKNOWN and not self.state.fault:
            return UNPROVEN if last.fault else Status.UNKNOWN.value
        return self.state.settled.value


@dataclass(slots=True)
class Snapshot:
    """started: Unix seconds. causes: fault code → symptoms. announced: keys of the faults handed to the plan.

    in_maintenance: checks whose faults a maintenance window holds. maintenance_until: when those of the
    whole room end, 0 where none runs. premeeting: the last check before a meeting as a document. premeeting_total: go
    (True) and no-go since the start. clean_start: the run before ended in order. stopping: why this one ends, "" while
    it runs.
    """

    room: str
    version: str
    started: float
    mode: str
    entries: dict[Key, Entry] = field(default_factory=dict)
    figures: dict[str, RunFigures] = field(default_factory=dict)
    causes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    meeting: MeetingState = field(default_factory=MeetingState)
    last_meeting: LastMeeting = field(default_factory=LastMeeting)
    premeeting: dict[str, Any] | None = None
    premeeting_total: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    last_tick: float = 0.0
    ready: bool = False
    children_started: int = 0
    children_abandoned: int = 0
    in_maintenance: frozenset[Key] = frozenset()
    maintenance_until: float = 0.0
    working_hours: bool = False
    clean_start: bool = False
    stopping: str = ""
    times: RoomTimes = field(default_factory=RoomTimes)
    config: RunningConfig = field(default_factory=RunningConfig)
