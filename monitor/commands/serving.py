"""Serves an HTTP application until the command is ended by Ctrl-C or TERM."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from monitor.configuration_refusal import fail

if TYPE_CHECKING:
    from aiohttp import web


async def serve_until_ended(application: web.Application, listen: str, port: int, path: str) -> None:
    """Prints the whole address of ``path`` once it answers."""
    from aiohttp import web

    from monitor.web.http_runner import http_runner

    ended = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, ended.set)
    runner = http_runner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, listen, port)
        try:
            await site.start()
        except OSError as error:
            fail(f"cannot listen on {listen} port {port}: {error.strerror}")
        except UnicodeError:
            fail(f"{listen} is no address to listen on.")
        host, real = runner.addresses[0][:2]
        click.echo(f"http://{f'[{host}]' if ':' in host else host}:{real}{path}")
        await ended.wait()
    finally:
        await runner.cleanup()
