"""An incident as independent facts."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fact, FaultClass, Severity
from alerting.model.measures import BackupRun, HelpRequest, NoGo, RemedyRun, SpareRequest
from alerting.model.reason import Reason


class Phase(StrEnum):
    OPEN = "open"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def live(self) -> bool:
        """True while something is broken for somebody."""
        return self in (Phase.OPEN, Phase.MITIGATED)


class ReportState(StrEnum):
    NONE = "none"
    DRAFT = "draft"
    REVIEW = "review"
    SIGNED = "signed"
    SENT = "sent"


OVERDUE = "overdue"
"""The last reminder: after it the clock of a report says nothing more."""


class FaultRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A fault within an incident. reported_by: the person, "" for a probe. cleared_at: None while it lasts."""

    code: str
    target: str = ""
    since: float
    joined_at: float = 0.0
    """When the incident took it in; 0 where an earlier version did not write it down."""
    cleared_at: float | None = None
    reported_by: str = ""
    evidence: dict[str, Fact] = {}
    symptoms: tuple[str, ...] = ()
    unwatched: bool = False
    """It ended because its check is made no more: nobody saw it work again."""

    @property
    def key(self) -> tuple[str, str]:
        return (self.code, self.target)

    @property
    def name(self) -> str:
        """As rows of messages name it: "camera_missing cam0"."""
        return f"{self.code} {self.target}".rstrip()


class StepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was decided: when, for whom (contact ids), why."""

    round: int
    index: int
    repeat: int = 0
    at: float
    contacts: tuple[str, ...] = ()
    reason: Reason = Reason()


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """Alertmanager tells people of the incident, and its own chain stands still. accepted_at: when all of it was first
    accepted by a member."""

    at: float
    accepted_at: float | None = None


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One cause in one place. Every fact stands by itself, since a fault may heal before anyone takes it.

    scope: "room", "floor" or "site"; room names it. severity, fault_class: as now judged or corrected.
    worst: the highest so far, whose chain runs. chains: the plan's by severity, as they were when it opened; it
    keeps them when the plan changes, unless they told nobody; a corrected class brings its own of the same plan.
    round: how often the chain was entered; entered_at, entry, entered_why: when, at which step and why again
    ("severity", "class", "take_expired", "unanswered", "reopened", "plan_changed", "handover_ended"). Times are Unix
    seconds.
    resolved_by: the person who declared it over, "" where the probes verified it.
    report_due: until when its report must be signed, None where none is owed; report_told: the reminders that went
    out; report_approved_by: the reviewer.
    """

    id: int
    room: str
    scope: str = "room"
    code: str
    fault_class: FaultClass
    severity: Severity
    worst: Severity = Severity.NOTICE
    pinned: bool = False
    drill: bool = False
    plan_version: str = ""
    opened_at: float
    opened_by: str = "roomwatch"
    phase: Phase = Phase.OPEN
    mitigated_at: float | None = None
    resolved_at: float | None = None
    resolved_by: str = ""
    closed_at: float | None = None
    assessed_at: float | None = None
    assessed_by: str = ""
    taken_at: float | None = None
    taken_by: str = ""
    taken_until: float | None = None
    confirmed_at: float | None = None
    confirmed_by: str = ""
    snoozed_until: float | None = None
    report: ReportState = ReportState.NONE
    report_due: float | None = None
    report_told: tuple[str, ...] = ()
    report_approved_by: str = ""
    done: str = ""
    faults: tuple[FaultRecord, ...] = ()
    helpers: tuple[str, ...] = ()
    help: tuple[HelpRequest, ...] = ()
    remedies: tuple[RemedyRun, ...] = ()
    backups: tuple[BackupRun, ...] = ()
    spares: tuple[SpareRequest, ...] = ()
    chains: dict[str, tuple[EscalationStep, ...]] = {}
    round: int = 0
    entered_at: float = 0.0
    entry: int = 0
    entered_why: str = ""
    steps: tuple[StepRecord, ...] = ()
    unanswered_at: float | None = None
    no_go: NoGo | None = None
    handover: Handover | None = None

    @property
    def last_step(self) -> int:
        """The step that this round reached; its entry before anything was told."""
        return max((record.index for record in self.steps if record.round == self.round), default=self.entry)

    @property
    def chain(self) -> tuple[EscalationStep, ...]:
        return self.chains.get(self.worst.word, ())

    @property
    def backup(self) -> BackupRun | None:
        """The way of going on that counts now; None where none was chosen or all failed."""
        return next((run for run in reversed(self.backups) if not run.state.over), None)

    @property
    def open_faults(self) -> tuple[FaultRecord, ...]:
        return tuple(fault for fault in self.faults if fault.cleared_at is None)

    @property
    def declared(self) -> bool:
        """True while something stands in it that a person reported."""
        return any(fault.reported_by for fault in self.open_faults)

    @property
    def unwatched(self) -> bool:
        """True where a fault of it ended only because its check is made no more."""
        return any({fault.key: fault.unwatched for fault in self.faults}.values())

    @property
    def owes(self) -> bool:
        """True while the engine itself still has to do something for it once it is closed: remind, or send."""
        if self.report is ReportState.SIGNED:
            return True
        return self.report_due is not None and self.report is not ReportState.SENT and OVERDUE not in self.report_told

    def chain_again(self, why: str, at: float, step: int = 0, **also: Any) -> Incident:
        """The incident whose chain is entered once more, at that time and step. why: as ``entered_why`` has it. also:
        what else of it changes."""
        return msgspec.structs.replace(self, round=self.round + 1, entered_at=at, entry=step, entered_why=why, **also)

    def taken(self, now: float) -> bool:
        return self.taken_at is not None and (self.taken_until is None or now < self.taken_until)


def worst_first(incidents: Iterable[Incident]) -> list[Incident]:
    """In the order of every list that people read: drills last, the worst first, of one severity the newest first."""
    return sorted(incidents, key=lambda one: (one.drill, -one.severity, -one.opened_at, -one.id))
