"""Faults of the monitor itself, of its plan and of its delivery: a watcher that fails must say so."""

from alerting.model.fault import FaultClass, FaultKind, Severity

_T = FaultClass.OTHER
KINDS = (
    FaultKind(code="journal_unavailable", fault_class=_T, weight=Severity.WARNING),
    FaultKind(code="journal_damaged", fault_class=_T, weight=Severity.WARNING),
    FaultKind(code="nobody_reachable", fault_class=_T, weight=Severity.CRITICAL),
    FaultKind(code="probe_broken", fault_class=_T, check="monitor.probe", patience=120, weight=Severity.WARNING),
    FaultKind(code="audit_failed", fault_class=_T, weight=Severity.CRITICAL),
    FaultKind(code="clock_suspect", fault_class=_T, weight=Severity.NOTICE),
)
