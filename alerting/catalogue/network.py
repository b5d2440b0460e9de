"""Faults of the way from the wall port to the conferencing service."""

from alerting.fault import FaultClass, FaultKind, Severity

_N = FaultClass.NETWORK
KINDS = (
    FaultKind(code="link_down", fault_class=_N, check="network.link", patience=3, spare="mobile_wifi"),
    FaultKind(
        code="no_address",
        fault_class=_N,
        check="network.address",
        depends_on=("network.link",),
        patience=3,
        spare="mobile_wifi",
    ),
    FaultKind(
        code="gateway_unreachable",
        fault_class=_N,
        check="network.gateway",
        depends_on=("network.address",),
        patience=3,
        spare="mobile_wifi",
    ),
    FaultKind(code="gateway_slow", fault_class=_N, check="network.gateway", patience=30, weight=Severity.WARNING),
    FaultKind(code="dns_dead", fault_class=_N, check="network.dns", depends_on=("network.gateway",), patience=3),
    FaultKind(
        code="dns_slow",
        fault_class=_N,
        check="network.dns",
        depends_on=("network.gateway",),
        patience=30,
        weight=Severity.WARNING,
    ),
    FaultKind(
        code="internet_unreachable",
        fault_class=_N,
        check="network.internet",
        depends_on=("network.gateway", "network.dns"),
        patience=3,
        spare="mobile_wifi",
    ),
    FaultKind(
        code="service_unreachable",
        fault_class=_N,
        check="network.service",
        depends_on=("network.dns", "network.internet"),
        patience=10,
    ),
)
