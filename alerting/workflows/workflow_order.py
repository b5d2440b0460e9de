"""The order in which the engine asks the workflows of an incident."""

from __future__ import annotations

from alerting.engine.workflow import Workflow
from alerting.workflows.closing import Closing
from alerting.workflows.escalation import EscalationChain
from alerting.workflows.late_recovery import LateRecovery
from alerting.workflows.tell_fault_changes import FaultChanges


def in_order(*others: Workflow, before_the_chain: tuple[Workflow, ...] = ()) -> tuple[Workflow, ...]:
    """before_the_chain: those that may let escalation stand still. Escalation comes before the others, because they
    follow from its steps, and because a fault that it has just told need not be told as a change. Closing comes last,
    because it ends the rest."""
    return (*before_the_chain, EscalationChain(), *others, FaultChanges(), LateRecovery(), Closing())
