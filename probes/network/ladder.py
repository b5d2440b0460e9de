"""Walks the rungs from the plug outwards and stops asking where an answer is already impossible.

What stands above a broken rung is "cannot measure", never "failed": one cause, one fault. Rungs above the internet
are walked by upper.py.
"""

from __future__ import annotations

import asyncio
import ipaddress
import urllib.parse
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

from probes.child.isolate import Isolation
from probes.linux import rtnetlink
from probes.network import (
    address,
    dns,
    gateway,
    internet,
    link,
    neighbour_linux,
    profiles,
    proxy,
    resolving,
    service,
    wifi_linux,
)
from probes.network.echo_socket import PRIVILEGE_REMEDY
from probes.network.memory import Memory
from probes.network.settings import Settings
from probes.network.upper import Upper
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading

Step = Callable[[Outcome], None]
WIRED = "network.wired"
VPN = "network.vpn"
INTERNET, INTERNET6 = "network.internet", "network.internet6"
DUPLICATE_INTERVAL = 600.0
"""Seconds between two ARP probes for our own address while nothing changed; each new address is probed at once."""
FAR4, FAR6 = ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("2400::1")
"""Stand-ins for "somewhere far", for the route only, where no internet target is configured."""


async def probe(settings: Settings, context: Context, step: Step | None = None) -> list[Outcome]:
    """The whole ladder once. step: called with each outcome as it is known (the live view)."""
    memory = context.memory.setdefault("network", Memory())
    assert isinstance(memory, Memory)
    walk = _Walk(settings, context, memory, step)
    await walk.run()
    return walk.outcomes


