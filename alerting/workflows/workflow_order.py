"""The order in which the engine asks the workflows of an incident."""

from __future__ import annotations

from alerting.engine.workflow import Workflow
from alerting.workflows.closing import Closing
from alerting.workflows.escalation_steps import EscalationChain
from alerting.workflows.fault_changes import FaultChanges
from alerting.workflows.late_recovery import LateEnds


def in_order(*others: Workflow, before_the_chain: tuple[Workflow, ...] = ()) -> tuple[Workflow, ...]:
    """Escalation comes before the others, because they follow from its steps; before it comes what lets it stand still.
    Closing comes last, because it ends the rest. What its steps have just told needs not to be told again as a
    change."""
    return (*before_the_chain, EscalationChain(), *others, FaultChanges(), LateEnds(), Closing())
