"""Watches the room's PC from its other wire: takes its messages, and reads its /metrics again and again.

    python -m tests.room.watcher ADDRESS METRICS_URL MAIL_PORT

One JSON object a line on standard output, each with "at" of this machine's monotonic clock: a message, or the open
faults of a scrape, with what explains each. A line on standard input changes how the receivers behave.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from email import message_from_bytes
from email.policy import default
from typing import Any

import aiohttp
from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from prometheus_client.parser import text_string_to_metric_families

EVERY_SECONDS = 0.5
BEHAVIOUR = {"hook": "takes", "mail": "takes"}


def say(**what: Any) -> None:
    print(json.dumps({"at": time.monotonic(), **what}, ensure_ascii=False), flush=True)


async def hook(request: web.Request) -> web.Response:
    body = await request.json()
    if BEHAVIOUR["hook"] == "silent":
        await asyncio.sleep(600)
    if BEHAVIOUR["hook"] != "takes":
        return web.Response(status=503)
    say(message=body.get("title", ""), text=body.get("message", ""), way="hook")
    return web.Response()


class Mail:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if BEHAVIOUR["mail"] != "takes":
            return "451 Try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=default)
        part = mail.get_body(("plain", "html"))
        say(message=str(mail["Subject"]), text=part.get_content() if part else "", way="mail")
        return "250 Taken"


async def scrape(url: str) -> None:
    limit = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=limit, connector=aiohttp.TCPConnector(force_close=True)) as client:
        while True:
            try:
                async with client.get(url) as answer:
                    text = await answer.text()
                say(faults=open_faults(text))
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(EVERY_SECONDS)


def open_faults(text: str) -> dict[str, str]:
    """Code → what explains it or holds it back, "" where it stands for itself."""
    return {
        sample.labels["code"]: sample.labels["cause"] or sample.labels["held"].removeprefix("no")
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "roomwatch_fault_open" and sample.value
    }


async def main() -> None:
    address, url, mail_port = sys.argv[1:]
    app = web.Application(client_max_size=32 << 20)
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, address, 8099).start()
    Controller(Mail(), hostname=address, port=int(mail_port)).start()
    reading = asyncio.create_task(scrape(url))
    print("ready", flush=True)
    while line := await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        BEHAVIOUR.update(json.loads(line))
    reading.cancel()


if __name__ == "__main__":
    asyncio.run(main())
