"""Faults of the conferencing software."""

from alerting.model.fault import FaultClass, FaultKind, Severity

_S = FaultClass.SOFTWARE
_P = "software.process"
_ALIVE = (_P,)
"""What a dead program does as well is the symptom of its death."""

KINDS = (
    FaultKind(code="app_not_running", fault_class=_S, check=_P, patience=3),
    FaultKind(code="app_helper_died", fault_class=_S, check=_P, patience=3),
    FaultKind(code="app_two_instances", fault_class=_S, check=_P, patience=10, weight=Severity.WARNING),
    FaultKind(code="app_stopped", fault_class=_S, check=_P, patience=3),
    FaultKind(code="app_hung", fault_class=_S, check="software.responding", depends_on=_ALIVE, same_target=True),
    FaultKind(
        code="app_slow",
        fault_class=_S,
        check="software.responding",
        depends_on=_ALIVE,
        same_target=True,
        patience=30,
        weight=Severity.WARNING,
    ),
    # A client without its network asks for a login too; and people who sign in need a while.
    FaultKind(
        code="app_signed_out",
        fault_class=_S,
        check="software.signed_in",
        depends_on=("network.internet", "network.dns", "network.service"),
        patience=60,
    ),
    FaultKind(code="app_restart_loop", fault_class=_S, check="software.restarts"),
    FaultKind(code="app_resources", fault_class=_S, check="software.resources", patience=60, weight=Severity.WARNING),
    FaultKind(code="app_wrong_version", fault_class=_S, check="software.update", patience=60, weight=Severity.NOTICE),
    FaultKind(code="app_update_pending", fault_class=_S, check="software.update", patience=300, weight=Severity.NOTICE),
    # Without a calendar nothing is readied before a meeting; people are told in working time, no meeting is lost yet.
    FaultKind(
        code="calendar_stale",
        fault_class=_S,
        check="calendar",
        depends_on=("network.dns", "network.internet"),
        weight=Severity.WARNING,
    ),
    FaultKind(code="calendar_unreadable", fault_class=_S, check="calendar", weight=Severity.WARNING),
)
