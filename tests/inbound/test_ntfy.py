"""Answers over an ntfy-style stream, from a real HTTP server that breaks off and sends what it likes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import web

from alerting.inbound.child_protocol import Job
from tests.inbound.listening import listening

Asked = list[tuple[str, str, str]]


@contextlib.asynccontextmanager
async def streaming(stream: Callable[[web.StreamResponse, int], Awaitable[None]]) -> AsyncIterator[tuple[str, Asked]]:
    """(address, what was asked for) of a server whose every stream is written by ``stream``."""
    asked: Asked = []

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append((request.path, request.query.get("since", ""), request.headers.get("Authorization", "")))
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(OSError):
            await stream(response, len(asked))
        return response

    application = web.Application()
    application.router.add_get("/{topics}/json", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", asked
    await runner.cleanup()


def event(**fields: object) -> bytes:
    return json.dumps({"event": "message", **fields}).encode() + b"\n"


async def test_a_stream_that_breaks_is_opened_again_where_it_was_left(tmp_path: Path) -> None:
    async def stream(response: web.StreamResponse, number: int) -> None:
        await response.write(json.dumps({"event": "open"}).encode() + b"\n")
        await response.write(event(id=f"m{number}b", topic="ack-li", message=f"接单 {number}", time=1700000000))
        if number > 1:
            await asyncio.sleep(30)

    async with streaming(stream) as (url, asked):
        job = Job(way="ntfy", url=url, topics=("ack-li",), secret="tk_secret")
        async with listening(tmp_path, job) as (listener, got):
            first, second = await got(), await got()
            assert (first.number, first.item, first.sent_at) == (1, "m1b", 1700000000)
            assert (second.number, second.sender) == (2, "ack-li")
            await asyncio.wait_for(listener.listening.wait(), 10)
    assert asked == [("/ack-li/json", "10m", "Bearer tk_secret"), ("/ack-li/json", "m1b", "Bearer tk_secret")]


async def test_no_line_ends_the_stream_and_a_flood_does_not_reach_us(tmp_path: Path) -> None:
    async def stream(response: web.StreamResponse, number: int) -> None:
        for line in (b"[" * 60_000, b'{"event":' * 3000, b"\xff\xfe", b"null", b'"x"', b"{}", b"1" * 9000, b""):
            await response.write(line + b"\n")
        await response.write(event(id="a", topic="ack-li", message=["take 1"]))
        await response.write(event(id="b", topic="ack-li", message="take 7", time="x"))
        for one in range(1000):
            await response.write(event(id=f"c{one}", topic="ack-li", message="take 8"))
        await asyncio.sleep(60)

    async with streaming(stream) as (url, asked):
        async with listening(tmp_path, Job(way="ntfy", url=url, topics=("ack-li",))) as (_, got):
            assert (await got()).number == 7
            count = 0
            with contextlib.suppress(TimeoutError):
                while True:
                    await asyncio.wait_for(got(), 3)
                    count += 1
            assert count < 100
        assert len(asked) == 1


async def test_neither_noise_nor_a_flood_on_another_topic_holds_up_an_answer(tmp_path: Path) -> None:
    async def stream(response: web.StreamResponse, number: int) -> None:
        for one in range(300):
            await response.write(event(id=f"a{one}", topic="ack-li", message="hello?"))
            await response.write(event(id=f"b{one}", topic="ack-wang", message="take 8"))
        await response.write(event(id="c", topic="ack-li", message="take 7"))
        await asyncio.sleep(60)

    topics = ("ack-li", "ack-wang")
    async with (
        streaming(stream) as (url, _),
        listening(tmp_path, Job(way="ntfy", url=url, topics=topics)) as (_listener, got),
    ):
        heard = [await got()]
        while heard[-1].sender != "ack-li":
            heard.append(await got())
    assert (heard[-1].number, {one.sender for one in heard[:-1]}) == (7, {"ack-wang"})
    assert len(heard) < 30


async def test_a_refusal_is_told_in_the_servers_words(tmp_path: Path) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.json_response({"code": 40301, "error": "forbidden"}, status=403)

    application = web.Application()
    application.router.add_get("/{tail:.*}", refuse)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    job = Job(way="ntfy", url=f"http://127.0.0.1:{runner.addresses[0][1]}", topics=("a",))
    async with listening(tmp_path, job) as (listener, _):
        problem = await listener.told()
    await runner.cleanup()
    assert "403" in problem
    assert "forbidden" in problem
