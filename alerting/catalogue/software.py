"""Faults of the conferencing software."""

from alerting.fault import FaultClass, FaultKind

_S = FaultClass.SOFTWARE
KINDS = (
    FaultKind(code="app_not_running", fault_class=_S, check="software.process", patience=3),
    FaultKind(code="app_stopped", fault_class=_S, check="software.process", patience=3),
)
