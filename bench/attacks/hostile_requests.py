"""Requests that no browser sends, and forged links, at the room's port."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
from collections.abc import AsyncIterator

from bench.attacks.attack import Figure, Figures, Size
from bench.attacks.victim import Counted, Victim, cost

AT_ONCE = 8
"""Connections of the attacker that are busy at one time."""
PATHS = (
    "/",
    "/metrics",
    "/i/1",
    "/report",
    "/api/v1/incidents",
    "/api/command/take",
    "/api/status",
    "/duty",
    "/papers",
)
HEADS = (
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked\r\nContent-Length: 3",
    "Host: " + "a" * 20_000,
    "Cookie: " + "a=b; " * 3000,
    "Authorization: Basic " + "A" * 7000,
    "Range: bytes=" + "0-1," * 2000,
    "Accept-Language: " + "zh;q=0." * 1500,
    "\x00: \xff",
    "X: y\r\n" * 900,
    "Expect: 100-continue",
)


async def requests(size: Size) -> Figures:
    told = {"requests": 0, "answers with 5xx": 0, "links that opened": 0}

    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        asking = [asyncio.create_task(_ask(victim, random.Random(f"{size.seed}/{n}"), told)) for n in range(AT_ONCE)]
        yield "", lambda: {name: Figure(number) for name, number in told.items()}
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    return await cost(size.number, hostile)


async def _ask(victim: Victim, chance: random.Random, told: dict[str, int]) -> None:
    await victim.attack.wait()
    while True:
        forged = chance.random() < 0.3
        answer = await _answer(victim.web, _link(chance) if forged else _malformed(chance))
        told["requests"] += 1
        told["answers with 5xx"] += answer[9:10] == b"5"
        told["links that opened"] += forged and answer[9:12] == b"200" and b"<form" in answer
        await asyncio.sleep(0.01)


async def _answer(port: int, request: bytes) -> bytes:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request)
                return await reader.read(1 << 16)
            finally:
                writer.close()
    return b""


def _link(chance: random.Random) -> bytes:
    """A token of a link's form, for an incident that is open."""
    body = base64.urlsafe_b64encode(f"take\n{chance.randrange(9)}\n{chance.randrange(9)}\ndevice".encode()).rstrip(b"=")
    seal = base64.urlsafe_b64encode(chance.randbytes(16)).rstrip(b"=")
    verb = chance.choice((b"GET", b"POST"))
    head = b" HTTP/1.1\r\nHost: room\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    return verb + b" /i/" + body + b"." + seal + head


def _malformed(chance: random.Random) -> bytes:
    kind, path = chance.randrange(6), chance.choice(PATHS)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 9000))
    if kind == 1:
        path += "/" + "../" * chance.randrange(500) + "%2e%2e%00\xff" + "?" + "a&" * chance.randrange(2000)
    method = "X" * chance.randrange(1, 3000) if kind == 2 else chance.choice(("GET", "POST", "PUT", "HEAD", "TRACE"))
    body = {3: "{" * 50_000, 4: "\xff" * 50_000, 5: '{"by": ' + "[" * 9000}.get(kind, "")
    length = f"Content-Length: {len(body)}\r\n" if chance.random() < 0.7 else ""
    head = f"{method} {path} HTTP/{chance.choice(('1.1', '1.0', '9.9', ''))}\r\nHost: room\r\nConnection: close\r\n"
    return f"{head}{length}{chance.choice(HEADS)}\r\n\r\n{body}".encode("latin-1")
