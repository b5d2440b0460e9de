"""Bodies that no program of good manners sends, at every address: one quiet refusal, and not a line in the log."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
import random
import re
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from alerting.configuration import Secret
from alerting.model.actor import Actor, ActorKind
from alerting.service.answer import CommandRequest
from alerting.service.paper_files import PaperFiles
from monitor.daemon.room_api import room_api
from monitor.pages.routes import Pages
from monitor.web.server import Server
from tests.alerting.stage import RUNNING
from tests.pages.stage import LOOPBACK, WRITTEN, lakeside
from tests.rooms.site import PLAN, ROOMS, Site

FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"
NOISE = random.Random(7).randbytes(3000)
PART = b'--x\r\nContent-Disposition: form-data; name="kind"\r\nContent-%s\r\n\r\n%s\r\n--x--\r\n'

PLACES = {"room": "R1", "number": "1", "verb": "declare", "key": "1", "token": "abcdef12"}
"""What stands for the parts of an address."""


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def packed(way: str, body: bytes = NOISE) -> tuple[str, bytes]:
    return f"Content-Encoding: {way}\r\nContent-Length: {len(body)}\r\n", body


def parts(head: bytes, body: bytes) -> tuple[str, bytes]:
    whole = PART % (head, body)
    return f"Content-Type: {MULTIPART}\r\nContent-Length: {len(whole)}\r\n", whole


BODIES: dict[str, tuple[str, bytes]] = {
    **{f"{way} of noise": packed(way) for way in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "bogus")},
    "gzip of a form": packed("gzip", gzip.compress(b"kind=sound")),
    "gzip that swells": packed("gzip", bomb(64 << 20)),
    "no number as its length": ("Content-Length: some\r\n", b"kind=sound"),
    "less than nothing": ("Content-Length: -1\r\n", b"kind=sound"),
    "shorter than it says": ("Content-Length: 300\r\n", b"kind=sound"),
    "longer than it says": ("Content-Length: 3\r\n", b"kind=sound&text=x"),
    "chunks of noise": ("Transfer-Encoding: chunked\r\n", NOISE),
    "a chunk without a size": ("Transfer-Encoding: chunked\r\n", b"4\r\nkind\r\nzz\r\nkind\r\n"),
    "a chunk that does not come": ("Transfer-Encoding: chunked\r\n", b"fff\r\nkind"),
    "chunks, packed": ("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", b"4\r\nkind\r\n0\r\n\r\n"),
    "an unknown character set": (f"Content-Type: {JSON}; charset=bogus\r\nContent-Length: 4\r\n", b"kind"),
    "a character set of no text": (f"Content-Type: {JSON}; charset=rot13\r\nContent-Length: 4\r\n", b"kind"),
    "half a letter": (f"Content-Type: {JSON}; charset=utf-16\r\nContent-Length: 5\r\n", b"kind="),
    "noise": (f"Content-Length: {len(NOISE)}\r\n", NOISE),
    "noise of many parts": (f"Content-Type: {MULTIPART}\r\nContent-Length: {len(NOISE)}\r\n", NOISE),
    "a packed part of noise": parts(b"Encoding: gzip", NOISE),
    "a packed part that swells": parts(b"Encoding: gzip", gzip.compress(bytes(30 << 20))),
    "deep": (f"Content-Type: {JSON}\r\nContent-Length: 60000\r\n", b"[" * 60_000),
    "a long number": (f"Content-Type: {JSON}\r\nContent-Length: 60000\r\n", b"1" * 60_000),
    "too much": (f"Content-Length: {1 << 21}\r\n", bytes(1 << 21)),
}


@dataclass
class Served:
    port: int
    local: Path
    token: str
    routes: list[tuple[str, str, bool]]
    """(method, address, whether at the local socket)"""

    async def say(self, method: str, address: str, local: bool, head: str, body: bytes) -> str:
        """The first line of the answer, "" where none comes. The body comes after its head, and then the end."""
        opened = asyncio.open_unix_connection(self.local) if local else asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = await opened
        kind = "" if "Content-Type" in head else f"Content-Type: {JSON if address.startswith('/api') else FORM}\r\n"
        known = f"Host: localhost\r\nAuthorization: Bearer {self.token}\r\n"
        answer = b""
        with contextlib.suppress(OSError):  # the answer may come before the body, and the end with it
            writer.write(f"{method} {address} HTTP/1.1\r\n{known}{kind}{head}\r\n".encode())
            await asyncio.sleep(0.005)
            writer.write(body)
            await writer.drain()
            writer.write_eof()
        with contextlib.suppress(OSError):
            answer = await asyncio.wait_for(reader.read(200), 60)
        writer.close()
        return answer.decode("latin-1").partition("\r\n")[0]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    site = Site(tmp_path, PLAN, rooms=ROOMS[:1], home=ROOMS[0])
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(1)
    pages = Pages(
        lakeside(),
        "R1",
        public_url=str,
        networks=lambda: LOOPBACK,
        desk=site.service.desk,
        records=site.service.records,
        files=PaperFiles(tmp_path, lambda words: ["false"]),
        users=lambda: {"wang": Secret("literal", WRITTEN)},
    )
    api = room_api(pages, site.service)

    def everything(app: web.Application) -> None:
        pages.add_to(app)
        api.add_to(app)

    server = Server(
        metrics=lambda accepted, encodings: (b"", {}),
        status=dict,
        healthy=str,
        ready=str,
        command=site.service.command,
        pages=everything,
    )
    await server.listen("127.0.0.1", 0)
    await server.listen_local(tmp_path / "socket")
    asked = CommandRequest(
        verb="token_make",
        actor=Actor(kind=ActorKind.LOGIN, name="root"),
        arguments={"name": "all", "scopes": ["admin"], "contact": "wang"},
    )
    token = str((await site.service.command(asked)).document["token"])
    yield Served(server.port, tmp_path / "socket", token, sorted(routes_of(server)))
    await server.close()
    await site.service.close()


def routes_of(server: Server) -> set[tuple[str, str, bool]]:
    """Every address that takes a body by its method, one that takes none, and one that is not there."""
    found = {("POST", "/nowhere", False), ("GET", "/", False), ("PUT", "/report", False)}
    for runner, local in zip(server._runners, (False, True), strict=True):
        for route in runner.app.router.routes():
            address = route.resource.canonical if route.resource is not None else ""
            if route.method not in ("GET", "HEAD") and local == address.startswith("/api/command"):
                found.add((route.method, re.sub(r"{(\w+)}", lambda part: PLACES[part[1]], address), local))
    return found


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_cannot_be_read_is_refused_without_a_word_in_the_log(
    served: Served, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert {address for _, address, _ in served.routes} >= {"/report", "/sign-in", "/i/1", "/feedback", "/papers/1"}
    assert {address for _, address, _ in served.routes} >= {"/duty", "/api/v1/spares", "/api/command/declare"}
    caplog.set_level(logging.WARNING)
    answers = {}
    for method, address, local in served.routes:
        answers[f"{method} {address}"] = await served.say(method, address, local, *BODIES[name])
    await asyncio.sleep(0.05)
    assert [record.getMessage() for record in caplog.records] == []
    assert {asked: said for asked, said in answers.items() if re.match(r"HTTP/1\.\d 5", said)} == {}


async def test_what_is_packed_is_refused_at_the_api_in_words(served: Served) -> None:
    answer = await served.say("POST", "/api/v1/spares", False, *BODIES["gzip of a form"])
    assert answer == "HTTP/1.1 415 Unsupported Media Type"


def test_every_server_takes_bodies_as_they_come() -> None:
    """One that unpacks them would work three seconds on one MiB, in the event loop."""
    root = Path(__file__).resolve().parents[2]
    files = (file for package in ("alerting", "monitor", "probes") for file in (root / package).rglob("*.py"))
    assert [file.name for file in files if "web.AppRunner(" in file.read_text()] == ["http_runner.py"]
