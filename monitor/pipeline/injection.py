"""A drill's fault at the probe seam: seen at the probe's own pace, through a state of its own.

The real check's state is never touched: a real fault in mid-drill is detected as always.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from alerting.model.catalogue import KINDS
from alerting.model.fault import Fault
from alerting.workflows.drill.drill_under_way import DrillOrder
from monitor.pipeline.check_state import CheckState, StateRules, Transition
from probes.judge_reading import Judgement, Status
from probes.why import Why


@dataclass(slots=True)
class Injection:
    """One injected fault. over: from now on its check reads well again."""

    order: DrillOrder
    state: CheckState = field(default_factory=CheckState)
    over: bool = False

    @property
    def probe(self) -> str:
        return KINDS[self.order.fault].check.partition(".")[0]

    @property
    def fault(self) -> Fault:
        evidence = {"check": KINDS[self.order.fault].check, "drill": self.order.id}
        return Fault(
            room=self.order.room,
            code=self.order.fault,
            target=self.order.target,
            since=self.order.at,
            evidence=evidence,
            drill=True,
        )

    def look(self, steady: float, rules: StateRules) -> Transition | None:
        """One run of the probe, as the drill has it."""
        if self.over:
            judgement = Judgement(status=Status.OK)
        else:
            judgement = Judgement(status=Status.FAILED, fault=self.order.fault, reason=Why("drill"))
        return self.state.accept(judgement, steady, rules)


def injected(order: DrillOrder) -> Injection:
    """The injection of an order; one that was detected before a restart is known as failed already."""
    if not order.incident:
        return Injection(order, over=bool(order.ending))
    return Injection(order, CheckState(settled=Status.FAILED, fault=order.fault, since=order.at), bool(order.ending))
