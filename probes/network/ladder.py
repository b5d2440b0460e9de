"""Walks the rungs from the plug outwards and stops asking where an answer is already impossible.

What stands above a broken rung is "cannot measure", never "failed": one cause, one fault.
"""

from __future__ import annotations

import asyncio
import ipaddress
import urllib.parse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from probes import rtnetlink
from probes.network import address, dns, gateway, internet, link, media, portal, profiles, proxy, resolving, service
from probes.network.echo_socket import PRIVILEGE_REMEDY
from probes.network.settings import Settings
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading

Step = Callable[[Outcome], None]
DUPLICATE_INTERVAL = 600.0
"""Seconds between two ARP probes for our own address while nothing changed; each new address is probed at once."""


@dataclass
class Memory:
    """What the probe keeps between runs: outcomes of slow rungs, the client, the interface used last."""

    interface: str = ""
    clients: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, tuple[float, list[Outcome]]] = field(default_factory=dict)
    probed: tuple[str, ...] = ()
    context_of: str | None = None
    tls: Any = None

    def client(self, ca_file: str, proxy_url: str) -> Any:
        """The shared client for one proxy (or none). Raises OSError where the file of authorities is bad."""
        if self.context_of != ca_file:
            self.tls, self.context_of = service.tls_context(ca_file), ca_file
            self.clients.clear()
        if proxy_url not in self.clients:
            self.clients[proxy_url] = service.make_client(self.tls, proxy_url)
        return self.clients[proxy_url]


async def probe(settings: Settings, context: Context, step: Step | None = None) -> list[Outcome]:
    """The whole ladder once. step: called with each outcome as it is known (the live view)."""
    memory = context.memory.setdefault("network", Memory())
    assert isinstance(memory, Memory)
    walk = _Walk(settings, context, memory, step)
    await walk.run()
    return walk.outcomes


