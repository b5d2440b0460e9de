"""Text from outside that is built to be slow, deep, endless or huge, on each way in."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import itertools
import os
import sys
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bench.attacks.attack import Figure, Figures, Size
from bench.attacks.victim import Counted, Victim, cost
from tests.calendar.calendars import calendar, event
from tests.inbound.test_hostile_server import Server, serving
from tests.inbound.test_mqtt import broker_with

HEAD = b"From: li@example.org\r\nSubject: Re: [RW-1]\r\n"
MAILS: tuple[bytes | tuple[int, bytes], ...] = (
    HEAD + b"\r\n" + b"-" * 120_000 + b"\r\ntake 1",
    HEAD + b"Content-Type: text/plain; " + b'a="\\";' * 20_000 + b"\r\n\r\ntake 1",
    HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--<" * 25_000,
    HEAD + b"\r\na" + b"\xcc\x80\xcc\x96" * 30_000,
    (1 << 32, b"x" * 1000),
)
LINES = (b"[" * 60_000, b'{"event":' * 3000, b'{"event":"message","topic":"ack/li","message":"take 1"}', b"\xff" * 9000)
FLOODER = """
import sys
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
client = Client(CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_start()
while True:
    for payload in (b"take 1", b"[" * 4000, b"x" * 1_000_000, b"\\xff" * 90):
        client.publish("ack/li", payload, qos=1).wait_for_publish(30)
        print(end=".", flush=True)
"""


async def mail(size: Size) -> Figures:
    mailbox = Server({})

    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        async with serving(mailbox):
            (victim.folder / "word").write_text("secret")
            filling = asyncio.create_task(_fill(mailbox, victim))
            yield (
                f'[inbound.mail.x]\nhost = "127.0.0.1"\nport = {mailbox.port}\nuser = "u"\nsecurity = "none"\n'
                f'poll_seconds = 1.0\npassword = {{ file = "{victim.folder}/word" }}',
                lambda: {"mails fetched": Figure(len(mailbox.fetched))},
            )
            filling.cancel()

    return await cost(size.number, hostile, contact='mail = "li@example.org"')


async def _fill(mailbox: Server, victim: Victim) -> None:
    await victim.attack.wait()
    mailbox.mails.update({number: MAILS[number % len(MAILS)] for number in range(1, 2000)})


async def ntfy(size: Size) -> Figures:
    sent = itertools.count()

    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        async def stream(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(b'{"event":"open"}\n')
            await victim.attack.wait()
            with contextlib.suppress(OSError):
                while True:
                    await response.write(b"\n".join(LINES) + b"\n")
                    next(sent)
                    await asyncio.sleep(0.002)
            return response

        async with served("/{topics}/json", stream) as port:
            yield f'[inbound.ntfy.x]\nurl = "http://127.0.0.1:{port}"', lambda: {"bursts": Figure(next(sent))}

    return await cost(size.number, hostile, contact='topic = "ack/li"')


async def mqtt(size: Size) -> Figures:
    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        async with broker_with(victim.folder) as broker:
            published = victim.folder / "published"
            published.touch()
            flooding = asyncio.create_task(_flood(victim, broker, published))
            yield (
                f'[inbound.mqtt.x]\nhost = "127.0.0.1"\nport = {broker}',
                lambda: {"payloads published": Figure(published.stat().st_size)},
            )
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)

    return await cost(size.number, hostile, contact='topic = "ack/li"')


async def _flood(victim: Victim, broker: int, published: Path) -> None:
    """published: gets one byte for each payload that the broker has taken."""
    await victim.attack.wait()
    with published.open("wb") as out:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", FLOODER, str(broker), stdout=out)
    try:
        await process.wait()
    finally:
        process.kill()
        await process.wait()


EVERY_SECOND = calendar(
    *(event("RRULE:FREQ=SECONDLY", start=":20200101T000000Z", end=":20200101T000001Z", uid=str(n)) for n in range(400))
)
CALENDARS: tuple[tuple[bytes, dict[str, str]], ...] = (
    (EVERY_SECOND, {}),
    (gzip.compress(b"BEGIN:VCALENDAR\r\n" + b"X:" + b"a" * 300_000_000), {"Content-Encoding": "gzip"}),
    (b"BEGIN:VEVENT\r\n" * 300_000, {}),
    (b"BEGIN:VCALENDAR\r\nDESCRIPTION:" + b"x\r\n " * 2_000_000, {}),
    (b"\xff\xfe\x00" * 1_000_000, {}),
    (calendar(*(event(start=":20261124T100000Z", uid=str(number)) for number in range(40_000))), {}),
)


async def calendars(size: Size) -> Figures:
    """Each look gets the next of them; the last one drips."""
    turn = itertools.count()
    good = calendar(event(start=":20261124T100000Z", end=":20261124T110000Z"))

    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        async def answer(request: web.Request) -> web.StreamResponse:
            if not victim.attack.is_set():
                return web.Response(body=good)
            number = next(turn) % (len(CALENDARS) + 1)
            if number < len(CALENDARS):
                body, headers = CALENDARS[number]
                return web.Response(body=body, headers=headers)
            response = web.StreamResponse()
            await response.prepare(request)
            with contextlib.suppress(OSError):
                while True:
                    await response.write(b"B")
                    await asyncio.sleep(1)
            return response

        async with served("/room.ics", answer) as port:
            yield (
                f'[calendar]\nurl = "http://127.0.0.1:{port}/room.ics"\ntimeout_seconds = 3\n'
                "[schedule.calendar]\ninterval = 1.0\nconfirm_interval = 1.0",
                lambda: {"calendars fetched": Figure(next(turn))},
            )

    return await cost(size.number, hostile, on=("calendar",))


def _workbook(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return made.getvalue()


ROSTERS = (
    _workbook(**{"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b" " * 400_000_000}),
    _workbook(**{"[Content_Types].xml": b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 9000 + b'">]><a>' + b"&b;" * 99_000}),
    b"start;end;person\n" + b"2026-12-01;" * 1_500_000,
    b'"' * 19_000_000,
    b"\xff\xfe" + b"\x00" * 19_000_000,
    b"start,end,person\n" + b"2026-12-01 09:00,2026-12-01 18:00,li\n" * 400_000,
)
ROSTER = '[rosters.duty]\nowner = "other"\n'


async def rosters(size: Size) -> Figures:
    """`roomwatch plan import-roster` again and again, as the room's user types it beside the daemon."""
    told = {"imports": 0, "without a clear answer": 0}

    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        importing = asyncio.create_task(_import(victim, told))
        yield "", lambda: {name: Figure(number) for name, number in told.items()}
        importing.cancel()
        await asyncio.gather(importing, return_exceptions=True)

    return await cost(size.number, hostile)


async def _import(victim: Victim, told: dict[str, int]) -> None:
    await victim.attack.wait()
    plan = victim.folder / "rosters.toml"
    plan.write_text((victim.folder / "plan.toml").read_text() + ROSTER)
    for number in itertools.count():
        file = victim.folder / f"duty-{os.getpid()}"
        file.write_bytes(ROSTERS[number % len(ROSTERS)])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor.cli", "plan", "import-roster", str(file), "--roster", "duty",
            "--plan", str(plan), "--config", str(victim.folder),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        told["imports"] += 1
        told["without a clear answer"] += b"Traceback" in err or process.returncode == 0


@contextlib.asynccontextmanager
async def served(path: str, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[int]:
    application = web.Application()
    application.router.add_get(path, answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()
