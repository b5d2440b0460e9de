"""Rung 1, the link: which interface, carrier, speed, duplex, Wi-Fi signal. Linux only (sysfs, procfs, rtnetlink)."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from probes.guard import reason_of
from probes.linux import rtnetlink
from probes.network import wifi_linux
from probes.network.usual_networks import Book
from probes.reading import CannotMeasure, Evidence, Fact, Outcome, Reading
from probes.why import Why, because

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
    def tunnel(self) -> bool:
        """A VPN's interface: it has no cable of its own."""
        return not self.physical and not self.wifi and not self.speaks_arp

    @property
    def speaks_arp(self) -> bool:
        flags = rtnetlink.IFF_POINTOPOINT | rtnetlink.IFF_NOARP | rtnetlink.IFF_LOOPBACK
        return len(self.hardware) == 6 and not self.interface.flags & flags


def _describe(interface: rtnetlink.Interface, sys: Path) -> Port:
    folder = sys / "class/net" / interface.name
    wireless = (folder / "wireless").exists() or (folder / "phy80211").exists()
    wifi = wireless or (interface.name.startswith("wl") and not (folder / "device").exists())
    return Port(interface, interface.hardware, wifi, (folder / "device").exists())


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
    for route in (*rtnetlink.default_routes(4), *rtnetlink.default_routes(6)) if targets else ():
        if link := by_index.get(route.index):  # routes of this PC's own forbid the targets
            return _describe(link, sys)
    if last in by_name:
        return _describe(by_name[last], sys)
    ports = [_describe(link, sys) for link in links if not link.flags & rtnetlink.IFF_LOOPBACK]
    real = [port for port in ports if port.physical] or [
        port for port in ports if not port.name.startswith(_NOT_A_PORT) or port.name in ("veth", "tap")
    ]
    ranked = sorted(real or ports, key=lambda port: (not port.interface.carrier, port.wifi, port.interface.index))
    return ranked[0] if ranked else None


def beneath(tunnel: Port, sys: Path) -> Port | None:
    """The port that carries a VPN: the preferred default route's, past the tunnel. None where there is none."""
    by_index = {link.index: link for link in rtnetlink.interfaces()}
    for route in (*rtnetlink.default_routes(4), *rtnetlink.default_routes(6)):
        if route.index != tunnel.interface.index and (link := by_index.get(route.index)):
            port = _describe(link, sys)
            if not port.tunnel:
                return port
    return None


def named(name: str, sys: Path) -> Port | None:
    """The interface of this name; None where it has gone."""
    return next((_describe(link, sys) for link in rtnetlink.interfaces() if link.name == name), None)


def lit_cable(links: Sequence[rtnetlink.Interface], sys: Path) -> Port | None:
    """A cabled port that has a signal; None where there is none."""
    ports = (_describe(one, sys) for one in links if one.carrier and not one.name.startswith(_NOT_A_PORT))
    return next((one for one in ports if not one.wifi and one.speaks_arp), None)


def roamed(reading: Reading, roams: int) -> Reading:
    """With the count of changes between access points of one network."""
    return replace(reading, values={**reading.values, "wifi_roams": float(roams)})


def compared(reading: Reading, book: Book, least: float, now: float) -> Reading:
    """finding link_slower: the port negotiated less than it did before. least: below it the link is slow by itself."""
    speed = reading.values.get("link_bits_per_second", 0.0)
    before = book.slower(reading.target, speed, now) if speed else 0.0
    if not before or speed < least:
        return reading
    reason = because("link_slower", mbit=speed / 1e6, before=before / 1e6)
    evidence = {**reading.evidence, "before_mbit": round(before / 1e6), "reason": reason}
    return replace(reading, finding="link_slower", evidence=evidence)


def read(
    port: Port | None,
    wanted: str,
    station: wifi_linux.Station,
    neighbour: Evidence,
    sys: Path,
) -> Reading:
    """The link's reading. finding: link_down, wifi_disconnected or link_half_duplex.

    neighbour: evidence on the switch port, as it was while the cable was plugged.
    """
    if port is None:
        if wanted == "auto":
            return Reading(check=CHECK, finding="link_down", evidence={"reason": because("no_interface_at_all")})
        return Reading(
            check=CHECK, target=wanted, finding="link_down", evidence={"reason": because("no_interface", name=wanted)}
        )
    evidence: dict[str, Fact] = {"interface": port.name, "wifi": port.wifi, **neighbour}
    values = {"link_up": float(port.interface.carrier)}
    if not port.interface.carrier:
        evidence["reason"] = why_dark(port, neighbour)
        finding = "wifi_disconnected" if port.wifi else "link_down"
        return Reading(check=CHECK, target=port.name, values=values, finding=finding, evidence=evidence)
    finding = ""
    if port.wifi:
        _add_wifi(station, values, evidence)
    else:
        finding = _add_wire(sys / "class/net" / port.name, values, evidence)
    return Reading(check=CHECK, target=port.name, values=values, finding=finding, evidence=evidence)


def why_dark(port: Port, neighbour: Evidence) -> Why:
    """Why a link has no signal."""
    if port.wifi:
        return because("not_associated")
    if not port.interface.up:
        return because("switched_off")
    if "switch" in neighbour or "switch_port" in neighbour:
        switch, place = str(neighbour.get("switch", "?")), str(neighbour.get("switch_port", "?"))
        return because("no_signal_from", switch=switch, port=place)
    return because("no_signal")


def _add_wire(folder: Path, values: dict[str, float], evidence: dict[str, Fact]) -> str:
    with contextlib.suppress(OSError, ValueError):
        speed = int((folder / "speed").read_text())
        if speed > 0:
            values["link_bits_per_second"] = speed * 1e6
            evidence["speed_mbit"] = speed
    with contextlib.suppress(OSError):
        evidence["duplex"] = (folder / "duplex").read_text().strip()
    if evidence.get("duplex") == "half":
        evidence["reason"] = because("half_duplex")
        return "link_half_duplex"
    return ""


def _add_wifi(station: wifi_linux.Station, values: dict[str, float], evidence: dict[str, Fact]) -> None:
    if station.signal is not None:
        values["wifi_signal_dbm"] = station.signal
    if station.bits_per_second is not None:
        values["wifi_bits_per_second"] = station.bits_per_second
    said = {"network": station.network, "access_point": station.access_point}
    evidence.update({name: text for name, text in said.items() if text})
    if station.frequency:
        evidence["frequency_mhz"] = station.frequency


def hindered(error: OSError) -> Outcome:
    return CannotMeasure(check=CHECK, reason=reason_of(error))
