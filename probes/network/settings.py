"""What an admin may tune about the network probe, and the limits that its numbers are judged by."""

from __future__ import annotations

from typing import Annotated

import msgspec

from probes.judge_reading import Threshold
from probes.network import profiles
from probes.unwatched_setting import Unwatched, near

Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=60)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_FOUR, _SIX = rf"{_OCTET}(\.{_OCTET}){{3}}", r"[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%[\w.-]+)?"
Address = Annotated[
    str, msgspec.Meta(pattern=rf"^({_FOUR}|{_SIX})$", description="an IP address", examples=["1.1.1.1"])
]
Address4 = Annotated[str, msgspec.Meta(pattern=rf"^{_FOUR}$", description="an IPv4 address", examples=["1.1.1.1"])]
Address6 = Annotated[
    str, msgspec.Meta(pattern=rf"^{_SIX}$", description="an IPv6 address", examples=["2606:4700:4700::1111"])
]
Network = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^({_FOUR}|{_SIX})(/\d{{1,3}})?$", description="an address or network", examples=["10.0.0.0/8"]
    ),
]
_SERVER = r"(\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+):\d{1,5}"
Server = Annotated[
    str, msgspec.Meta(pattern=rf"^{_SERVER}$", description="host:port", examples=["stun.example.org:3478"])
]

