"""Serves the rooms to Prometheus over HTTP (http_sd), read anew when the inventory changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from alerting.configuration import ConfigurationError
from monitor.fleet.inventory import Inventory, read_inventory
from monitor.fleet.prometheus_targets import target_groups


class TargetService:
    """GET /targets. A changed inventory with problems is told once, and the rooms of the last good one stay."""

    def __init__(self, file: Path, encoding: str, say: Callable[[str], None]) -> None:
        """Reads the inventory. Raises ConfigurationError."""
        self._file, self._encoding, self._say = file, encoding, say
        self._seen = _stamp(file)
        self._answer = self._made(read_inventory(file, encoding))

    def application(self) -> web.Application:
        made = web.Application()
        made.router.add_get("/targets", self._targets)
        return made

    async def _targets(self, _request: web.Request) -> web.Response:
        seen = _stamp(self._file)
        if seen != self._seen:
            self._seen = seen
            try:
                self._answer = self._made(read_inventory(self._file, self._encoding))
            except ConfigurationError as error:
                self._say(f"the rooms of before are kept, the changed inventory has problems:\n{error}")
        answer = web.Response(body=self._answer, content_type="application/json", charset="utf-8")
        answer.enable_compression()
        return answer

    def _made(self, inventory: Inventory) -> bytes:
        self._say(f"{len(inventory.rooms)} rooms")
        return target_groups(inventory.rooms).encode()


def _stamp(file: Path) -> tuple[int, int, int]:
    """Changes when the file does."""
    try:
        found = os.stat(file)  # noqa: PTH116
    except OSError:
        return 0, 0, 0
    return found.st_ino, found.st_mtime_ns, found.st_size
