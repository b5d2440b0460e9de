"""Connections from the network: nobody takes the places of others, and the local socket has its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from alerting.service.answer import CommandAnswer, CommandRequest
from monitor.pages.live_updates import BECOME_STREAM
from monitor.pages.routes import Pages
from monitor.web import connection_shares
from monitor.web.connection_shares import KEPT, MOST_CONNECTIONS, SHARE, STREAM_SHARE, Admission
from monitor.web.server import Server
from tests.pages.stage import Room

SCRAPERS = ("192.0.2.7", "2001:db8:1::/48")


async def no_command(request: CommandRequest) -> CommandAnswer:
    return CommandAnswer(verb=request.verb)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(
        metrics=lambda accept, encodings: (b"up 1\n" * 10_000, {}),
        status=dict, healthy=lambda: "", ready=lambda: "", command=no_command,
        scrapers=lambda: SCRAPERS,
    )  # fmt: skip
    await server.listen("127.0.0.1", 0)
    await server.listen_local(tmp_path / "control.sock")
    yield server
    await server.close()


async def scrape(port: int, source: str = "127.0.0.1") -> int:
    connector = aiohttp.TCPConnector(local_addr=(source, 0))
    async with aiohttp.ClientSession(connector=connector) as session:
        url = f"http://127.0.0.1:{port}/metrics"
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=30)) as answer:
            await answer.read()
            return answer.status


class Slow:
    """A client that sends half a request and then waits; it comes again when it is put out."""

    def __init__(self, port: int, source: str) -> None:
        self.port, self.source = port, source
        self.connected = 0
        self.put_out = 0

    async def run(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.source, 0))
                self.connected += 1
                try:
                    writer.write(b"GET /metrics HTTP/1.1\r\nHost: ")
                    await reader.read(1)
                    self.put_out += 1
                finally:
                    writer.close()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("sources", [["127.0.0.1"], [f"127.0.0.{number}" for number in range(2, 60)]])
async def test_while_slow_clients_crowd_every_scrape_is_answered(
    server: Server, sources: list[str], tmp_path: Path
) -> None:
    slow = [Slow(server.port, sources[number % len(sources)]) for number in range(150)]
    running = [asyncio.create_task(one.run()) for one in slow]
    try:
        async with asyncio.timeout(60):
            while sum(one.connected for one in slow) < 150:
                await asyncio.sleep(0.02)
        assert [await scrape(server.port) for _ in range(40)] == [200] * 40
        connector = aiohttp.UnixConnector(str(tmp_path / "control.sock"))
        async with aiohttp.ClientSession(connector=connector) as session, session.get("http://x/healthz") as answer:
            assert answer.status == 200
        async with asyncio.timeout(60):
            while sum(one.put_out for one in slow) < 150 - MOST_CONNECTIONS:
                await asyncio.sleep(0.02)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_a_client_that_does_not_read_its_answer_gives_way_after_a_while(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_shares, "STUCK_SECONDS", 0.2)
    greedy = []
    for _ in range(SHARE):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 400)
        greedy.append(writer)
    await asyncio.sleep(0.5)
    assert await scrape(server.port) == 200
    for writer in greedy:
        writer.close()


async def test_who_never_asks_is_let_go_though_nobody_crowds_and_a_page_that_listens_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_shares, "FIRST_SECONDS", 0.3)
    pages = Pages({"r12": Room()}, "r12", public_url=str, networks=tuple)
    made = Server(
        metrics=lambda accept, encodings: (b"up 1\n", {}),
        status=dict, healthy=lambda: "", ready=lambda: "", command=no_command, pages=pages.add_to,
    )  # fmt: skip
    await made.listen("127.0.0.1", 0)
    silent, nothing = await asyncio.open_connection("127.0.0.1", made.port)
    half, writer = await asyncio.open_connection("127.0.0.1", made.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: ")
    page, reader = await asyncio.open_connection("127.0.0.1", made.port)
    reader.write(b"GET /events HTTP/1.1\r\nHost: room\r\n\r\n")
    await page.readuntil(b"retry: 5000")
    async with asyncio.timeout(30):
        for ended in (silent, half):
            with contextlib.suppress(ConnectionError):
                assert await ended.read() == b""
    assert pages.news["r12"].streams == 1
    for one in (nothing, writer, reader):
        one.close()
    await made.close()


async def test_open_pages_keep_their_streams_while_others_crowd_and_take_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_shares, "STUCK_SECONDS", 0.2)
    monkeypatch.setattr(connection_shares, "GRACE_SECONDS", 0.1)
    pages = Pages({"r12": Room()}, "r12", public_url=str, networks=tuple)
    made = Server(
        metrics=lambda accept, encodings: (b"up 1\n", {}),
        status=dict, healthy=lambda: "", ready=lambda: "", command=no_command, pages=pages.add_to,
    )  # fmt: skip
    await made.listen("127.0.0.1", 0)
    readers = []
    for _ in range(MOST_CONNECTIONS + 20):
        reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
        writer.write(b"GET /events HTTP/1.1\r\nHost: room\r\n\r\n")
        await reader.readuntil(b"retry: 5000")
        readers.append((reader, writer))
    slow = [asyncio.create_task(Slow(made.port, "127.0.0.1").run()) for _ in range(MOST_CONNECTIONS)]
    await asyncio.sleep(1.0)
    assert await scrape(made.port) == 200
    assert pages.news["r12"].streams == len(readers)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    for _, writer in readers:
        writer.close()
    await made.close()


async def test_one_stranger_has_a_share_of_the_streams_and_this_machine_has_none() -> None:
    for address, let in (("198.51.100.9", STREAM_SHARE), ("127.0.0.1", 40)):
        door, ended = gate(), asyncio.Event()
        opened: list[bool] = []

        async def stream(
            request: Any, opened: list[bool] = opened, ended: asyncio.Event = ended
        ) -> aiohttp.web.StreamResponse:
            opened.append(request[BECOME_STREAM]())
            await ended.wait()
            return aiohttp.web.Response()

        wires = [Wire(address) for _ in range(40)]
        for wire in wires:
            door().connection_made(wire)
        asked = [asyncio.create_task(door.mark(Asked(wire), stream)) for wire in wires]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert sum(opened) == let
        ended.set()
        await asyncio.gather(*asked)


class Asked(dict[Any, Any]):
    """What the gate sees of a request."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self.transport = transport