DNS_SLOW_SECONDS = 0.5
"""A page needs several names one after the other; half a second each is what people call slow. The stub resolver
of glibc waits 5 s before it asks again, so that slower ones are felt as a hang."""
DNS_VERY_SLOW_SECONDS = 1.5
MEDIA_LOSS_DEGRADED = 0.01
"""Teams asks for less than 1 % in any 15 s (Microsoft, "Prepare your organization's network for Teams")."""
MEDIA_LOSS_FAILED = 0.10
"""Teams' call quality dashboard calls audio poor above 10 % loss."""
MEDIA_JITTER_SECONDS = 0.030
"""Both Teams' requirement and its poor mark: above 30 ms in 15 s."""
MEDIA_BURST_PACKETS = 3.5
"""Concealment of G.711 (appendix I) fades to silence after 60 ms, three packets of 20 ms: four in a row are a gap that
everybody hears. Teams asks for the same in other words: less than 10 % in any 200 ms."""
MEDIA_RTT_DEGRADED_SECONDS = 0.3
"""ITU-T G.114: up to 150 ms one way is good for conversation; that is 300 ms there and back."""
MEDIA_RTT_FAILED_SECONDS = 0.5
"""Teams' call quality dashboard: poor above 500 ms."""
MOS_DEGRADED = 3.6
"""ITU-T G.107 annex B: R 70 is MOS 3.60, the line between "some users dissatisfied" and "many"."""
MOS_FAILED = 3.1
"""R 60, MOS 3.10: below it "many users dissatisfied" becomes "nearly all"."""
WIFI_WEAK_DBM = -70.0
"""Vendors' voice designs ask for -67 dBm at the cell's edge; 3 dB of slack keeps fluctuations quiet."""
WIFI_LOST_DBM = -80.0
LINK_SLOW_BITS = 100e6
"""A port that negotiates 10 Mbit/s has a bad cable; a video meeting needs 4 Mbit/s and the PC's updates the rest."""
CERTIFICATE_DAYS = 7.0
"""Renewal at 30 days before the end is the custom; a week left means that renewal has failed."""
SERVICE_SLOW_SECONDS = 3.0
"""Three seconds until the first byte: joining takes several requests one after the other."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The network probe. Every target costs a few packets a run; more targets see more and cost more."""

    # Which interface the meetings use. "auto": the one that the kernel sends to the internet through.
    interface: str = "auto"
    # How long one packet may take. Higher: fewer false alarms on slow lines, slower verdicts.
    timeout: Seconds = 1.0
    # How long a resolver may take. Programs wait 5 s before they ask the next one; shorter calls slow ones dead.
    dns_timeout: Annotated[float, msgspec.Meta(gt=0, le=5)] = 4.5
    # Resolvers to ask; empty: those of /etc/resolv.conf (or of systemd-resolved behind it), at most three.
    resolvers: Annotated[tuple[Address, ...], msgspec.Meta(max_length=8)] = ()
    # Where resolvers stand when the list is empty.
    resolv_conf: str = "/etc/resolv.conf"
    # A name that must resolve. Empty: the first service's host.
    dns_name: str = ""
    # Name → addresses or networks its answer must lie in; anything else is a wrong answer.
    dns_expect: dict[str, tuple[Network, ...]] = {}
    # Ask for a name that cannot exist: a resolver that answers it anyway lies (hotels, some providers).
    dns_hijack_check: bool = True
    # Address → the name that people use for it ("10.2.0.53" = "DNS of building B"), in verdicts and evidence.
    labels: dict[str, str] = {}
    # Addresses far away, independent of each other: both silent means no internet. Empty: not checked.
    internet: Annotated[tuple[Address4, ...], msgspec.Meta(max_length=8)] = ("223.5.5.5", "1.1.1.1")
    # The same for IPv6; checked only where the machine has a global IPv6 address and route.
    internet6: Annotated[tuple[Address6, ...], msgspec.Meta(max_length=8)] = ("2400:3200::1", "2606:4700:4700::1111")
    # TCP port asked where an internet target does not answer echoes.
    internet_port: Port = 443
    # A plain http page with known content: anything else in its place is a captive portal. "": not checked.
    portal_url: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^(http://\S+)?$", description="a plain http address", examples=["http://portal.example.org/"]
        ),
    ] = "http://www.msftconnecttest.com/connecttest.txt"
    portal_expect: str = "Microsoft Connect Test"
    # Proxy: "none": never; else its URL. "": by pac_url, else the environment (https_proxy, no_proxy), else policies of
    # Chromium, Chrome, Edge and Firefox or defaults of GNOME and KDE in /etc.
    proxy: str = ""
    # Address of the PAC script that this room's programs use: http://, https:// or a file. "": one that /etc names.
    pac_url: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^((https?|file)://\S+|/\S+)?$",
            description="an address",
            examples=["http://wpad.example.org/proxy.pac"],
        ),
    ] = ""
    # Conferencing services of services.toml whose join page must answer, the important one first.
    services: Annotated[tuple[str, ...], msgspec.Meta(max_length=8)] = ("teams",)
    # Another file of service profiles. "": /etc/roomwatch/services.toml, then the shipped one.
    services_file: str = ""
    # Extra certificate authorities in PEM (a company's own, a TLS-inspecting firewall's). "": the system's.
    ca_file: str = ""
    # Seconds between two looks at services, media relays and login page while all is well; trouble, events and the
    # start of a meeting look at once.
    service_interval: Annotated[float, msgspec.Meta(ge=1, le=86400)] = 45.0
    media_interval: Annotated[float, msgspec.Meta(ge=1, le=86400)] = 30.0
    portal_interval: Annotated[float, msgspec.Meta(ge=1, le=86400)] = 300.0
    # How long a service's answer may take in all.
    service_timeout: Seconds = 5.0
    # STUN servers, host:port; empty: those of the services' profiles. UDP first, TCP and TLS to name the fallback.
    # Twenty bindings each time measure loss and delay.
    stun: Annotated[tuple[Server, ...], msgspec.Meta(max_length=8)] = ()
    # Your own `roomwatch echo`, host:port: the finest measure of loss and jitter. "": only the relays are asked.
    echo_server: Annotated[
        str, msgspec.Meta(pattern=rf"^({_SERVER})?$", description="host:port", examples=["echo.example.org:9721"])
    ] = ""
    # File with the key shared with it.
    echo_key_file: str = ""
    # Seconds of the probe stream (50 packets a second, under 100 kbit/s), and between two streams.
    stream_seconds: Annotated[float, msgspec.Meta(ge=0.5, le=15)] = 3.0
    stream_interval: Annotated[float, msgspec.Meta(ge=10, le=86400)] = 60.0
    # Send the stream while a meeting runs too. It is as much traffic as one voice call.
    stream_in_meeting: bool = False
    # Limits. Lower ones alarm earlier.
    dns_slow_seconds: Annotated[float, msgspec.Meta(gt=0)] = DNS_SLOW_SECONDS
    loss_ratio: Ratio = MEDIA_LOSS_DEGRADED
    loss_ratio_failed: Ratio = MEDIA_LOSS_FAILED
    jitter_seconds: Annotated[float, msgspec.Meta(gt=0)] = MEDIA_JITTER_SECONDS
    rtt_seconds: Annotated[float, msgspec.Meta(gt=0)] = MEDIA_RTT_DEGRADED_SECONDS
    rtt_seconds_failed: Annotated[float, msgspec.Meta(gt=0)] = MEDIA_RTT_FAILED_SECONDS
    wifi_signal_dbm: Annotated[float, msgspec.Meta(ge=-100, le=0)] = WIFI_WEAK_DBM
    link_bits_per_second: Annotated[float, msgspec.Meta(ge=0)] = LINK_SLOW_BITS
    certificate_days: Annotated[float, msgspec.Meta(ge=0)] = CERTIFICATE_DAYS
    service_slow_seconds: Annotated[float, msgspec.Meta(gt=0)] = SERVICE_SLOW_SECONDS

    def label(self, address: str) -> str:
        """The name that people use for an address, with the address."""
        return f"{self.labels[address]} ({address})" if address in self.labels else address


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    """The limits of every number that means something by itself; what needs a comparison is a finding instead."""
    return (
        Threshold(value="link_bits_per_second", fault="link_slow", degraded=settings.link_bits_per_second, above=False),
        Threshold(
            value="wifi_signal_dbm",
            fault="wifi_weak",
            degraded=settings.wifi_signal_dbm,
            failed=min(WIFI_LOST_DBM, settings.wifi_signal_dbm),
            above=False,
            clear=0.04,
        ),
        Threshold(
            value="dns_seconds",
            fault="dns_slow",
            degraded=settings.dns_slow_seconds,
            failed=max(DNS_VERY_SLOW_SECONDS, settings.dns_slow_seconds),
        ),
        Threshold(value="service_seconds", fault="service_slow", degraded=settings.service_slow_seconds),
        Threshold(
            value="certificate_left_seconds",
            fault="service_certificate_ending",
            degraded=settings.certificate_days * 86400,
            above=False,
            clear=0.0,
        ),
        Threshold(
            value="media_loss_ratio",
            fault="media_loss",
            degraded=settings.loss_ratio,
            failed=settings.loss_ratio_failed,
        ),
        Threshold(value="media_burst_packets", fault="media_burst", degraded=MEDIA_BURST_PACKETS, clear=0.0),
        Threshold(value="media_jitter_seconds", fault="media_jitter", degraded=settings.jitter_seconds),
        Threshold(
            value="media_rtt_seconds",
            fault="media_delay",
            degraded=settings.rtt_seconds,
            failed=settings.rtt_seconds_failed,
        ),
        Threshold(value="media_mos", fault="media_quality", degraded=MOS_DEGRADED, failed=MOS_FAILED, above=False),
    )


