"""What a simulated room is fitted with: its checks and their targets, and the faults that come by chance."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.model.catalogue import KINDS

CHECKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "network.link": ("network", ("eth0",)),
    "network.address": ("network", ("eth0",)),
    "network.gateway": ("network", ("192.0.2.1",)),
    "network.dns": ("network", ("192.0.2.53",)),
    "network.internet": ("network", ("",)),
    "network.service": ("network", ("teams", "zoom")),
    "network.media": ("network", ("teams", "zoom")),
    "network.stream": ("network", ("",)),
    "software.process": ("software", ("teams", "zoom")),
    "software.responding": ("software", ("teams",)),
    "software.restarts": ("software", ("teams", "zoom")),
    "software.resources": ("software", ("teams", "zoom")),
    "host.disk": ("host", ("/",)),
    "host.memory": ("host", ("",)),
    "host.cpu": ("host", ("",)),
    "host.clock": ("host", ("",)),
    "power": ("power", ("",)),
    "display": ("display", ("HDMI-1",)),
    "camera.present": ("camera", ("",)),
    "camera": ("camera", ("usb-Conference_Camera",)),
    "microphone": ("microphone", ("usb-Conference_Microphone",)),
    "microphone.settings": ("microphone", ("usb-Conference_Microphone",)),
    "speaker": ("speaker", ("usb-Conference_Speaker",)),
    "calendar": ("calendar", ("",)),
}
"""Each check with the probe that makes it and what it looks at."""

PROBES = tuple(dict.fromkeys(probe for probe, _ in CHECKS.values()))

BY_CHANCE: Mapping[str, int] = {
    "app_not_running": 5,
    "camera_no_frames": 3,
    "camera_black": 1,
    "camera_missing": 2,
    "microphone_muted": 3,
    "microphone_missing": 2,
    "speaker_muted": 2,
    "display_missing": 3,
    "service_unreachable": 2,
    "dns_dead": 2,
    "gateway_unreachable": 2,
    "link_slow": 1,
    "disk_full": 1,
}
"""Faults of an ordinary day, each with how often it comes beside the others."""


def check_and_target(code: str, target: str = "") -> tuple[str, str]:
    """Where a fault is seen in a simulated room. target: "" is the first that the check looks at."""
    check = KINDS[code].check
    _, targets = CHECKS.get(check, ("", ("",)))
    return check, target or targets[0]
