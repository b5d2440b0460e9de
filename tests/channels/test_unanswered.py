"""A message that had left when the line was cut may have been taken; one for which no connection came about was not."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.sending.client import ChildSender
from tests.channels.conftest import Endpoint, free_port

WAYS = {
    "web hook": "json://127.0.0.1:{port}/x",
    "form": "form://127.0.0.1:{port}/x",
    "ntfy": "ntfy://127.0.0.1:{port}/topic",
    "bot": "dingtalk://a1b2c3d4e5/?via=http://127.0.0.1:{port}",
}
MAIL = "mailto://127.0.0.1:{port}?from=room@example.org&to=night@example.org&mode=insecure"


async def post(sender: ChildSender, url: str) -> SendResult:
    message = OutgoingMessage(key="k1", contact="li", channel="1", url=url, title="t", body="b")
    return (await sender.send([message]))[0]


@pytest.fixture
async def cutting() -> AsyncIterator[int]:
    """The port of a server that takes each request whole and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.partition(b":")[2]))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def cutting_mail() -> AsyncIterator[int]:
    """The port of a mail server that takes a mail whole and hangs up before it says so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                break
            writer.write(b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_service_that_hangs_up_after_the_request_may_have_taken_it(
    way: str, sender: ChildSender, cutting: int
) -> None:
    result = await post(sender, WAYS[way].format(port=cutting))
    assert (result.outcome, result.perhaps_arrived) == (Outcome.TEMPORARY, True)


async def test_a_mail_server_that_hangs_up_after_the_mail_may_have_taken_it(
    sender: ChildSender, cutting_mail: int
) -> None:
    result = await post(sender, MAIL.format(port=cutting_mail))
    assert (result.outcome, result.perhaps_arrived) == (Outcome.TEMPORARY, True)


@pytest.mark.parametrize("url", [*WAYS.values(), MAIL])
async def test_where_nobody_listens_nothing_arrived(url: str, sender: ChildSender) -> None:
    result = await post(sender, url.format(port=free_port()))
    assert (result.outcome, result.perhaps_arrived) == (Outcome.TEMPORARY, False)


@pytest.mark.parametrize("way", WAYS)
async def test_a_service_that_answers_with_an_error_has_not_taken_it(
    way: str, sender: ChildSender, endpoint: Endpoint
) -> None:
    endpoint.status = 503
    result = await post(sender, WAYS[way].format(port=endpoint.port))
    assert (result.outcome, result.perhaps_arrived) == (Outcome.TEMPORARY, False)


async def test_a_sender_that_is_killed_with_a_message_in_hand_leaves_open_whether_it_arrived(
    sender: ChildSender, endpoint: Endpoint
) -> None:
    endpoint.hang = True
    flight = asyncio.create_task(post(sender, WAYS["web hook"].format(port=endpoint.port)))
    await endpoint.reached.wait()
    assert sender.pid is not None
    os.kill(sender.pid, signal.SIGKILL)
    result = await flight
    assert (result.outcome, result.perhaps_arrived) == (Outcome.TEMPORARY, True)
