"""Opens the port of the pages and the socket for commands, and tries again while they cannot be opened."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from monitor.settings.model import Web
from monitor.web.certificate import Certificate
from monitor.web.server import Server, listen_remedy

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
CERTIFICATE_SECONDS = 60.0
"""How often the certificate's files are looked at; it is renewed weeks before it ends."""


class ListeningAddresses:
    """problem: why the port is not open, "" where it is. certificate: of the port, None for HTTP."""

    def __init__(
        self, server: Server, settings: Callable[[], Web], certificate: Certificate | None, socket: Path
    ) -> None:
        self._server, self._settings, self._certificate, self._socket = server, settings, certificate, socket
        self.problem = ""

    async def port(self) -> None:
        """Until the port is open. Nothing but pages, API and metrics waits for it."""
        settings = self._settings()
        while True:
            try:
                await self._server.listen(settings.listen, settings.port, self._certificate)
            except OSError as error:
                said = os.strerror(error.errno) if error.errno else str(error)
                if not self.problem:
                    log.error(
                        "cannot listen on %s port %d (%s): metrics and page are off, monitoring goes on. "
                        "%s; tried again every %d s",
                        settings.listen,
                        settings.port,
                        said,
                        listen_remedy(error),
                        RETRY_SECONDS,
                    )
                self.problem = f"{settings.listen} port {settings.port}: {said}"
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.problem = ""
                return

    async def commands(self) -> bool:
        """One try to open the socket; False where that failed."""
        try:
            await self._server.listen_local(self._socket)
        except OSError as error:
            log.error("no command reaches this daemon: %s cannot be made (%s)", self._socket, error.strerror or error)
            return False
        return True

    async def commands_later(self) -> None:
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            if await self.commands():
                return

    async def certificate(self) -> None:
        """Takes over a renewed certificate, until cancelled; returns where there is none."""
        while self._certificate is not None:
            await asyncio.sleep(CERTIFICATE_SECONDS)
            await asyncio.to_thread(self._certificate.look)
