"""What the engine asks of a response plan: escalation chains, who is reached how, and quiet hours.

RunningPlan answers it from config/plan.toml.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from alerting.configuration import Secret
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import FaultClass, FaultKind, Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.model import Plan


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """One way to one contact. channel: id, unique within the contact. path: what fails together
    (one SMTP server, one modem); per_minute: the far end's limit over all senders, 0 for none."""

    channel: str
    url: Secret | str
    path: str = ""
    per_minute: float = 0.0


class ResponsePlan(Protocol):
    """The plan as the engine sees it. Times are Unix seconds. Unknown ids give empty answers, never an error."""

    @property
    def data(self) -> Plan:
        """The plan as it is written: backups, remedies, material, schedules, for the workflows that carry them out."""
        ...

    @property
    def has_people(self) -> bool:
        """False for a plan that was never filled in: its room is on trial, and nobody is owed a message."""
        ...

    @property
    def version(self) -> str: ...

    @property
    def confirm_tells_from(self) -> Severity:
        """The severity from which leadership is told at once when the technical group confirms."""
        ...

    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[EscalationStep, ...]: ...

    def members(self, audience: str, at: float) -> tuple[str, ...]:
        """Contact ids of a group on duty at that time; a contact's own id gives itself."""
        ...

    def deputies(self, contact: str, at: float) -> tuple[str, ...]: ...

    def groups(self, contact: str) -> frozenset[str]: ...

    def addresses(self, contact: str) -> tuple[Address, ...]:
        """Ways in order of preference; the next is tried when the one before fails."""
        ...

    def language(self, contact: str) -> str: ...

    def quiet_until(self, contact: str, severity: Severity, at: float, *, declared: bool = False) -> float | None:
        """When a message that may wait may go; None for now. declared: it is about what a person reported."""
        ...

    def severity(self, kind: FaultKind, meeting: MeetingState) -> Severity: ...

    def take_holds(self, severity: Severity) -> float:
        """Seconds after which a taken incident that is not mitigated or resolved escalates again."""
        ...
