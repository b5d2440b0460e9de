"""Everything beyond the room's own address, asked at once: silence costs one waiting time and not five.
Where nothing beyond answers that used to, the walk ends early, so that an alarm does not wait for every time-out. Where
the time is up, what is known goes into the verdict.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, TypeVar

from probes.guard import reason_of
from probes.linux import rtnetlink
from probes.network import (
    address,
    dns_question,
    duplicate,
    gateway,
    internet,
    judge_ladder,
    link,
    lossy_hop,
    portal,
    profiles,
    proxy,
    resolvers,
)
from probes.network.judge_ladder import Walked
from probes.network.resolvers import Said
from probes.network.run_memory import Memory
from probes.network.settings import Settings
from probes.network.stall import StallWatch
from probes.network.system_names import literal
from probes.network.walk_above_internet import CAUSES, FAR_PAGE, PORTAL, RELAYS, SERVICES, STREAM, Upper
from probes.reading import CannotMeasure, Context, Fact, NothingToMeasure, Outcome, Reading
from probes.why import because

VPN = "network.vpn"
FAR4, FAR6 = ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("2400::1")
"""Stand-ins for "somewhere far", for the route only, where no internet target is configured."""
LIES_SECONDS = 30.0
"""Between two questions for a made-up name: who invents answers does so all day."""
SILENCE_SECONDS = 0.4
"""Targets answer, or one of the service's own addresses does, within this time where the line is sound."""
PORTAL_SECONDS = 0.3
"""A login page answers from nearby; it is asked since the silence began."""
SLOW_SECONDS = 1.0
"""A rung that has not answered by then may be in trouble: those above are asked beside it, to save their time."""
Anchors = tuple[tuple[str, int], ...]
T = TypeVar("T")


