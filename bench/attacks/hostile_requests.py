"""Requests that no browser sends, and forged links, at the room's port."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import re
from collections.abc import AsyncIterator

from bench.attacks.attack import Figure, Figures, Size
from bench.attacks.victim import Counted, Victim, cost

LINK = re.compile(r"http://[\w.:]+/i/(\d+)\?k=([\w-]+)\.([\w-]+)")
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
    told = {"requests": 0, "answers with 5xx": 0, "forged links that opened": 0, "genuine links that opened": 0}

    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        asking = [asyncio.create_task(_ask(victim, random.Random(f"{size.seed}/{n}"), told)) for n in range(AT_ONCE)]
        genuine = asyncio.create_task(_genuine(victim, told))
        yield (
            f'public_url = "http://127.0.0.1:{victim.web}"',
            lambda: {name: Figure(number) for name, number in told.items()},
        )
        for one in (*asking, genuine):
            one.cancel()
        await asyncio.gather(*asking, genuine, return_exceptions=True)

    return await cost(size.number, hostile)


async def _ask(victim: Victim, chance: random.Random, told: dict[str, int]) -> None:
    await victim.attack.wait()
    while True:
        forged = chance.random() < 0.3
        answer = await _answer(victim.web, _forged(victim.texts[0], chance) if forged else _malformed(chance))
        told["requests"] += 1
        told["answers with 5xx"] += answer[9:10] == b"5"
        told["forged links that opened"] += forged and _opened(answer)
        await asyncio.sleep(0.01)


async def _genuine(victim: Victim, told: dict[str, int]) -> None:
    """The link of the first message, once it is attacked: that it opens shows that a forged one could be seen to."""
    await victim.attack.wait()
    told["genuine links that opened"] += _opened(await _answer(victim.web, _get(*_link_in(victim.texts[0]))))


def _link_in(text: str) -> tuple[str, str, str]:
    """Incident, what was signed, its seal."""
    found = LINK.search(text)
    if found is None:
        raise RuntimeError(f"no link in: {text}")
    return found[1], found[2], found[3]


def _get(number: str, signed: str, seal: str) -> bytes:
    return f"GET /i/{number}?k={signed}.{seal} HTTP/1.1\r\nHost: room\r\nConnection: close\r\n\r\n".encode()


def _opened(answer: bytes) -> bool:
    return answer[9:12] == b"200" and b'value="take"' in answer


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


def _forged(text: str, chance: random.Random) -> bytes:
    """A genuine link with another incident, contact, time or seal."""
    number, signed, seal = _link_in(text)
    kind = chance.randrange(4)
    if kind == 0:
        number = str(int(number) + chance.randrange(1, 5))
    elif kind == 1:
        seal = _coded(chance.randbytes(16))
    else:
        fields = base64.urlsafe_b64decode(signed + "==").split(b"\n")
        fields[kind - 1] = str(chance.randrange(10**9, 10**10)).encode() if kind == 3 else b"2"
        signed = _coded(b"\n".join(fields))
    return _get(number, signed, seal)


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


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