def unwatched(settings: Settings) -> list[Unwatched]:
    """Services that no file describes, names whose answer is compared with nothing, a stream without its key."""
    problems: list[Unwatched] = []
    try:
        known = profiles.load(settings.services_file)
    except profiles.ProfileError as error:
        remedy = "Mend that file, or name another one."
        problems.append(Unwatched("services_file", f'"{settings.services_file}"', str(error).rstrip("."), remedy))
    else:
        for name in settings.services:
            if name not in known:
                remedy = f"{near(name, known)} A service of your own is a table in services.toml."
                problems.append(Unwatched("services", f'"{name}"', "is no service that is known here", remedy))
    for name, networks in settings.dns_expect.items():
        if not networks:
            remedy = 'Write the networks that its addresses lie in: ["192.0.2.0/24"].'
            problems.append(Unwatched(f"dns_expect.{name}", "[]", "compares the answer with nothing", remedy))
    if bool(settings.echo_server) != bool(settings.echo_key_file):
        given, missing = ("echo_server", "echo_key_file") if settings.echo_server else ("echo_key_file", "echo_server")
        remedy = f"Write {missing} too (`roomwatch echo --help`)."
        problems.append(Unwatched(given, f'"{getattr(settings, given)}"', f"is not used without {missing}", remedy))
    return problems
