"""Faults of the room's PC and of its screens."""

from alerting.model.fault import FaultClass, FaultKind, Severity

_D = FaultClass.DEVICE
_S = FaultClass.SOFTWARE
KINDS = (
    FaultKind(code="disk_full", fault_class=_S, check="host.disk", patience=60, weight=Severity.WARNING),
    FaultKind(code="memory_pressure", fault_class=_S, check="host.memory", patience=30, weight=Severity.WARNING),
    FaultKind(code="cpu_pressure", fault_class=_S, check="host.cpu", patience=60, weight=Severity.WARNING),
    FaultKind(code="overheating", fault_class=FaultClass.EXTERNAL, check="host.heat", patience=60),
    FaultKind(code="clock_offset", fault_class=_S, check="host.clock", patience=300, weight=Severity.NOTICE),
    FaultKind(code="reboot_pending", fault_class=_S, check="host.reboot", patience=300, weight=Severity.NOTICE),
    FaultKind(code="usb_errors", fault_class=_D, check="host.usb", weight=Severity.WARNING),
    FaultKind(code="driver_hung", fault_class=_D, check="host.driver"),
    FaultKind(code="display_missing", fault_class=_D, check="display", patience=10, spare="spare_display"),
)
