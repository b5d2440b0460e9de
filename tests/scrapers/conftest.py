"""An endpoint over a folder with an authority, a server's and a client's certificate."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import bcrypt
import pytest
from aiohttp import web

from monitor.settings.model import Metrics
from monitor.web.scrapers.endpoint import ScrapersEndpoint
from tests.scrapers.certificates import Authority

TLS = "tls_server_config: {{ cert_file: room.crt, key_file: room.key{more} }}\n"
MUTUAL = TLS.format(more=", client_auth_type: RequireAndVerifyClientCert, client_ca_file: authority.pem")
PAGE = "# TYPE roomwatch_ready gauge\nroomwatch_ready 1\n"


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


class Scraped:
    """url: of the metrics. write: puts a web.yml there and has the endpoint look at it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "web.yml"
        authority = Authority(folder, "authority")
        authority.sign("room")
        authority.sign("prometheus")
        Authority(folder, "stranger").sign("intruder")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        settings = Metrics(port=port, web_config=str(self.file))
        self.endpoint = ScrapersEndpoint(self._page, lambda: settings)

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/plain")

    async def write(self, text: str) -> None:
        self.file.write_text(text)
        os.utime(self.file)
        await self.endpoint.look()

    def url(self, path: str = "/metrics", scheme: str = "https") -> str:
        return f"{scheme}://127.0.0.1:{self.endpoint.port}{path}"


@pytest.fixture
async def scraped(tmp_path: Path) -> AsyncIterator[Scraped]:
    found = Scraped(tmp_path)
    yield found
    await found.endpoint.close()
