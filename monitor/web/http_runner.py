"""How every HTTP server of ours runs aiohttp: what a stranger sends costs no memory, and no line in the log."""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

NO_HTTP = 400
"""What aiohttp answers to a request that it cannot read."""


class _ReadableAlone(logging.Filter):
    """aiohttp logs each request that is no HTTP, with where its own parser stopped, and each body that breaks off in
    its middle. Whoever sends many would fill the disk, and hide what broke here."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        unreadable = isinstance(error, HttpProcessingError) and error.code == NO_HTTP
        return not (unreadable or isinstance(error, web.RequestPayloadError))


logging.getLogger("aiohttp.server").addFilter(_ReadableAlone())


def http_runner(app: web.Application, **more: Any) -> web.AppRunner:
    """more: of aiohttp's. Bodies are taken as they come: one MiB that swells to a thousand cost three seconds of CPU,
    also where nobody reads it, and no browser sends such a thing."""
    return web.AppRunner(app, access_log=None, auto_decompress=False, **more)
