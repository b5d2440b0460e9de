"""Acknowledgements over an ntfy-style stream, from a real HTTP server that breaks off."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from alerting.inbound.answer import Answer, Senders
from alerting.inbound.ntfy import NtfyListener


async def test_a_stream_that_breaks_is_opened_again_where_it_was_left() -> None:
    asked: list[tuple[str, str, str]] = []

    async def stream(request: web.Request) -> web.StreamResponse:
        asked.append((request.path, request.query.get("since", ""), request.headers.get("Authorization", "")))
        response = web.StreamResponse()
        await response.prepare(request)
        number = len(asked)
        events = [
            {"event": "open", "topic": "ack-li"},
            {"event": "message", "id": f"m{number}a", "topic": "ack-mallory", "message": "take 1"},
            {"event": "message", "id": f"m{number}b", "topic": "ack-li", "message": f"接单 {number}"},
            {"event": "keepalive"},
        ]
        for event in events:
            await response.write(json.dumps(event).encode() + b"\n")
        if number > 1:
            await asyncio.sleep(30)
        return response

    application = web.Application()
    application.router.add_get("/{topics}/json", stream)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    got: asyncio.Queue[Answer] = asyncio.Queue()
    server = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    listener = NtfyListener(server, Senders(topics={"ack-li": "li"}), got.put_nowait, token="tk_secret")
    await listener.start()
    first, second = await asyncio.wait_for(got.get(), 10), await asyncio.wait_for(got.get(), 10)
    assert listener.listening.is_set()
    await listener.close()
    await runner.cleanup()
    assert (first.number, second.number) == (1, 2)
    assert (first.contact, first.way) == ("li", "ntfy")
    assert asked == [("/ack-li/json", "", "Bearer tk_secret"), ("/ack-li/json", "m1b", "Bearer tk_secret")]
    assert got.empty()
