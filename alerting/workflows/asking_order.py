"""The order in which the engine asks the workflows of an incident."""

from __future__ import annotations

from alerting.engine.workflow import Workflow
from alerting.workflows.closing import Closing
from alerting.workflows.escalation import EscalationChain
from alerting.workflows.fault_changes import FaultChanges


def in_order(*others: Workflow) -> tuple[Workflow, ...]:
    """Escalation comes first, because others follow from its steps. Closing comes last, because it ends the rest. What
    its steps have just told needs not to be told again as a change."""
    return (EscalationChain(), *others, FaultChanges(), Closing())
