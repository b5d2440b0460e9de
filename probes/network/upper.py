"""The rungs above the internet: login page, proxy, conferencing service, media path. Asked seldom while all is well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from probes.network import media, portal, profiles, proxy, service
from probes.network.memory import Memory
from probes.network.settings import Settings
from probes.reading import CannotMeasure, Context, Outcome, Reading


class Upper:
    """One walk over them. say: takes each outcome as it is known."""

    def __init__(self, settings: Settings, context: Context, memory: Memory, say: Callable[..., None]) -> None:
        self.settings, self.context, self.memory, self.say = settings, context, memory, say

    async def run(self) -> None:
        """All rungs at once, said in their order: together they take as long as the slowest, and end within the
        probe's deadline even when each of them meets silence."""
        settings = self.settings
        asked: list[asyncio.Task[list[Outcome]]] = []

        def ask(key: str, interval: float, run: Callable[[], Awaitable[list[Outcome]]]) -> None:
            asked.append(asyncio.create_task(self._slow(key, interval, run)))

        if settings.portal_url and not proxy.proxy_for(settings.proxy, settings.portal_url):
            ask("portal", settings.portal_interval, self._ask_portal)
        ask("service", settings.service_interval, self._ask_services)
        ask("stun", settings.service_interval, self._ask_stun)
        if settings.echo_server:
            ask("stream", settings.stream_interval, self._ask_stream)
        try:
            for one in asked:
                self.say(*await one)
        finally:
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _slow(self, key: str, interval: float, run: Callable[[], Awaitable[list[Outcome]]]) -> list[Outcome]:
        """Run a rung that is due, or repeat what it said last. Trouble, events and people are answered freshly."""
        if key == "stream" and self.context.in_meeting is not False and not self.settings.stream_in_meeting:
            reason = "a meeting runs or may run: no probe stream"
            return [CannotMeasure(check=media.STREAM, target=self.settings.echo_server, reason=reason)]
        now = self.context.monotonic()
        kept = self.memory.kept.get(key)
        if kept is not None and self.context.wake == "interval" and now - kept[0] < interval:
            calm = not any(isinstance(one, Reading) and one.finding for one in kept[1])
            if calm:
                return kept[1]
        outcomes = await run()
        self.memory.kept[key] = (now, outcomes)
        return outcomes

    async def _ask_portal(self) -> list[Outcome]:
        settings = self.settings
        return [await portal.read(settings.portal_url, settings.portal_expect, settings.service_timeout)]

    async def _ask_stream(self) -> list[Outcome]:
        settings = self.settings
        return [await media.read_stream(settings.echo_server, settings.echo_key_file, settings.stream_seconds)]

    async def _ask_stun(self) -> list[Outcome]:
        settings = self.settings
        servers = settings.stun
        if not servers:
            try:
                known = profiles.load(settings.services_file)
            except profiles.ProfileError:
                known = {}
            servers = tuple(one for ident in settings.services if ident in known for one in known[ident].stun)
        try:
            tls = self.memory.tls_context(settings.ca_file)
        except OSError:
            tls = None  # the service's rung says what is wrong with the file
        return [await media.read_stun(servers, settings.timeout, tls)]

    async def _ask_services(self) -> list[Outcome]:
        settings = self.settings
        try:
            known = profiles.load(settings.services_file)
        except profiles.ProfileError as error:
            return [CannotMeasure(check=service.CHECK, reason=str(error))]
        await asyncio.to_thread(service.load_libraries)
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
            except (OSError, ValueError, ImportError) as error:
                remedy = "Set probes.network.ca_file or probes.network.proxy (http:// and https:// are understood)."
                reason = proxy.without_secret(str(error), through)
                outcomes.append(CannotMeasure(check=service.CHECK, target=ident, reason=reason, remedy=remedy))
                continue
            timeout, now = settings.service_timeout, self.context.now()
            asked.append(service.read(client, ident, profile, timeout, now, bool(through)))
        outcomes += [await proxy.read(one, settings.timeout) for one in sorted(proxies) if one]
        return outcomes + list(await asyncio.gather(*asked))
