"""The HTTP server: metrics, health, the room's state as JSON, and the pages; commands only over the local socket.

Refuses every path it does not know and every request over 64 KiB; at the local socket, where chapters of reports come
in, over 256.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from alerting.encodable import encodable
from alerting.model.actor import Actor, ActorKind
from alerting.model.reason import Reason, because
from alerting.service.answer import LONGEST_REQUEST, CommandAnswer, CommandRequest
from alerting.words import load_words
from monitor.pages.bodies import body_of
from monitor.views.notices import for_everybody
from monitor.web.certificate import Certificate, CertificateRefused
from monitor.web.connection_shares import Admission
from monitor.web.http_runner import http_runner
from monitor.web.scrapes import Scrapes

log = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 5.0
"""For TLS to begin: a phone on a bad connection takes one. Who is slower is let go, uncounted till then."""

Page = Callable[[str, str], tuple[bytes, Mapping[str, str]]]
"""(the request's Accept, its Accept-Encoding) → body and headers."""
Status = Callable[[], dict[str, Any]]
Command = Callable[[CommandRequest], Awaitable[CommandAnswer]]
ReasonWords = Callable[[Reason, str], str]
"""(why a command was refused, language or "" for the room's) → words."""


def listen_remedy(error: OSError) -> str:
    """What to do where the daemon could not listen: the port is another's or not ours to take, or the address is."""
    if isinstance(error, CertificateRefused):
        return "Mend web.tls_certificate and web.tls_key"
    if error.errno in (errno.EADDRINUSE, errno.EACCES):
        return "Free the port or set web.port"
    return "Set web.listen to an address of this machine"


LAST_ANSWERS_SECONDS = 2.0
"""Seconds that a stop waits for answers to the network: whoever sends a request by the byte must not hold it up."""

LAST_COMMANDS_SECONDS = 10.0
"""The same for commands of this machine, some of which wait for the disk."""


class Server:
    """One aiohttp runner with a TCP site for everybody and a Unix socket for those who may give commands."""

    def __init__(
        self,
        *,
        metrics: Page,
        status: Status,
        healthy: Callable[[], str],
        ready: Callable[[], str],
        command: Command,
        said: ReasonWords = lambda reason, language: str(reason),
        pages: Callable[[web.Application], None] | None = None,
        scrapers: Callable[[], Sequence[str]] = tuple,
        own_endpoint: bool = False,
    ) -> None:
        """said: why a command was refused, in words. scrapers: as in connection_shares.py. own_endpoint: metrics have
        an address of their own, and are not given at this one, where nobody is asked for a password."""
        self._metrics = metrics
        self._status = status
        self._healthy = healthy
        self._ready = ready
        self._command = command
        self._said = said
        self._pages = pages
        self._scrapers = scrapers
        self._own_endpoint = own_endpoint
        self._runners: list[web.AppRunner] = []
        self._listening: list[asyncio.Server] = []
        self.port = 0
        self.scrapes = Scrapes()

    def _public(self, *, metrics: bool = True, longest: int = 65536) -> web.Application:
        app = web.Application(client_max_size=longest)
        if self._pages is not None:
            self._pages(app)
        if metrics:
            app.router.add_get("/metrics", self.serve_metrics)
        app.router.add_get("/healthz", self._serve_health)
        app.router.add_get("/readyz", self._serve_ready)
        app.router.add_get("/api/status", self._serve_status)
        return app

    async def listen(self, host: str, port: int, certificate: Certificate | None = None) -> None:
        """certificate: for HTTPS, None for HTTP. Raises OSError when the port is taken or there is no certificate."""
        encryption: dict[str, Any] = {}
        if certificate is not None:
            encryption = {"ssl": await asyncio.to_thread(certificate.load), "ssl_handshake_timeout": HANDSHAKE_SECONDS}
        app = self._public(metrics=not self._own_endpoint)
        runner = http_runner(app, keepalive_timeout=30, shutdown_timeout=LAST_ANSWERS_SECONDS)
        admission = Admission(lambda: _made(runner), self._scrapers)
        app.middlewares.append(admission.mark)
        await runner.setup()
        try:
            listening = await asyncio.get_running_loop().create_server(
                admission, host, port, reuse_address=True, **encryption
            )
        except OSError:
            await runner.cleanup()
            raise
        self._runners.append(runner)
        self._listening.append(listening)
        self.port = listening.sockets[0].getsockname()[1]

    async def listen_local(self, path: Path) -> None:
        """The command socket: who may open it (mode 0660) may give commands, and is named by the kernel."""
        path.unlink(missing_ok=True)
        app = self._public(longest=LONGEST_REQUEST)
        app.router.add_post("/api/command/{verb}", self._serve_command)
        runner = http_runner(app, shutdown_timeout=LAST_COMMANDS_SECONDS)
        await runner.setup()
        try:
            await web.UnixSite(runner, str(path)).start()
            path.chmod(0o660)
        except OSError:
            await runner.cleanup()
            raise
        self._runners.append(runner)

    async def close(self) -> None:
        for listening in self._listening:
            listening.close()
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))

    async def serve_metrics(self, request: web.Request) -> web.Response:
        peer = _peer(request)
        if peer is not None:  # who asks at the local socket is no scraper
            self.scrapes.seen(peer)
        accepted = (request.headers.get(name, "") for name in ("Accept", "Accept-Encoding"))
        body, headers = self._metrics(*accepted)
        return web.Response(body=body, headers=headers)

    async def _serve_health(self, request: web.Request) -> web.Response:
        return _plain(self._healthy())

    async def _serve_ready(self, request: web.Request) -> web.Response:
        return _plain(self._ready())

    async def _serve_status(self, request: web.Request) -> web.Response:
        status = self._status()
        if status.get("refused") and _peer(request) is not None:
            status = for_everybody(status, load_words(status["language"]))
        return web.json_response(status, headers=_HEADERS)

    async def _serve_command(self, request: web.Request) -> web.Response:
        try:
            arguments = encodable(json.loads(await body_of(request)))
        except (ValueError, RecursionError):
            arguments = None
        except web.HTTPRequestEntityTooLarge:
            why = because("request_too_long", most=LONGEST_REQUEST)
            return web.json_response({"error": self._said(why, ""), "reason": msgspec.to_builtins(why)}, status=413)
        if not isinstance(arguments, dict):
            return web.json_response({"error": "the request is not a JSON object"}, status=400)
        verb, language = request.match_info["verb"], str(arguments.pop("language", ""))
        try:
            answer = await self._command(_asked(verb, arguments, _login(request)))
        except Exception as error:  # the asker must not believe that nobody answers
            log.exception("the command %s broke", verb)
            problem = f"roomwatch broke on this ({type(error).__name__}); its log says where"
            return web.json_response({"error": problem}, status=500)
        if answer.refused is not None:
            said = {"error": self._said(answer.refused, language), "reason": msgspec.to_builtins(answer.refused)}
            return web.json_response(said, status=409)
        return web.json_response({**answer.document, "by": answer.by})