@dataclass
class Beyond:
    """One walk from the gateway on. own: hardware addresses of this machine. until: of the event loop's clock."""

    settings: Settings
    context: Context
    memory: Memory
    port: link.Port
    tunnel: link.Port | None
    found: list[rtnetlink.LocalAddress]
    until: float
    own: frozenset[bytes] = frozenset()
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.four = address.usable(self.found, 4)
        self.version = 4 if self.four else 6
        self.targets = self.settings.internet if self.four else self.settings.internet6
        self.route = self._way_out(self.version)
        self.network = address.network(self.four or address.usable(self.found, 6), self.route)
        six = address.usable(self.found, 6)
        self.route6 = self._way_out(6) if self.four and six and not self.tunnel else None
        self.network6 = address.network(six, self.route6)
        self.stall = StallWatch()
        self.upper = Upper(self.settings, self.context, self.memory, self.network, self.until)

    async def walk(self, reading: Reading) -> Walked:
        """reading: that of the address. Leaves nothing running behind."""
        dns_question.prepare()
        settings, memory = self.settings, self.memory
        memory.names.begin()
        own = str(self.four[0].address) if self.four else ""
        await memory.proxies.refresh(
            settings, self.upper.pages(), own, memory.names, lambda: memory.tls_context(settings.ca_file), self.context
        )
        direct = memory.proxies.way(FAR_PAGE).direct
        try:
            near = self._start(gateway.CHECK, self._near())
            world = self._start(internet.CHECK, self._world(internet.CHECK, self.targets, direct, self._anchors()))
            near6, world6 = None, None
            if self.route6 is not None:
                near6 = self._start(gateway.CHECK6, self._near6(self.route6))
                world6 = self._start(internet.CHECK6, self._world(internet.CHECK6, settings.internet6, direct, ()))
            twin = self._start(address.CHECK, duplicate.look(self.port, self.found, self.own, settings.timeout))
            said = self._start(dns_question.CHECK, self._resolvers())
            self.upper.begin(everything=False)
            await asyncio.wait({near, world}, timeout=SILENCE_SECONDS)
            if not world.done():
                self.upper.begin(only=PORTAL)  # silence may be a login page's
            await asyncio.wait({near, world}, timeout=self._left())
            cut = self._cut(_done(near), _done(world))
            if cut and any(isinstance(one, Reading) for one in await self.upper.seen(PORTAL, PORTAL_SECONDS)):
                cut = ""  # somebody answers, be it the page itself or a login in its place
            above: dict[str, list[Outcome]] = {}
            if not cut:
                await self._look_above(near, world, world6, said)
                above = await self.upper.finish()
                if self.route is not None:
                    here = str(self.four[0].address if self.four else self.port.name)
                    place = lossy_hop.Place(self.port, self.route, self.own, here)
                    for key in (RELAYS, STREAM):
                        above[key] = [await place.told(one, settings.loss_ratio) for one in above.get(key, [])]
            vpn = await self._vpn(_outcome(world, internet.CHECK))
            outcomes = [_outcome(near, gateway.CHECK), _outcome(near6, gateway.CHECK6)]
            outcomes += [_outcome(world, internet.CHECK), _outcome(world6, internet.CHECK6)]
            return self._walked(duplicate.noted(reading, _done(twin)), outcomes, vpn, _done(said), above, cut)
        finally:
            await self.upper.stop()
            for one in self._tasks:
                one.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, check: str, rung: Coroutine[Any, Any, T]) -> asyncio.Task[T | CannotMeasure]:
        """A rung of its own: what it raises is its own "cannot measure"."""

        async def guarded() -> T | CannotMeasure:
            begun = asyncio.get_running_loop().time()
            try:
                found = await rung
            except Exception as error:
                return CannotMeasure(check=check, reason=reason_of(error))
            if isinstance(found, Reading) and found.finding in judge_ladder.SILENT:
                found = replace(found, lasted=asyncio.get_running_loop().time() - begun)
            return found

        task = asyncio.create_task(guarded())
        self._tasks.append(task)
        return task

    def _left(self) -> float:
        return max(0.0, self.until - asyncio.get_running_loop().time())

    def _way_out(self, version: int) -> rtnetlink.Route | None:
        """The kernel's choice for a far packet; under a VPN the route that carries the tunnel."""
        if self.tunnel is not None:
            index = self.port.interface.index
            return next((one for one in rtnetlink.default_routes(version) if one.index == index), None)
        targets = self.settings.internet if version == 4 else self.settings.internet6
        for far in map(ipaddress.ip_address, targets) if targets else (FAR4 if version == 4 else FAR6,):
            if (route := rtnetlink.route_to(far)) is not None:
                return route
        return next(iter(rtnetlink.default_routes(version)), None)  # routes of this PC's own may forbid the targets

    async def _near(self) -> Outcome:
        source = self.four[0].address if self.four else None
        from_here = source if isinstance(source, IPv4Address) else None
        return await gateway.read(self.port, self.route, from_here, self.targets, self.settings.timeout, self.own)

    async def _near6(self, route: rtnetlink.Route) -> Outcome:
        targets, timeout = self.settings.internet6, self.settings.timeout
        return await gateway.read(
            self.port, route, None, targets, timeout, check=gateway.CHECK6, finding="gateway6_unreachable"
        )

    async def _world(self, check: str, targets: tuple[str, ...], wanted: bool, anchors: Anchors) -> Outcome:
        if not targets or not wanted:
            return NothingToMeasure(check=check, reason=because("no_targets"))
        finding = "internet6_unreachable" if check == internet.CHECK6 else "internet_unreachable"
        port, timeout = self.settings.internet_port, self.settings.timeout
        return await internet.read(check, targets, port, timeout, finding, anchors=anchors)

    def _anchors(self) -> Anchors:
        """Where a meeting service answered when it last did: beyond the line, without a name."""
        known, looks = self.memory.book.usual.addresses, self.upper.profiles().values()
        found = ((one, profiles.port_of(each)) for each in looks for one in known.get(profiles.host_of(each), ()))
        return tuple((one, port) for one, port in found if (":" in one) is (self.version == 6))

    async def _resolvers(self) -> Said:
        settings, kept, now = self.settings, self.memory.kept.get("lies"), self.context.monotonic()
        servers = dns_question.resolvers(settings.resolvers, Path(settings.resolv_conf))
        lies = settings.dns_hijack_check and (
            kept is None or self.context.wake != "interval" or now - kept[0] >= LIES_SECONDS or bool(kept[1].addresses)
        )
        kind = "A" if self.version == 4 else "AAAA"
        said = await resolvers.ask(servers, self._name(), kind, settings, self.memory.names, lies=lies)
        if said.made_up is not None:
            self.memory.kept["lies"] = now, said.made_up
        return said

    def _name(self) -> str:
        """The name that programs of this PC need: the first service's, or that of the proxy in between."""
        if self.settings.dns_name:
            return self.settings.dns_name
        first = next(iter(self.upper.profiles().values()), None)
        if first is None:
            return "example.com"
        through = self.memory.proxies.way(first.url).proxies[0]
        host = portal.host_of(through) if through and not proxy.unusable(through) else ""
        return host if host and not literal(host) else profiles.host_of(first)

    def _cut(self, near: Outcome | None, world: Outcome | None) -> str:
        """The fault for which there is no use in waiting longer: nothing beyond answers that used to; "" for none."""
        if judge_ladder.fault(near) == "no_route":
            return ""  # what fails for the lack of a way fails at once, and a proxy on the same link needs none
        if judge_ladder.fault(world) != "internet_unreachable" or self.upper.reached:
            return ""
        book, now = self.memory.book, self.context.now()
        used_to = book.answers(self.network, "internet", now) or (self._anchors() and book.serves(self.network))
        return "internet_unreachable" if used_to else ""

    async def _look_above(
        self,
        near: asyncio.Task[Any],
        world: asyncio.Task[Any],
        world6: asyncio.Task[Any] | None,
        said: asyncio.Task[Said | CannotMeasure],
    ) -> None:
        """Wait for the rungs below; where one of them is in trouble, those above are asked now, due or not."""
        _, slow = await asyncio.wait({near, world, said}, timeout=SLOW_SECONDS)
        if slow:
            self.upper.begin(everything=True)
        await asyncio.wait(self._tasks, timeout=min(self._left(), resolvers.MOST_SECONDS))
        found = _done(said)
        names = resolvers.judge(found, None, self.settings) if isinstance(found, Said) else []
        lower = [_done(near), _done(world), *names]
        if world6 is not None and self.memory.book.answers(self.network6, "internet6", self.context.now()):
            lower.append(_done(world6))
        if not isinstance(found, Said) or any(judge_ladder.fault(one) for one in lower):
            self.upper.begin(everything=True)

    async def _vpn(self, world: Outcome) -> Outcome | None:
        """How the tunnel does: it is what cuts the room off where the internet answers past it."""
        if self.tunnel is None:
            return None
        settings = self.settings
        evidence: dict[str, Fact] = {"interface": self.tunnel.name, "carried_by": self.port.name}
        guilty = False
        if judge_ladder.fault(world):
            args = (internet.CHECK, self.targets, settings.internet_port, settings.timeout, "cut", self.port.name)
            guilty = judge_ladder.works(await internet.read(*args))
        if guilty:
            evidence["reason"] = because("past_tunnel", name=self.port.name)
        return Reading(check=VPN, target=self.tunnel.name, finding="vpn_dead" if guilty else "", evidence=evidence)

    def _walked(
        self,
        reading: Reading,
        lower: list[Outcome],
        vpn: Outcome | None,
        said: Said | CannotMeasure | None,
        above: dict[str, list[Outcome]],
        cut: str,
    ) -> Walked:
        book, now = self.memory.book, self.context.now()
        for one, network, name in zip(lower[2:], (self.network, self.network6), ("internet", "internet6"), strict=True):
            if isinstance(one, Reading) and one.values and not one.finding:
                book.answered(network, name, now)
        causes = above.get(CAUSES, [])
        services = above.get(SERVICES, [])
        if cut:
            services = [
                CannotMeasure(check=one, reason=because("not_asked", fault=cut)) for one in judge_ladder.TOP[2:]
            ]
        asked = self.upper.profiles().values()
        return Walked(
            address=reading,
            gateway=lower[0],
            gateway6=lower[1],
            vpn=vpn,
            internet=lower[2],
            internet6=lower[3],
            dns=self._dns(said, causes, cut),
            unanswered=isinstance(said, Said) and said.unanswered,
            needed=all(self.memory.proxies.way(one.url).direct for one in asked),
            proxies=tuple(one for one in services if one.check == proxy.CHECK),
            portal=next((one for one in (*causes, *above.get(PORTAL, [])) if one.check == portal.CHECK), None),
            causes=tuple(one for one in causes if one.check not in (portal.CHECK, dns_question.CHECK)),
            services=tuple(one for one in services if one.check != proxy.CHECK),
            media=(*above.get(RELAYS, []), *above.get(STREAM, [])),
            usual=book.answers(self.network, "internet", now),
            usual6=book.answers(self.network6, "internet6", now),
            serves=book.serves(self.network),
            elsewhere=book.serving(self.network),
            families=self.upper.families,
            here=self.network,
            stalled=self.stall.worst,
        )

    def _dns(self, said: Said | CannotMeasure | None, causes: list[Outcome], cut: str) -> tuple[Outcome, ...]:
        if not isinstance(said, Said):
            why = because("not_asked", fault=cut) if cut else because("late")
            return (said or CannotMeasure(check=dns_question.CHECK, reason=why),)
        wrong = [one for one in causes if one.check == dns_question.CHECK]
        outcomes = resolvers.judge(said, self.memory.names.seen.get(said.name), self.settings)
        chosen = resolvers.decisive(said.answers)
        beyond = chosen is not None and not self._on_link(chosen.resolver)
        judged = [resolvers.placed(one, beyond) for one in outcomes]
        return tuple(wrong[0] if wrong and one.check == dns_question.CHECK else one for one in judged)

    def _on_link(self, server: str) -> bool:
        one = ipaddress.ip_address(server.split("%")[0])
        route = rtnetlink.route_to(one) if not one.is_loopback else None
        return one.is_loopback or (route is not None and route.gateway is None)


def _done(task: asyncio.Task[T]) -> T | None:
    return task.result() if task.done() else None


def _outcome(task: asyncio.Task[Outcome] | None, check: str) -> Outcome:
    if task is None:
        return NothingToMeasure(check=check, reason=because("no_ipv6"))
    return task.result() if task.done() else CannotMeasure(check=check, reason=because("late"))
