"""The rungs above the internet: login page, proxy, conferencing service, media path. Asked seldom while all is well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from probes.guard import reason_of
from probes.judge_reading import Status, judge
from probes.network import media_relays, portal, profiles, proxy, proxy_choice, service, stream, why_service
from probes.network.profiles import Profile
from probes.network.run_memory import Memory
from probes.network.service import ServiceLook
from probes.network.settings import Settings, thresholds
from probes.reading import CannotMeasure, Context, Outcome, Reading
from probes.why import because

LOGIN_SECONDS = 0.5
"""Where a login is asked for, no service is waited for that cannot be reached before it."""
EARLY = 0.9
"""Share of an interval after which a rung is due: the probe's own runs come a twentieth early or late, and a rung must
not miss every second one."""
FAR_PAGE = "https://example.com/"
"""Stands for pages anywhere: whether they are reached without a proxy."""
Ask = Callable[[], Awaitable[list[Outcome]]]
PROXY, PORTAL, SERVICES, CAUSES, RELAYS, STREAM = "proxy", "portal", "service", "cause", "relay", "stream"
CHECKS = {
    PROXY: proxy.CHECK,
    PORTAL: portal.CHECK,
    SERVICES: service.CHECK,
    RELAYS: media_relays.CHECK,
    STREAM: stream.STREAM,
}


@dataclass
class Upper:
    """One walk over them. until: of the event loop's clock, when everything must be said.

    ``begin`` starts what is due; ``finish`` gives what every rung says, the kept word of those that were not asked.
    """

    settings: Settings
    context: Context
    memory: Memory
    network: str
    until: float
    looks: dict[str, ServiceLook] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[list[Outcome]]] = field(default_factory=dict)
    _causes: list[Outcome] = field(default_factory=list)
    _rungs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            self.known, self.problem = profiles.load(self.settings.services_file), ""
        except profiles.ProfileError as error:
            self.known, self.problem = {}, str(error)

    def begin(self, *, everything: bool = False, only: str = "") -> None:
        """Start the rungs that are due, or all of them that are not under way yet, or only the named one."""
        settings = self.settings
        rungs: list[tuple[str, float, Ask]] = [
            (SERVICES, settings.service_interval, self._ask_services),
            (RELAYS, settings.media_interval, self._ask_relays),
        ]
        if settings.portal_url and self.memory.proxies.way(settings.portal_url).direct:
            rungs.append((PORTAL, settings.portal_interval, self._ask_portal))
        if settings.echo_server:
            rungs.append((STREAM, settings.stream_interval, self._ask_stream))
        self._rungs = [key for key, _, _ in rungs]
        for key, interval, ask in rungs:
            wanted = key == only if only else everything or self._due(key, interval)
            if key not in self._tasks and wanted:
                self._tasks[key] = asyncio.create_task(self._guarded(key, ask))

    @property
    def reached(self) -> bool:
        """A service has taken a connection just now."""
        return any("service_connect_seconds" in look.values for look in self.looks.values())

    @property
    def families(self) -> frozenset[int]:
        """By which of IPv4 and IPv6 services were reached."""
        addresses = (str(look.evidence.get("address", "")) for look in self.looks.values() if not look.finding)
        return frozenset(6 if ":" in one else 4 for one in addresses if one)

    @property
    def running(self) -> set[asyncio.Task[list[Outcome]]]:
        return {one for one in self._tasks.values() if not one.done()}

    async def seen(self, key: str, wait: float) -> list[Outcome]:
        """What a rung that was started says within so many seconds; empty where it says nothing in time."""
        task = self._tasks.get(key)
        if task is not None:
            await asyncio.wait({task}, timeout=max(0.0, wait))
        return task.result() if task is not None and task.done() else []

    async def finish(self) -> dict[str, list[Outcome]]:
        """By rung. One that is not done by ``until`` cannot be measured; what it found out by then is not lost."""
        if self._tasks:
            loop = asyncio.get_running_loop()
            if _wants_login(await self.seen(PORTAL, 0.0)):
                self.until = min(self.until, loop.time() + LOGIN_SECONDS)
            await asyncio.wait(self._tasks.values(), timeout=max(0.0, self.until - loop.time()))
        kept = {key: self.memory.kept[key] for key in (*self._rungs, CAUSES) if key in self.memory.kept}
        found = {key: list(said) for key, (_, said) in kept.items()}
        for key, task in self._tasks.items():
            if task.done():
                found[key] = task.result()
                self.memory.kept[key] = (self.context.monotonic(), task.result())
            else:
                found[key] = [CannotMeasure(check=CHECKS[key], reason=because("late"))]
        if SERVICES in self._tasks:
            found[CAUSES] = list(self._causes)
            self.memory.kept[CAUSES] = (self.context.monotonic(), list(self._causes))
        await self.stop()
        return found

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def pages(self) -> list[str]:
        """What is asked for through a proxy, where there is one."""
        pages = [FAR_PAGE, self.settings.portal_url, *(one.url for one in self.profiles().values())]
        return [one for one in dict.fromkeys(pages) if one]

    def profiles(self) -> dict[str, Profile]:
        """Those of the configured services that the file knows, the important one first."""
        return {ident: self.known[ident] for ident in self.settings.services if ident in self.known}

    def _left(self, wait: float) -> float:
        return max(0.2, min(wait, self.until - asyncio.get_running_loop().time()))

    def _due(self, key: str, interval: float) -> bool:
        """Trouble, events and people are answered freshly."""
        kept = self.memory.kept.get(key)
        if kept is None or self.context.wake != "interval" or self.context.monotonic() - kept[0] >= EARLY * interval:
            return True
        limits = thresholds(self.settings)
        return any(isinstance(one, Reading) and judge(one, limits).status is not Status.OK for one in kept[1])

    async def _guarded(self, key: str, ask: Ask) -> list[Outcome]:
        begun = asyncio.get_running_loop().time()
        try:
            outcomes = await ask()
        except Exception as error:
            return [CannotMeasure(check=CHECKS[key], reason=reason_of(error))]
        if key not in (RELAYS, STREAM):
            return outcomes
        took = asyncio.get_running_loop().time() - begun  # a measurement over seconds has seen them all
        return [replace(one, lasted=took) if isinstance(one, Reading) else one for one in outcomes]

    async def _ask_portal(self) -> list[Outcome]:
        settings, wait = self.settings, self._left(self.settings.service_timeout / 2)
        hosts, url = self._plain_hosts(), settings.portal_url
        return [await portal.read(self.memory.names, url, settings.portal_expect, hosts, wait)]

    def _plain_hosts(self) -> list[str]:
        return list(dict.fromkeys(profiles.host_of(one) for one in self.profiles().values()))[:2]

    async def _ask_stream(self) -> list[Outcome]:
        settings = self.settings
        if self.context.in_meeting is not False and not settings.stream_in_meeting:
            return [CannotMeasure(check=stream.STREAM, target=settings.echo_server, reason=because("in_meeting"))]
        names, wait = self.memory.names, self._left(settings.service_timeout)
        return [
            await stream.read_stream(names, settings.echo_server, settings.echo_key_file, settings.stream_seconds, wait)
        ]

    async def _ask_relays(self) -> list[Outcome]:
        settings, book = self.settings, self.memory.book
        servers = settings.stun or tuple(one for profile in self.profiles().values() for one in profile.stun)
        try:
            tls = self.memory.tls_context(settings.ca_file)
        except OSError:
            tls = None  # the service's rung says what is wrong with the file
        limits = media_relays.RelayLimits(settings.jitter_seconds, settings.rtt_seconds)
        name_wait, wait = self._left(settings.dns_timeout), self._left(settings.timeout)
        names, suspected = self.memory.names, self._suspected()
        heard = await media_relays.ask(servers, names, name_wait, wait, tls, limits, suspected)
        now = self.context.now()
        for server in heard.udp:
            book.answered(self.network, f"stun {server}", now)
        return media_relays.judge(servers, heard, lambda one: book.answers(self.network, f"stun {one}", now))

    def _suspected(self) -> bool:
        """The last look at the relays found something, which this one has to confirm or to rule out."""
        kept, limits = self.memory.kept.get(RELAYS), thresholds(self.settings)
        return kept is not None and any(
            isinstance(one, Reading) and judge(one, limits).status is not Status.OK for one in kept[1]
        )

    async def _ask_services(self) -> list[Outcome]:
        if self.problem:
            return [CannotMeasure(check=service.CHECK, reason=because("services_file", detail=self.problem))]
        try:
            context = self.memory.tls_context(self.settings.ca_file)
        except OSError as error:
            return [CannotMeasure(check=service.CHECK, reason=because("ca_file", why=reason_of(error)))]
        outcomes: list[Outcome] = []
        proxies: set[str] = set()
        for ident in self.settings.services:
            profile = self.known.get(ident)
            if profile is None:
                reason = because("no_profile", service=ident, known=", ".join(self.known))
                outcomes.append(CannotMeasure(check=service.CHECK, target=ident, reason=reason))
                continue
            way = self.memory.proxies.way(profile.url)
            through = "" if way.why is not None else await proxy_choice.alive(way, self.memory.names)
            if why := way.why or proxy.unusable(through):
                outcomes.append(CannotMeasure(check=service.CHECK, target=ident, reason=why))
                continue
            proxies.add(through)
            look = ServiceLook(self.memory.names, context, profile, self.context.now(), through)
            look.own_authorities = self.memory.own_authorities
            self.looks[ident] = look
        if (why := self.memory.proxies.trouble) is not None:
            outcomes.append(CannotMeasure(check=proxy.CHECK, reason=why))
        ways: list[Awaitable[Outcome]] = [
            proxy.read(self.memory.names, one, self._left(self.settings.timeout)) for one in sorted(proxies) if one
        ]
        looks = [self._look(ident, look) for ident, look in self.looks.items()]
        return [*await asyncio.gather(*ways, *looks), *outcomes]

    async def _look(self, ident: str, look: ServiceLook) -> Outcome:
        """One service, and where it fails, why: what is found below it is the cause."""
        why = why_service.CauseSearch(self.settings, self.context, self.memory, look, self._plain_hosts())
        await why.run(self._left(self.settings.service_timeout), self.until)
        self._causes += [one for one in why.causes if all(one.check != known.check for known in self._causes)]
        if not look.finding:
            self.memory.book.answered(self.network, f"service {ident}", self.context.now())
            if look.addresses and not look.through:
                self.memory.book.usual.addresses[look.host] = look.addresses
        return look.reading(ident)


def _wants_login(said: list[Outcome]) -> bool:
    return any(isinstance(one, Reading) and one.finding and bool(one.evidence.get("login")) for one in said)