class _Walk:
    """One walk. Later rungs read what earlier ones found."""

    def __init__(self, settings: Settings, context: Context, memory: Memory, step: Step | None) -> None:
        self.settings, self.context, self.memory, self.step = settings, context, memory, step
        self.outcomes: list[Outcome] = []
        self.port: link.Port | None = None
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
            return self._skip("network.gateway", dns.CHECK, "network.internet", service.CHECK)
        await self._gateway_and_internet()
        if not self.broken:
            await self._services()
        return None

    def _skip(self, *checks: str) -> None:
        self.say(*(CannotMeasure(check=one, reason=f"not asked: {self.broken}") for one in checks))

    def _link(self) -> bool:
        settings, context = self.settings, self.context
        try:
            self.port = link.choose(settings.interface, settings.internet, self.memory.interface, context.sys)
        except OSError as error:
            self.say(link.hindered(error))
            return False
        reading = link.read(self.port, settings.interface, context.proc, context.sys)
        if self.port is not None:
            self.memory.interface = self.port.name
        self.say(reading)
        if self.port is None or not self.port.interface.carrier:
            self.broken = "the link is down"
            self._skip("network.address", "network.gateway", dns.CHECK, "network.internet", service.CHECK)
            return False
        return True

    async def _address(self) -> None:
        assert self.port is not None
        self.found = address.on(self.port)
        reading = address.read(self.port, self.found)
        evidence = dict(reading.evidence)
        finding = reading.finding
        if not finding and self.port.speaks_arp:
            try:
                if twin := await self._duplicate():
                    finding = "duplicate_address"
                    evidence |= {"duplicate": twin[0], "other_hardware": twin[1]}
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

    async def _gateway_and_internet(self) -> None:
        """Gateway, resolvers and internet are asked together: silence costs one waiting time and not three."""
        assert self.port is not None
        settings, timeout = self.settings, self.settings.timeout
        far = ipaddress.ip_address(settings.internet[0]) if settings.internet else ipaddress.ip_address("1.1.1.1")
        four = [one.address for one in address.usable(self.found, 4) if isinstance(one.address, IPv4Address)]
        proxied = proxy.proxy_for(settings.proxy, "https://example.com/")
        servers = dns.resolvers(settings.resolvers, Path(settings.resolv_conf))
        route = rtnetlink.route_to(far)
        six = bool(address.usable(self.found, 6)) and rtnetlink.route_to(ipaddress.ip_address("2400::1")) is not None

        near, names, world, world6 = await asyncio.gather(
            gateway.read(self.port, route, four[0] if four else None, settings.internet, timeout),
            resolving.read(servers, self._name(), settings.dns_expect, settings.dns_hijack_check, 2 * timeout),
            self._world("network.internet", settings.internet, "internet_unreachable", not proxied),
            self._world("network.internet6", settings.internet6, "internet6_unreachable", six and not proxied),
        )
        beyond = isinstance(world, Reading) and not world.finding
        if isinstance(near, Reading) and near.finding == "gateway_unreachable" and beyond:
            evidence = {**near.evidence, "reason": "silent itself, but packets pass through it"}
            near = Reading(check=near.check, target=near.target, evidence=evidence, passive=True)
        self.say(near)
        if isinstance(near, Reading) and near.finding:
            self.broken = "the gateway does not answer" if near.finding != "no_route" else "there is no route"
            return self._skip(dns.CHECK, "network.internet", service.CHECK)
        dead = any(isinstance(one, Reading) and one.finding == "dns_dead" for one in names)
        cut_off = isinstance(world, Reading) and bool(world.finding)
        if dead and cut_off and servers and not any(self._on_link(one) for one in servers):
            names = [CannotMeasure(check=dns.CHECK, reason="the resolvers lie beyond the broken internet connection")]
            dead = False
        self.say(*names, world)
        if not isinstance(world6, NothingToMeasure):
            self.say(world6)
        if cut_off or dead:
            self.broken = "DNS is dead" if dead else "the internet cannot be reached"
            self._skip(service.CHECK)
        return None

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

    async def _slow(self, key: str, interval: float, run: Callable[[], Awaitable[list[Outcome]]]) -> None:
        """Run a rung that is due, or repeat what it said last. Trouble, events and people are answered freshly."""
        now = self.context.monotonic()
        kept = self.memory.kept.get(key)
        if kept is not None and self.context.wake == "interval" and now - kept[0] < interval:
            calm = not any(isinstance(one, Reading) and one.finding for one in kept[1])
            if calm:
                return self.say(*kept[1])
        outcomes = await run()
        self.memory.kept[key] = (now, outcomes)
        return self.say(*outcomes)

    async def _services(self) -> None:
        settings = self.settings
        if settings.portal_url:
            url = settings.portal_url
            if not proxy.proxy_for(settings.proxy, url):
                await self._slow(
                    "portal",
                    settings.portal_interval,
                    lambda: _listed(portal.read(url, settings.portal_expect, settings.service_timeout)),
                )
        await self._slow("service", settings.service_interval, self._ask_services)
        await self._slow("stun", settings.service_interval, self._ask_stun)
        if settings.echo_server:
            if self.context.in_meeting is not False and not settings.stream_in_meeting:
                reason = "a meeting runs or may run: no probe stream"
                return self.say(CannotMeasure(check=media.STREAM, target=settings.echo_server, reason=reason))
            stream = media.read_stream(settings.echo_server, settings.echo_key_file, settings.stream_seconds)
            await self._slow("stream", settings.stream_interval, lambda: _listed(stream))
            stream.close()
        return None

    async def _ask_stun(self) -> list[Outcome]:
        servers = self.settings.stun
        if not servers:
            try:
                known = profiles.load(self.settings.services_file)
            except profiles.ProfileError:
                known = {}
            servers = tuple(one for ident in self.settings.services if ident in known for one in known[ident].stun)
        return [await media.read_stun(servers, self.settings.timeout)]

    async def _ask_services(self) -> list[Outcome]:
        settings = self.settings
        try:
            known = profiles.load(settings.services_file)
        except profiles.ProfileError as error:
            return [CannotMeasure(check=service.CHECK, reason=str(error))]
        asked: list[Awaitable[Outcome]] = []
        outcomes: list[Outcome] = []
        proxies: set[str] = set()
        for ident in settings.services:
            profile = known.get(ident)
            if profile is None:
                remedy = f"Known in the file: {', '.join(known)}. Set probes.network.services."
                reason = f"there is no service profile {ident!r}"
                outcomes.append(CannotMeasure(check=service.CHECK, target=ident, reason=reason, remedy=remedy))
                continue
            through = proxy.proxy_for(settings.proxy, profile.url)
            proxies.add(through)
            try:
                client = self.memory.client(settings.ca_file, through)
            except (OSError, ValueError) as error:
                remedy = "Set probes.network.ca_file or probes.network.proxy."
                outcomes.append(CannotMeasure(check=service.CHECK, target=ident, reason=str(error), remedy=remedy))
                continue
            timeout, now = settings.service_timeout, self.context.now()
            asked.append(service.read(client, ident, profile, timeout, now, bool(through)))
        outcomes += [await proxy.read(one, settings.timeout) for one in sorted(proxies) if one]
        return outcomes + list(await asyncio.gather(*asked))


async def _listed(one: Awaitable[Outcome]) -> list[Outcome]:
    return [await one]
