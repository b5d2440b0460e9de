"""Rung 1, the link: which interface, carrier, speed, duplex, Wi-Fi signal. Linux only (sysfs, procfs, rtnetlink)."""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from probes import rtnetlink
from probes.reading import CannotMeasure, NothingToMeasure, Outcome, Reading

CHECK = "network.link"
_NOT_A_PORT = ("lo", "docker", "br-", "virbr", "veth", "tap", "dummy", "ifb", "sit", "ip6tnl")
"""Names that are no way out of the machine by themselves; they count only when routes lead through them."""


@dataclass(frozen=True, slots=True)
class Port:
    """The interface that meetings use. hardware: its MAC, empty for tunnels. physical: it has a device behind it."""

    interface: rtnetlink.Interface
    hardware: bytes
    wifi: bool
    physical: bool

    @property
    def name(self) -> str:
        return self.interface.name

    @property
    def speaks_arp(self) -> bool:
        flags = rtnetlink.IFF_POINTOPOINT | rtnetlink.IFF_NOARP | rtnetlink.IFF_LOOPBACK
        return len(self.hardware) == 6 and not self.interface.flags & flags


def _describe(interface: rtnetlink.Interface, sys: Path) -> Port:
    folder = sys / "class/net" / interface.name
    hardware = b""
    with contextlib.suppress(OSError, ValueError):
        hardware = bytes.fromhex((folder / "address").read_text().strip().replace(":", ""))
    wifi = (folder / "wireless").exists() or (folder / "phy80211").exists()
    return Port(interface, hardware, wifi, (folder / "device").exists())


def choose(wanted: str, targets: tuple[str, ...], last: str, sys: Path) -> Port | None:
    """The configured interface, else the way to the first target, else the one used last, else the likeliest port.

    None when there is no such interface. Raises OSError where rtnetlink does not answer.
    """
    links = rtnetlink.interfaces()
    by_name = {link.name: link for link in links}
    if wanted != "auto":
        return _describe(by_name[wanted], sys) if wanted in by_name else None
    by_index = {link.index: link for link in links}
    for target in targets:
        route = rtnetlink.route_to(ipaddress.ip_address(target))
        if route is not None and (link := by_index.get(route.index)) and not link.flags & rtnetlink.IFF_LOOPBACK:
            return _describe(link, sys)
    if last in by_name:
        return _describe(by_name[last], sys)
    ports = [_describe(link, sys) for link in links if not link.flags & rtnetlink.IFF_LOOPBACK]
    real = [port for port in ports if port.physical] or [
        port for port in ports if not port.name.startswith(_NOT_A_PORT) or port.name in ("veth", "tap")
    ]
    ranked = sorted(real or ports, key=lambda port: (not port.interface.carrier, port.wifi, port.interface.index))
    return ranked[0] if ranked else None


def read(port: Port | None, wanted: str, proc: Path, sys: Path) -> Outcome:
    """The link's reading. finding: link_down, wifi_disconnected or link_half_duplex."""
    if port is None:
        if wanted == "auto":
            return Reading(check=CHECK, finding="link_down", evidence={"reason": "this machine has no interface"})
        return Reading(
            check=CHECK, target=wanted, finding="link_down", evidence={"reason": f"there is no interface {wanted}"}
        )
    folder = sys / "class/net" / port.name
    evidence: dict[str, str | float | int | bool] = {"interface": port.name, "wifi": port.wifi}
    values = {"link_up": float(port.interface.carrier)}
    if not port.interface.carrier:
        evidence["reason"] = "no signal on the cable" if port.interface.up else "the interface is switched off"
        if port.wifi:
            evidence["reason"] = "not associated with an access point"
        finding = "wifi_disconnected" if port.wifi else "link_down"
        return Reading(check=CHECK, target=port.name, values=values, finding=finding, evidence=evidence)
    finding = ""
    with contextlib.suppress(OSError, ValueError):
        speed = int((folder / "speed").read_text())
        if speed > 0 and not port.wifi:
            values["link_bits_per_second"] = speed * 1e6
            evidence["speed_mbit"] = speed
    with contextlib.suppress(OSError):
        duplex = (folder / "duplex").read_text().strip()
        evidence["duplex"] = duplex
        if duplex == "half" and not port.wifi:
            finding = "link_half_duplex"
    if port.wifi and (signal := wifi_signal(port.name, proc)) is not None:
        values["wifi_signal_dbm"] = signal
    return Reading(check=CHECK, target=port.name, values=values, finding=finding, evidence=evidence)


def wifi_signal(name: str, proc: Path) -> float | None:
    """Signal level in dBm from /proc/net/wireless; None where the driver does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (proc / "net/wireless").read_text().splitlines():
            interface, colon, rest = line.partition(":")
            if colon and interface.strip() == name:
                level = float(rest.split()[2].rstrip("."))
                return level if level < 0 else None
    return None


def hindered(error: OSError) -> Outcome:
    return CannotMeasure(check=CHECK, reason=f"rtnetlink: {error.strerror or error}", remedy="")


def absent(check: str, reason: str) -> Outcome:
    return NothingToMeasure(check=check, reason=reason)
