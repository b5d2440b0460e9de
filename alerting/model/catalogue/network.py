"""Faults of the way from the wall port to the conferencing service."""

from alerting.model.fault import FaultClass, FaultKind, Severity

_N = FaultClass.NETWORK
_WIFI = "mobile_wifi"
_LINK = ("network.link",)
_ADDRESS = ("network.address",)
_PLACE = ("network.address", "network.place")
_GATEWAY = ("network.gateway", "network.vpn")
_LINE = (*_GATEWAY, "network.internet")
_DNS = (*_LINE, "network.portal")
"""A name server mostly is a forwarder in the room's router: what it cannot ask for is the line's fault."""
_SERVICE = ("network.dns", "network.internet", "network.portal", "network.proxy", "network.clock", "network.mtu")
_MEDIA = ("network.internet", "network.media")
_W = Severity.WARNING
# A fault is told within 75 s of its beginning, one of the media path within 60 s: a full look of the rung and the
# patience together stay below that.
KINDS = (
    FaultKind(code="link_down", fault_class=_N, check="network.link", patience=3, spare=_WIFI, proof=True),
    # A roam to another access point takes a second or two, a slow one with 802.1X up to ten.
    FaultKind(code="wifi_disconnected", fault_class=_N, check="network.link", patience=10, spare=_WIFI, proof=True),
    # The room goes on over Wi-Fi; a cable that is only put aside for a moment is no fault.
    FaultKind(
        code="wired_link_down",
        fault_class=_N,
        check="network.wired",
        depends_on=_LINK,
        patience=30,
        weight=_W,
        proof=True,
    ),
    FaultKind(
        code="wired_no_address",
        fault_class=_N,
        check="network.wired",
        depends_on=_LINK,
        patience=30,
        weight=_W,
        proof=True,
    ),
    FaultKind(code="link_slow", fault_class=_N, check="network.link", patience=30, weight=_W, partial=True),
    # Half of what it was is often a bent pin; a room works on with it, so that nobody is called for it.
    FaultKind(
        code="link_slower",
        fault_class=_N,
        check="network.link",
        patience=30,
        weight=Severity.NOTICE,
        partial=True,
    ),
    FaultKind(code="link_half_duplex", fault_class=_N, check="network.link", patience=30, weight=_W, partial=True),
    FaultKind(
        code="wifi_weak", fault_class=_N, check="network.link", patience=60, weight=_W, spare=_WIFI, partial=True
    ),
    FaultKind(
        code="no_address",
        fault_class=_N,
        check="network.address",
        depends_on=_LINK,
        patience=3,
        spare=_WIFI,
        proof=True,
    ),
    FaultKind(
        code="no_ipv4_address",
        fault_class=_N,
        check="network.address",
        depends_on=_LINK,
        patience=10,
        weight=_W,
        partial=True,
        proof=True,
    ),
    FaultKind(code="duplicate_address", fault_class=_N, check="network.address", depends_on=_LINK, patience=3),
    FaultKind(
        code="another_network",
        fault_class=_N,
        check="network.place",
        depends_on=_ADDRESS,
        patience=10,
        spare=_WIFI,
    ),
    FaultKind(code="duplicate_gateway", fault_class=_N, check="network.gateway", depends_on=_PLACE, patience=3),
    FaultKind(
        code="no_route", fault_class=_N, check="network.gateway", depends_on=_PLACE, patience=3, spare=_WIFI, proof=True
    ),
    FaultKind(
        code="gateway_unreachable",
        fault_class=_N,
        check="network.gateway",
        depends_on=_PLACE,
        patience=3,
        spare=_WIFI,
        proof=True,
    ),
    FaultKind(
        code="vpn_dead", fault_class=_N, check="network.vpn", depends_on=("network.gateway",), patience=10, proof=True
    ),
    FaultKind(code="dns_dead", fault_class=_N, check="network.dns", depends_on=_DNS, patience=3, proof=True),
    FaultKind(code="dns_failing", fault_class=_N, check="network.dns", depends_on=_DNS, patience=3, proof=True),
    FaultKind(code="dns_wrong", fault_class=_N, check="network.dns", depends_on=_DNS, patience=3),
    FaultKind(
        code="dns_hijacked", fault_class=_N, check="network.dns", depends_on=_DNS, patience=30, weight=_W, partial=True
    ),
    FaultKind(
        code="dns_slow", fault_class=_N, check="network.dns", depends_on=_DNS, patience=30, weight=_W, partial=True
    ),
    FaultKind(
        code="dns_resolver_dead",
        fault_class=_N,
        check="network.resolver",
        depends_on=("network.dns",),
        partial=True,
        patience=30,
        weight=Severity.NOTICE,
        proof=True,
    ),
    FaultKind(
        code="dns_resolver_failing",
        fault_class=_N,
        check="network.resolver",
        depends_on=("network.dns",),
        patience=30,
        weight=Severity.NOTICE,
        partial=True,
        proof=True,
    ),
    FaultKind(
        code="internet_unreachable",
        fault_class=_N,
        check="network.internet",
        depends_on=_GATEWAY,
        patience=3,
        spare=_WIFI,
        proof=True,
    ),
    FaultKind(
        code="gateway6_unreachable",
        fault_class=_N,
        check="network.gateway6",
        depends_on=(*_ADDRESS, "network.gateway"),
        patience=45,
        weight=Severity.NOTICE,
        partial=True,
        proof=True,
    ),
    FaultKind(
        code="internet6_unreachable",
        fault_class=_N,
        check="network.internet6",
        depends_on=("network.gateway6", "network.internet"),
        partial=True,
        patience=45,
        weight=Severity.NOTICE,
        proof=True,
    ),
    FaultKind(
        code="captive_portal",
        fault_class=_N,
        check="network.portal",
        depends_on=("network.internet",),
        patience=3,
        spare=_WIFI,
    ),
    FaultKind(
        code="proxy_unreachable",
        fault_class=_N,
        check="network.proxy",
        depends_on=("network.dns",),
        patience=3,
        proof=True,
    ),
    FaultKind(code="clock_wrong", fault_class=_N, check="network.clock", depends_on=_LINE, patience=10),
    FaultKind(code="path_mtu_black_hole", fault_class=_N, check="network.mtu", depends_on=_LINE, patience=10),
    FaultKind(
        code="proxy_failing", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=10, proof=True
    ),
    FaultKind(
        code="service_unreachable",
        fault_class=_N,
        check="network.service",
        depends_on=_SERVICE,
        patience=10,
        proof=True,
    ),
    FaultKind(
        code="service_refuses", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=20, proof=True
    ),
    FaultKind(
        code="service_wrong_content",
        fault_class=_N,
        check="network.service",
        depends_on=_SERVICE,
        patience=20,
        weight=_W,
        proof=True,
    ),
    FaultKind(
        code="service_certificate_expired",
        fault_class=_N,
        check="network.service",
        depends_on=_SERVICE,
        patience=10,
        proof=True,
    ),
    FaultKind(
        code="service_certificate_wrong",
        fault_class=_N,
        check="network.service",
        depends_on=_SERVICE,
        patience=10,
        proof=True,
    ),
    FaultKind(
        code="service_certificate_ending",
        fault_class=_N,
        check="network.service",
        depends_on=_SERVICE,
        patience=20,
        weight=Severity.NOTICE,
    ),
    FaultKind(
        code="service_slow", fault_class=_N, check="network.service", depends_on=_SERVICE, patience=15, weight=_W
    ),
    FaultKind(
        code="media_udp_blocked",
        fault_class=_N,
        check="network.media",
        depends_on=_LINE,
        patience=10,
        weight=_W,
        proof=True,
    ),
    FaultKind(
        code="media_unreachable", fault_class=_N, check="network.media", depends_on=_LINE, patience=10, proof=True
    ),
    FaultKind(code="media_loss", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=10, weight=_W),
    FaultKind(code="media_burst", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=15, weight=_W),
    FaultKind(code="media_jitter", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=15, weight=_W),
    FaultKind(code="media_delay", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=15, weight=_W),
    FaultKind(code="media_quality", fault_class=_N, check="network.stream", depends_on=_MEDIA, patience=10, weight=_W),
)
