"""Faults of the way from the wall port to the conferencing service."""

from alerting.model.fault import FaultClass, FaultKind, Severity

_N = FaultClass.NETWORK
_WIFI = "mobile_wifi"
_LINK = ("network.link",)
_ADDRESS = ("network.address",)
_GATEWAY = ("network.gateway", "network.vpn")
_SERVICE = ("network.dns", "network.internet", "network.portal", "network.proxy")
_MEDIA = ("network.internet",)
_W = Severity.WARNING
KINDS = (
    FaultKind(code="link_down", fault_class=_N, check="network.link", patience=3, spare=_WIFI),
    # A roam to another access point takes a second or two, a slow one with 802.1X up to ten.
    FaultKind(code="wifi_disconnected", fault_class=_N, check="network.link", patience=10, spare=_WIFI),
    # The room goes on over Wi-Fi; a cable that is only put aside for a moment is no fault.
    FaultKind(code="wired_link_down", fault_class=_N, check="network.wired", depends_on=_LINK, patience=30, weight=_W),
    FaultKind(code="link_slow", fault_class=_N, check="network.link", patience=30, weight=_W),
    FaultKind(code="link_half_duplex", fault_class=_N, check="network.link", patience=30, weight=_W),
    FaultKind(code="wifi_weak", fault_class=_N, check="network.link", patience=60, weight=_W, spare=_WIFI),
    FaultKind(code="no_address", fault_class=_N, check="network.address", depends_on=_LINK, patience=3, spare=_WIFI),
    FaultKind(
        code="no_ipv4_address", fault_class=_N, check="network.address", depends_on=_LINK, patience=10, weight=_W
    ),
    FaultKind(code="duplicate_address", fault_class=_N, check="network.address", depends_on=_LINK, patience=3),
    FaultKind(code="no_route", fault_class=_N, check="network.gateway", depends_on=_ADDRESS, patience=3, spare=_WIFI),
    FaultKind(
        code="gateway_unreachable",
        fault_class=_N,
        check="network.gateway",
        depends_on=_ADDRESS,
        patience=3,
        spare=_WIFI,
    ),
    FaultKind(code="vpn_dead", fault_class=_N, check="network.vpn", depends_on=("network.gateway",), patience=10),
    FaultKind(code="dns_dead", fault_class=_N, check="network.dns", depends_on=_GATEWAY, patience=3),
    FaultKind(code="dns_failing", fault_class=_N, check="network.dns", depends_on=_GATEWAY, patience=3),
    FaultKind(code="dns_wrong", fault_class=_N, check="network.dns", depends_on=_GATEWAY, patience=3),
    FaultKind(code="dns_hijacked", fault_class=_N, check="network.dns", depends_on=_GATEWAY, patience=30, weight=_W),
    FaultKind(code="dns_slow", fault_class=_N, check="network.dns", depends_on=_GATEWAY, patience=30, weight=_W),
    FaultKind(
        code="dns_resolver_dead",
        fault_class=_N,
        check="network.resolver",
        depends_on=("network.dns",),
        patience=30,
        weight=Severity.NOTICE,
    ),
    FaultKind(
        code="internet_unreachable",
        fault_class=_N,
        check="network.internet",
        depends_on=(*_GATEWAY, "network.dns"),
        patience=3,
        spare=_WIFI,
    ),
    FaultKind(
        code="gateway6_unreachable",
        fault_class=_N,
        check="network.gateway6",
        depends_on=_ADDRESS,
        patience=60,
        weight=Severity.NOTICE,
    ),
    FaultKind(
        code="internet6_unreachable",
        fault_class=_N,
        check="network.internet6",
        depends_on=("network.gateway6", "network.gateway"),
        patience=60,
        weight=Severity.NOTICE,
    ),
    FaultKind(
        code="captive_portal",
        fault_class=_N,
        check="network.portal",
        depends_on=("network.dns", "network.internet"),
        patience=3,
        spare=_WIFI,
    ),
    FaultKind(code="proxy_unreachable", fault_class=_N, check="network.proxy", depends_on=("network.dns",), patience=3),
    FaultKind(code="proxy_failing", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=10),
    FaultKind(code="service_unreachable", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=10),
    FaultKind(code="service_refuses", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=30),
    FaultKind(
        code="service_wrong_content",
        fault_class=_N,
        check="network.service",
        depends_on=_SERVICE,
        patience=30,
        weight=_W,
    ),
    FaultKind(
        code="service_certificate_expired", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=10
    ),
    FaultKind(
        code="service_certificate_wrong", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=10
    ),
    FaultKind(
        code="service_certificate_ending",
        fault_class=_N,
        check="network.service",
        depends_on=_SERVICE,
        patience=60,
        weight=Severity.NOTICE,
    ),
    FaultKind(
        code="service_slow", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=30, weight=_W
    ),
    FaultKind(
        code="media_udp_blocked", fault_class=_N, check="network.media", depends_on=_MEDIA, patience=10, weight=_W
    ),
    FaultKind(code="media_unreachable", fault_class=_N, check="network.media", depends_on=_MEDIA, patience=10),
    FaultKind(code="media_loss", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=10, weight=_W),
    FaultKind(code="media_burst", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=30, weight=_W),
    FaultKind(code="media_jitter", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=30, weight=_W),
    FaultKind(code="media_delay", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=30, weight=_W),
    FaultKind(code="media_quality", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=10, weight=_W),
)
