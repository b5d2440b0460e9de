"""The endpoint for scrapers alone: an address that answers /metrics and nothing else, to whom web.yml lets in.

What web.yml and its files ask for is in force within seconds of a change. A broken one changes nothing, and where there
was none before it the endpoint stays closed: it never opens more than was asked.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from alerting.configuration import ConfigurationError
from monitor.settings.model import Metrics
from monitor.web.certificate import stamp
from monitor.web.connection_shares import Admission, Handler
from monitor.web.http_runner import http_runner
from monitor.web.scrapers.basic_auth import BasicAuth, TooManyPasswords
from monitor.web.scrapers.encryption import allowed, encryption, files_of
from monitor.web.scrapers.web_yml import WebConfig

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often the files are looked at: four calls of stat. A password that was withdrawn opens no longer than that."""
HANDSHAKE_SECONDS = 5.0
"""For TLS to begin; as at the pages."""
CLOSING_SECONDS = 1.0
"""For a page that is being sent when the rules change: it is sent in milliseconds, or to a scraper that hangs."""
CHALLENGE = {"WWW-Authenticate": 'Basic realm="roomwatch metrics", charset="UTF-8"'}

Stamp = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who is let in, and how. context: of TLS. named: web.yml and the files in it; stamp: what they were."""

    config: WebConfig
    context: ssl.SSLContext | None = None
    named: tuple[Path, ...] = ()
    stamp: Stamp = ()


def rules_of(file: Path) -> Rules:
    """Reads files: call it in a thread. Raises ConfigurationError."""
    from monitor.web.scrapers.read_web_yml import read  # PyYAML is loaded where a room has such a file

    first = stamp_of((file,))  # before reading, so that no change in between is missed
    config = read(file)
    named = files_of(file, config.tls_server_config)
    seen = (*first, *stamp_of(named))
    context = encryption(file, config.tls_server_config) if config.tls_server_config is not None else None
    return Rules(config=config, context=context, named=(file, *named), stamp=seen)


def stamp_of(files: Sequence[Path]) -> Stamp:
    """What tells whether they changed. Reads the disk."""
    return tuple(stamp(file) for file in files)


class ScrapersEndpoint:
    """problem: why it is closed, or why new rules are not in force; "" where all is well."""

    def __init__(
        self,
        metrics: Callable[[web.Request], Awaitable[web.StreamResponse]],
        settings: Callable[[], Metrics],
        scrapers: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """scrapers: as in monitor/web/connection_shares.py."""
        self._metrics, self._settings, self._scrapers = metrics, settings, scrapers
        self._sockets: list[socket.socket] = []
        self._serving: _Serving | None = None
        self.port = 0
        self.problem = ""

    async def loop(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Take over what the files ask for now. Raises nothing that ``problem`` can say."""
        settings, serving = self._settings(), self._serving
        file = Path(settings.web_config) if settings.web_config else None
        if serving is not None and not self.problem and await asyncio.to_thread(serving.holds, file):
            return
        try:
            rules = await asyncio.to_thread(rules_of, file) if file is not None else Rules(config=WebConfig())
            await self._serve(rules, settings)
        except (ConfigurationError, OSError) as error:
            self._refuse(error, settings)
            return
        self.problem = ""
        log.info("metrics for scrapers at %s port %d%s", settings.listen, self.port, " by TLS" * bool(rules.context))
        for note in rules.config.notes():
            log.warning("%s: %s", file, note)

    async def close(self) -> None:
        if self._serving is not None:
            await self._serving.close()
        for one in self._sockets:
            one.close()

    async def _serve(self, rules: Rules, settings: Metrics) -> None:
        if not self._sockets:
            # Bound and not listening: nobody gets in before the rules are in force.
            bound = await asyncio.get_running_loop().create_server(
                asyncio.Protocol, settings.listen, settings.port, reuse_address=True, start_serving=False
            )
            self._sockets = [one.dup() for one in bound.sockets]
            bound.close()
            self.port = self._sockets[0].getsockname()[1]
        before, self._serving = self._serving, await _Serving.start(self, rules)
        if before is not None:
            await before.close()

    def _refuse(self, error: ConfigurationError | OSError, settings: Metrics) -> None:
        if isinstance(error, ConfigurationError):
            said = str(error)
        else:
            place, why = f"{settings.listen} port {settings.port}", error.strerror or error
            said = f"{place}: {why}. Set metrics.listen and metrics.port."
        if said != self.problem:
            meanwhile = "what was in force stays" if self._serving is not None else "it stays closed"
            log.error("the endpoint for scrapers is refused, %s, monitoring goes on:\n%s", meanwhile, said)
        self.problem = said

    async def answer(self, request: web.Request, rules: Rules, passwords: BasicAuth) -> web.StreamResponse:
        """One request under these rules."""
        tls = rules.config.tls_server_config
        certificate = request.transport.get_extra_info("peercert") if request.transport is not None else None
        if tls is not None and not allowed(certificate, tls.client_allowed_sans):
            return web.Response(status=403, text="the client certificate is not one of those allowed\n")
        try:
            right = await passwords.allows(request.headers.get("Authorization", ""))
        except TooManyPasswords:
            return web.Response(status=503, text="too many passwords at once\n", headers={"Retry-After": "5"})
        if not right:
            return web.Response(status=401, text="Unauthorized\n", headers=CHALLENGE)
        if request.path != "/metrics":
            return web.Response(status=404, text="only /metrics is here\n")
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, text="only GET is known\n", headers={"Allow": "GET, HEAD"})
        return await self._metrics(request)

    def admission(self, runner: web.AppRunner) -> Admission:
        return Admission(lambda: _protocol(runner), self._scrapers)


class _Serving:
    """The endpoint under one set of rules. Its connections end with it: who was let in by old rules asks again."""

    def __init__(self, runner: web.AppRunner, servers: list[asyncio.Server], rules: Rules) -> None:
        self._runner, self._servers, self._rules = runner, servers, rules

    @classmethod
    async def start(cls, endpoint: ScrapersEndpoint, rules: Rules) -> _Serving:
        users = {name: secret.reveal() for name, secret in rules.config.basic_auth_users.items()}
        passwords, headers = BasicAuth(users), rules.config.http_server_config.headers

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            answered = await endpoint.answer(request, rules, passwords)
            answered.headers.update({name: value for name, value in headers.items() if value})
            return answered

        app = web.Application(client_max_size=1024, middlewares=[gate])
        runner = http_runner(app, keepalive_timeout=90, shutdown_timeout=CLOSING_SECONDS)
        admission = endpoint.admission(runner)
        app.middlewares.insert(0, admission.mark)
        await runner.setup()
        patience = None if rules.context is None else HANDSHAKE_SECONDS
        loop = asyncio.get_running_loop()
        servers = [
            await loop.create_server(admission, sock=one.dup(), ssl=rules.context, ssl_handshake_timeout=patience)
            for one in endpoint._sockets
        ]
        return cls(runner, servers, rules)

    def holds(self, file: Path | None) -> bool:
        """Whether the files still ask for these rules. Reads the disk."""
        if file is None:
            return not self._rules.named
        return self._rules.named[:1] == (file,) and stamp_of(self._rules.named) == self._rules.stamp

    async def close(self) -> None:
        for one in self._servers:
            one.close()
        await self._runner.cleanup()


class _Gone(asyncio.Protocol):
    """For a connection that came under rules that ended meanwhile."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def _protocol(runner: web.AppRunner) -> asyncio.BaseProtocol:
    return runner.server() if runner.server is not None else _Gone()