class Wire(asyncio.Transport):
    """A connection from any address: a real one from outside needs another machine."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 1)})
        self.ended = False

    def abort(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None: ...


async def crowd(gate: Admission, addresses: list[str]) -> list[Wire]:
    """One after the other, and the moment after which those that only wait are ended."""
    wires = [Wire(one) for one in addresses]
    for wire in wires:
        gate().connection_made(wire)
    await asyncio.sleep(0.02)
    gate.trim()
    return wires


def open_of(wires: list[Wire]) -> int:
    return sum(not wire.ended for wire in wires)


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_shares, "GRACE_SECONDS", 0.01)


def gate() -> Admission:
    return Admission(asyncio.Protocol, lambda: SCRAPERS)


@pytest.mark.usefixtures("short_grace")
async def test_one_peer_has_its_share_and_no_more() -> None:
    for addresses in (
        ["198.51.100.9"] * 100,
        [f"2001:db8:2::{one:x}" for one in range(100)],
        ["::ffff:198.51.100.9"] * 100,
    ):
        wires = await crowd(gate(), addresses)
        assert open_of(wires) == SHARE
        assert not wires[-1].ended, "the newest is let in"


@pytest.mark.usefixtures("short_grace")
async def test_places_are_kept_for_this_machine_and_for_scrapers() -> None:
    door = gate()
    strangers = await crowd(door, [f"198.51.100.{number % 90}" for number in range(300)])
    assert open_of(strangers) == MOST_CONNECTIONS - KEPT
    own = await crowd(door, ["192.0.2.7", "2001:db8:1:5::9", "127.0.0.1", "::1"] * (KEPT // 4))
    assert open_of(own) == KEPT
    assert open_of(strangers) == MOST_CONNECTIONS - KEPT, "nobody was put out for them"
    more = await crowd(door, [f"198.51.101.{number}" for number in range(50)])
    assert open_of(own) == KEPT, "nor are they for strangers"
    assert open_of(strangers) + open_of(more) == MOST_CONNECTIONS - KEPT
    await crowd(door, ["127.0.0.9"] * 30)
    assert open_of(own) + open_of(strangers) + open_of(more) <= MOST_CONNECTIONS


@pytest.mark.usefixtures("short_grace")
async def test_the_peer_with_the_most_connections_gives_way_first() -> None:
    door = gate()
    greedy = await crowd(door, ["198.51.100.1"] * SHARE)
    modest = await crowd(door, [f"198.51.100.{number}" for number in range(2, 2 + MOST_CONNECTIONS - KEPT - SHARE)])
    await crowd(door, [f"203.0.113.{number}" for number in range(8)])
    assert open_of(modest) == len(modest)
    assert open_of(greedy) == SHARE - 8


@pytest.mark.usefixtures("short_grace")
async def test_a_connection_that_was_closed_frees_its_place() -> None:
    door = gate()
    for wire in await crowd(door, ["198.51.100.1"] * SHARE):
        wire.ended = True
    again = await crowd(door, ["198.51.100.1"] * SHARE)
    assert open_of(again) == SHARE


@pytest.mark.usefixtures("short_grace")
async def test_beyond_all_measure_the_longest_waiting_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_shares, "AT_ONCE", 100)
    door, wires = gate(), [Wire(f"198.51.100.{number}") for number in range(200)]
    for wire in wires:
        door().connection_made(wire)
    assert open_of(wires) == 100
    assert not wires[-1].ended


async def test_a_request_that_comes_by_the_byte_holds_up_no_stop() -> None:
    server = Server(
        metrics=lambda accept, encodings: (b"", {}),
        status=dict, healthy=lambda: "", ready=lambda: "", command=no_command,
        pages=lambda app: app.router.add_post("/slow", _read_all),
    )  # fmt: skip
    await server.listen("127.0.0.1", 0)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /slow HTTP/1.1\r\nHost: room\r\nContent-Length: 9000\r\n\r\nx")
    await writer.drain()
    await asyncio.sleep(0.1)
    async with asyncio.timeout(15):
        await server.close()
    writer.close()


async def _read_all(request: web.Request) -> web.Response:
    await request.read()
    return web.Response()