def _asked(verb: str, arguments: dict[str, Any], actor: Actor) -> CommandRequest:
    """by, incident: the same for all verbs; the rest is the verb's own."""
    in_name_of, number = str(arguments.pop("by", "") or ""), arguments.pop("incident", None)
    incident = number if isinstance(number, int) and not isinstance(number, bool) else None
    return CommandRequest(verb=verb, actor=actor, in_name_of=in_name_of, incident=incident, arguments=arguments)


_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


def _peer(request: web.Request) -> str | None:
    """The address of who asks over the network; None for who asks at the local socket."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return str(peer[0]) if isinstance(peer, tuple) else None


def _made(runner: web.AppRunner) -> asyncio.BaseProtocol:
    assert runner.server is not None
    return runner.server()


def _plain(problem: str) -> web.Response:
    return web.Response(text=problem + "\n" if problem else "ok\n", status=503 if problem else 200)


def _login(request: web.Request) -> Actor:
    """The login name of the process at the other end of the Unix socket, told by the kernel; and its groups."""
    import grp
    import pwd

    transport = request.transport
    link = transport.get_extra_info("socket") if transport is not None else None
    assert link is not None
    credentials = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, gid = struct.unpack("3i", credentials)
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return Actor(kind=ActorKind.LOGIN, name=f"uid {uid}")
    groups = []
    for number in os.getgrouplist(name, gid):
        with contextlib.suppress(KeyError):
            groups.append(grp.getgrgid(number).gr_name)
    return Actor(kind=ActorKind.LOGIN, name=name, groups=tuple(groups))