class _Walk:
    """One walk. Later rungs read what earlier ones found. tunnel: a VPN's interface, port: what carries it."""

    def __init__(self, settings: Settings, context: Context, memory: Memory, step: Step | None) -> None:
        self.settings, self.context, self.memory, self.step = settings, context, memory, step
        self.outcomes: list[Outcome] = []
        self.port: link.Port | None = None
        self.tunnel: link.Port | None = None
        self.found: list[rtnetlink.LocalAddress] = []
        self.broken = ""

    def say(self, *outcomes: Outcome) -> None:
        for outcome in outcomes:
            self.outcomes.append(outcome)
            if self.step is not None:
                self.step(outcome)

    async def run(self) -> None:
        if not self._link():
            return None
        await self._address()
        if self.broken:
            return self._skip(gateway.CHECK, dns.CHECK, INTERNET, service.CHECK)
        await self._gateway_and_internet()
        if not self.broken:
            await Upper(self.settings, self.context, self.memory, self.say).run()
        return None

    def _skip(self, *checks: str) -> None:
        self.say(*(CannotMeasure(check=one, reason=f"not asked: {self.broken}") for one in checks))

    def _choose(self) -> None:
        settings, sys = self.settings, self.context.sys
        chosen = link.choose(settings.interface, (*settings.internet, *settings.internet6), self.memory.interface, sys)
        self.port = chosen
        if chosen is not None and chosen.tunnel and settings.interface == "auto":
            carrying = link.beneath(chosen, sys) or link.named(self.memory.wired or self.memory.interface, sys)
            if carrying is not None and carrying.name != chosen.name:
                self.tunnel, self.port = chosen, carrying

    def _link(self) -> bool:
        try:
            self._choose()
        except OSError as error:
            self.say(link.hindered(error))
            return False
        port, memory = self.port, self.memory
        station = wifi_linux.Station()
        if port is not None and port.wifi and port.interface.carrier:
            station = wifi_linux.station(port.name, port.interface.index, self.context.proc)
        reading = link.read(port, self.settings.interface, station, self._neighbour(), self.context.sys)
        if station.access_point:
            roams = float(memory.roamed(station.network, station.access_point))
            values = {**reading.values, "wifi_roams": roams}
            reading = Reading(check=reading.check, target=reading.target, values=values, evidence=reading.evidence)
        self.say(reading)
        self._wired()
        if port is not None:
            memory.interface = port.name
        if port is None or not port.interface.carrier:
            self.broken = "the link is down"
            self._skip(address.CHECK, gateway.CHECK, dns.CHECK, INTERNET, service.CHECK)
            return False
        return True

    def _neighbour(self) -> dict[str, str | float | int | bool]:
        """The switch port, as it is known now; a plugged cable is listened on, except by a single run."""
        neighbours, port = self.memory.neighbours, self.port
        if neighbours.file is None:
            neighbours.recall(self.context.state / neighbour_linux.FILE)
        if port is None or port.wifi:
            return {}
        isolation = self.context.memory.get("isolation")
        if not port.interface.carrier:
            neighbours.unplugged(port.name)
        elif port.speaks_arp and isinstance(isolation, Isolation) and self.context.wake != "once":
            neighbours.listen(port.name, self.context.monotonic(), isolation)
        found = neighbour_linux.evidence(neighbours.known.get(port.name, {}))
        return found or ({"neighbour": neighbours.hindrance} if neighbours.hindrance else {})

    def _wired(self) -> None:
        """A dead wall port stays a fault while Wi-Fi carries the meeting on."""
        port, memory = self.port, self.memory
        if self.settings.interface != "auto" or port is None:
            return
        if not port.wifi and port.speaks_arp and port.interface.carrier:
            memory.wired = port.name
        if memory.wired in ("", port.name):
            if not port.wifi:
                self.say(NothingToMeasure(check=WIRED, target=port.name, reason="the cable is in use"))
            return
        cable = link.named(memory.wired, self.context.sys)
        if cable is not None and cable.interface.carrier:
            self.say(NothingToMeasure(check=WIRED, target=memory.wired, reason="the cable has a signal"))
            return
        known = neighbour_linux.evidence(memory.neighbours.known.get(memory.wired, {}))
        why = link.why_dark(cable, known) if cable is not None else "the adapter has gone"
        evidence = {**known, "reason": f"{why}; {port.name} is used instead", "instead": port.name}
        self.say(Reading(check=WIRED, target=memory.wired, finding="wired_link_down", evidence=evidence))

    async def _address(self) -> None:
        assert self.port is not None
        self.found = address.on(self.port)
        if address.usable(self.found, 4):
            self.memory.had_ipv4.add(self.port.name)
        reading = address.read(self.port, self.found, self.port.name in self.memory.had_ipv4)
        evidence = dict(reading.evidence)
        finding = reading.finding
        if not finding and self.port.speaks_arp:
            try:
                if twin := await self._duplicate():
                    finding = "duplicate_address"
                    evidence |= {"duplicate": twin[0], "other_hardware": twin[1]}
                    evidence["reason"] = f"{twin[1]} uses {twin[0]} too"
            except PermissionError:
                evidence["duplicate_check"] = f"not done. {PRIVILEGE_REMEDY}"
            except OSError as error:
                evidence["duplicate_check"] = f"not done: {error.strerror}"
        self.say(
            Reading(
                check=reading.check, target=reading.target, values=reading.values, finding=finding, evidence=evidence
            )
        )
        if finding == "no_address":
            self.broken = "there is no address"

    async def _duplicate(self) -> tuple[str, str] | None:
        assert self.port is not None
        own = tuple(str(one.address) for one in self.found)
        kept = self.memory.kept.get("duplicate")
        due = kept is None or self.context.monotonic() - kept[0] >= DUPLICATE_INTERVAL or kept[1]
        if not due and own == self.memory.probed and self.context.wake != "once":
            return None
        twin = await address.find_duplicate(self.port, self.found, self.settings.timeout * 0.4)
        marks: list[Outcome] = [NothingToMeasure(check="duplicate")] if twin else []
        self.memory.kept["duplicate"] = (self.context.monotonic(), marks)
        self.memory.probed = own
        return twin

    def _way_out(self, version: int) -> rtnetlink.Route | None:
        """The kernel's choice for a far packet; under a VPN the route that carries the tunnel."""
        if self.tunnel is not None and self.port is not None:
            index = self.port.interface.index
            return next((one for one in rtnetlink.default_routes(version) if one.index == index), None)
        targets = self.settings.internet if version == 4 else self.settings.internet6
        far = ipaddress.ip_address(targets[0]) if targets else (FAR4 if version == 4 else FAR6)
        return rtnetlink.route_to(far)

    async def _gateway_and_internet(self) -> None:
        """Gateway, resolvers and internet are asked together: silence costs one waiting time and not three."""
        assert self.port is not None
        settings, timeout, port = self.settings, self.settings.timeout, self.port
        four = [one.address for one in address.usable(self.found, 4) if isinstance(one.address, IPv4Address)]
        source = four[0] if four else None
        version = 4 if four else 6
        targets = settings.internet if version == 4 else settings.internet6
        finding = "internet_unreachable"
        route = self._way_out(version)
        if route is None and targets:
            self.say(await gateway.read(port, None, source, targets, timeout))
            self.broken = "there is no route"
            return self._skip(dns.CHECK, INTERNET, service.CHECK)
        direct = not proxy.proxy_for(settings.proxy, "https://example.com/")
        servers = dns.resolvers(settings.resolvers, Path(settings.resolv_conf))
        route6 = self._way_out(6) if version == 4 and address.usable(self.found, 6) and not self.tunnel else None
        dns.prepare()
        near, names, world, near6, world6 = await asyncio.gather(
            gateway.read(port, route, source, targets, timeout),
            resolving.read(servers, self._name(), "A" if version == 4 else "AAAA", settings, 2 * timeout),
            self._world(INTERNET, targets, finding, direct),
            self._near6(route6),
            self._world(INTERNET6, settings.internet6, "internet6_unreachable", route6 is not None and direct),
        )
        near, near6 = _passed(near, world), _passed(near6, world6)
        self.say(near)
        if isinstance(near, Reading) and near.finding:
            self.broken = "the gateway does not answer"
            return self._skip(dns.CHECK, INTERNET, service.CHECK)
        cut_off = isinstance(world, Reading) and bool(world.finding)
        if self.tunnel is not None and await self._vpn(targets, cut_off):
            self.broken = "the VPN carries nothing"
            return self._skip(dns.CHECK, INTERNET, service.CHECK)
        dead = any(isinstance(one, Reading) and one.finding == "dns_dead" for one in names)
        if dead and cut_off and servers and not any(self._on_link(one) for one in servers):
            names = [CannotMeasure(check=dns.CHECK, reason="the resolvers lie beyond the broken internet connection")]
            dead = False
        self.say(*names, world)
        if not isinstance(near6, NothingToMeasure):
            self.say(near6)
        if isinstance(near6, Reading) and near6.finding:
            world6 = CannotMeasure(check=INTERNET6, reason="not asked: the IPv6 gateway does not answer")
        if not isinstance(world6, NothingToMeasure):
            self.say(world6)
        if cut_off or dead:
            self.broken = "DNS is dead" if dead else "the internet cannot be reached"
            self._skip(service.CHECK)
        return None

    async def _near6(self, route: rtnetlink.Route | None) -> Outcome:
        assert self.port is not None
        if route is None:
            return NothingToMeasure(check=gateway.CHECK6, reason="no IPv6 address with a way out")
        targets, wait = self.settings.internet6, self.settings.timeout
        return await gateway.read(self.port, route, None, targets, wait, gateway.CHECK6, "gateway6_unreachable")

    async def _vpn(self, targets: tuple[str, ...], cut_off: bool) -> bool:
        """Say how the tunnel does; True when it is what cuts the room off: past it the internet answers."""
        assert self.tunnel is not None
        assert self.port is not None
        evidence: dict[str, str | float | int | bool] = {"interface": self.tunnel.name, "carried_by": self.port.name}
        past: Outcome | None = None
        if cut_off:
            past = await internet.read(
                INTERNET, targets, self.settings.internet_port, self.settings.timeout, "cut", self.port.name
            )
        guilty = isinstance(past, Reading) and not past.finding
        if guilty:
            evidence["reason"] = f"the internet answers over {self.port.name}, but not through the tunnel"
        self.say(Reading(check=VPN, target=self.tunnel.name, finding="vpn_dead" if guilty else "", evidence=evidence))
        return guilty

    def _on_link(self, server: str) -> bool:
        one = ipaddress.ip_address(server.split("%")[0])
        route = rtnetlink.route_to(one) if not one.is_loopback else None
        return one.is_loopback or (route is not None and route.gateway is None)

    def _name(self) -> str:
        if self.settings.dns_name:
            return self.settings.dns_name
        try:
            known = profiles.load(self.settings.services_file)
        except profiles.ProfileError:
            known = {}
        for ident in self.settings.services:
            if ident in known:
                return urllib.parse.urlsplit(known[ident].url).hostname or "example.com"
        return "example.com"

    async def _world(self, check: str, targets: tuple[str, ...], finding: str, wanted: bool) -> Outcome:
        if not targets or not wanted:
            return NothingToMeasure(check=check, reason="not configured, or everything goes through a proxy")
        return await internet.read(check, targets, self.settings.internet_port, self.settings.timeout, finding)


def _passed(near: Outcome, world: Outcome) -> Outcome:
    """A gateway that keeps silent is alive all the same where packets pass through it."""
    silent = isinstance(near, Reading) and near.finding in ("gateway_unreachable", "gateway6_unreachable")
    if isinstance(near, Reading) and silent and isinstance(world, Reading) and not world.finding:
        evidence = {**near.evidence, "reason": "silent itself, but packets pass through it"}
        return Reading(check=near.check, target=near.target, evidence=evidence, passive=True)
    return near
