"""The plan asked by the wall clock where the engine's time is another: who is on duty now, and who has quiet hours."""

from __future__ import annotations

from typing import Any, cast

from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import FaultClass, Severity
from alerting.plan.contract import ResponsePlan


def by_wall_clock(plan: ResponsePlan, ahead: float) -> ResponsePlan:
    """ahead: wall time less engine time, in seconds."""
    return cast(ResponsePlan, _ByWallClock(plan, ahead)) if ahead else plan


class _ByWallClock:
    """Methods that take no time are the plan's own."""

    def __init__(self, plan: ResponsePlan, ahead: float) -> None:
        self._plan, self._ahead = plan, ahead

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plan, name)

    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[EscalationStep, ...]:
        return self._plan.chain(fault_class, severity, at + self._ahead)

    def members(self, audience: str, at: float) -> tuple[str, ...]:
        return self._plan.members(audience, at + self._ahead)

    def deputies(self, contact: str, at: float) -> tuple[str, ...]:
        return self._plan.deputies(contact, at + self._ahead)

    def quiet_until(self, contact: str, severity: Severity, at: float, **more: Any) -> float | None:
        until = self._plan.quiet_until(contact, severity, at + self._ahead, **more)
        return until - self._ahead if until is not None else None
