"""Faults of the conferencing software."""

from alerting.fault import FaultClass, FaultKind, Severity

_S = FaultClass.SOFTWARE
KINDS = (
    FaultKind(code="app_not_running", fault_class=_S, check="software.process", patience=3),
    FaultKind(code="app_helper_died", fault_class=_S, check="software.process", patience=3),
    FaultKind(code="app_two_instances", fault_class=_S, check="software.process", patience=10, weight=Severity.WARNING),
    FaultKind(code="app_stopped", fault_class=_S, check="software.process", patience=3),
)
