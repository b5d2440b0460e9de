"""Faults from outside the meeting system, and what only people report."""

from alerting.model.fault import FaultClass, FaultKind, Severity

KINDS = (
    FaultKind(code="mains_lost", fault_class=FaultClass.EXTERNAL, check="power", patience=3),
    FaultKind(code="battery_low", fault_class=FaultClass.EXTERNAL, check="power.battery", patience=10),
    FaultKind(code="disaster_declared", fault_class=FaultClass.EXTERNAL, floor=Severity.WARNING),
    FaultKind(code="reported_software", fault_class=FaultClass.SOFTWARE, floor=Severity.WARNING),
    FaultKind(code="reported_network", fault_class=FaultClass.NETWORK, floor=Severity.WARNING),
    FaultKind(code="reported_device", fault_class=FaultClass.DEVICE, floor=Severity.WARNING),
    FaultKind(
        code="reported_operator", fault_class=FaultClass.OPERATOR, weight=Severity.WARNING, floor=Severity.WARNING
    ),
    FaultKind(code="reported_other", fault_class=FaultClass.OTHER, weight=Severity.WARNING, floor=Severity.WARNING),
)
