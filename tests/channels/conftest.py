"""Real receivers: an SMTP server, an HTTP endpoint."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web
from aiosmtpd.controller import Controller

from alerting.sending.client import ChildSender


class Mailbox:
    """An SMTP handler that keeps what it accepts and answers ``reply`` to the next recipients."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.reply = "250 OK"
        self.port = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.reply

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope.content)
        return "250 OK"

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=room@example.org&to=night@example.org&mode=insecure"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    handler.port = controller.port
    yield handler
    controller.stop()


class Endpoint:
    """An HTTP endpoint that keeps what is posted and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.status = 200
        self.port = 0
        self.hang = False
        self.reached = asyncio.Event()


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    here = Endpoint()

    async def receive(request: web.Request) -> web.StreamResponse:
        here.requests.append((request.path_qs, await request.text(), dict(request.headers)))
        here.reached.set()
        if here.hang:
            response = web.StreamResponse(status=200)
            await response.prepare(request)
            try:
                while True:
                    await response.write(b" ")
                    await asyncio.sleep(0.2)
            except ConnectionError:
                return response
        return web.Response(status=here.status, text="answered")

    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", receive)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    here.port = runner.addresses[0][1]
    yield here
    await runner.cleanup()


@pytest.fixture
async def sender() -> AsyncIterator[ChildSender]:
    child = ChildSender()
    yield child
    await child.close()
