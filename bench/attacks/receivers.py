"""Receivers that fail in six ways at once, beside one that works: who waits for whom, and what is taken for sent?

Each alarm goes to all of them. Once they work again, all that was decided must come, and stand in the journal as sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from alerting.journal import NotificationState, open_reader
from bench.attacks.attack import Figure, Figures, Size
from bench.attacks.victim import GAP_SECONDS, Victim
from bench.crash import judge, key_of
from tests.channels.any_host import certificate

WAYS = ("hang", "drip", "redirect", "throttle", "error", "cut")
THROTTLED_SECONDS = 8
MENDED_WITHIN = 330.0
"""Seconds from the mend to the last message: our longest wait between two tries is five minutes."""


class Bad:
    """One server of all six, by path: /hang answers nothing, /drip a byte a second, /redirect sends to a page to sign
    in, /throttle asks for a time, /error reports one in a success. The sixth speaks TLS and cuts it without answer."""

    def __init__(self) -> None:
        self.mended = asyncio.Event()
        self.received: list[tuple[int, str, str]] = []
        self.tries: dict[str, list[float]] = defaultdict(list)
        self.signed_in = 0
        self.too_early = 0
        self._not_before = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next(int(one[15:]) for one in head.lower().split("\r\n") if one.startswith("content-length:"))
            key = key_of(json.loads(await reader.readexactly(length))["message"])
            way = head.split(" ")[1].strip("/")
            self.tries[way].append(time.monotonic())
            await self._answer(way, key, writer)
        writer.close()

    async def _answer(self, way: str, key: str, writer: asyncio.StreamWriter) -> None:
        if way == "page":
            self.signed_in += 1
        if self.mended.is_set() or way == "page":
            self.received.append((0, f"/{way}", key))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        elif way == "hang":
            await self.mended.wait()
            return
        elif way == "drip":
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 600:
                writer.write(bytes([byte]))
                await asyncio.sleep(1)
        elif way == "redirect":
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: /page\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif way == "throttle":
            now = time.monotonic()
            self.too_early += now < self._not_before
            self._not_before = now + THROTTLED_SECONDS
            head = f"HTTP/1.1 429 Slow Down\r\nRetry-After: {THROTTLED_SECONDS}\r\nContent-Length: 0\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode())
        elif way == "error":
            body = b'{"ok": false, "error": "no such hook"}'
            good = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            writer.write(good + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        else:
            writer.transport.abort()
            return
        await writer.drain()


async def receivers(size: Size) -> Figures:
    bad = Bad()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate(folder, ["127.0.0.1"]))
        plain = await asyncio.start_server(bad.serve, "127.0.0.1", 0)
        sealed = await asyncio.start_server(bad.serve, "127.0.0.1", 0, ssl=context)
        port, tls = (one.sockets[0].getsockname()[1] for one in (plain, sealed))
        urls = {way: f"json://127.0.0.1:{port}/{way}" for way in WAYS}
        urls["cut"] = f"jsons://127.0.0.1:{tls}/cut?verify=no"
        people = "".join(
            f'[contacts.{way}]\nname = "{way}"\nlanguage = "en"\nchannels = ["{url}"]\n' for way, url in urls.items()
        )
        victim = Victim(folder)
        victim.plan = f'{people}[groups.bad]\nname = "bad"\nmembers = {json.dumps(WAYS)}\n'
        victim.also_tell = ("bad",)
        async with victim.running("", "", on=()):
            await victim.alarm()
            delays = []
            for _ in range(size.number):
                delays.append(await victim.alarm())
                await asyncio.sleep(GAP_SECONDS)
            taken_for_sent = _sent(folder / "state")
            bad.mended.set()
            begun = time.monotonic()
            while (await victim.status())["pending"] and time.monotonic() - begun < MENDED_WITHIN:
                await asyncio.sleep(0.5)
            mended = time.monotonic() - begun
        plain.close()
        sealed.close()
        tracebacks = victim.log.count("Traceback")
        figures = judge(folder / "state" / "journal.db", set(), bad.received + victim.received, 0)
    return {
        "alarms": Figure(size.number),
        "tries at the six": Figure(sum(map(len, bad.tries.values()))),
        "longest delay at the one that works": Figure(max(delays), "s"),
        "taken for sent": Figure(taken_for_sent),
        "posted to the page to sign in": Figure(bad.signed_in),
        "asked before the time": Figure(bad.too_early),
        "lost once mended": Figure(figures["lost"]),
        "last message after the mend": Figure(mended, "s"),
        "tracebacks": Figure(tracebacks),
    }


def _sent(state: Path) -> int:
    reader = open_reader(state)
    try:
        rows = reader.notifications()
    finally:
        reader.close()
    return sum(row.contact in WAYS and row.state is NotificationState.SENT for row in rows)
