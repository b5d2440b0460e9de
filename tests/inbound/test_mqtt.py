"""Acknowledgements through a real MQTT broker."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerting.inbound.child_protocol import Job, ReadItem
from tests.channels.conftest import free_port
from tests.inbound.listening import listening


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[int]:
    async with broker_with(tmp_path) as port:
        yield port


@contextlib.asynccontextmanager
async def broker_with(tmp_path: Path, more: str = "") -> AsyncIterator[int]:
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    port = free_port()
    file = tmp_path / "mosquitto.conf"
    file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n{more}")
    process = await asyncio.create_subprocess_exec(program, "-c", str(file), stderr=asyncio.subprocess.DEVNULL)
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.05)
    yield port
    process.terminate()
    await process.wait()


SENDER = """
import sys
from paho.mqtt import publish
port, topic, retain = sys.argv[1:]
publish.single(topic, sys.stdin.buffer.read(), hostname="127.0.0.1", port=int(port), qos=1, retain=retain == "True")
"""


async def publish(port: int, topic: str, text: str, *, retain: bool = False) -> None:
    """Publish once. In a process of its own: paho's one-shot sender can lose its connection and wait for ever."""
    command = [sys.executable, "-c", SENDER, str(port), topic, str(retain)]
    for _ in range(3):
        try:
            await asyncio.to_thread(subprocess.run, command, check=True, timeout=15, input=text.encode())
        except subprocess.TimeoutExpired:
            continue
        return
    raise TimeoutError("the broker did not take the message")


def job(port: int, *topics: str) -> Job:
    return Job(way="mqtt", host="127.0.0.1", port=port, security="none", topics=topics)


async def test_what_is_published_is_heard_and_retained_or_long_messages_are_not(broker: int, tmp_path: Path) -> None:
    await publish(broker, "rooms/ack/li", "接单 99", retain=True)
    async with listening(tmp_path, job(broker, "rooms/ack/li")) as (listener, got):
        await asyncio.wait_for(listener.listening.wait(), 20)
        await publish(broker, "rooms/ack/mallory", "接单 1")
        await publish(broker, "rooms/ack/li", "接单 2" + " " * 100_000)
        await publish(broker, "rooms/ack/li", "接单 RW-12-0123456789ABCD")
        assert await got() == ReadItem(sender="rooms/ack/li", verb="take", codes=((12, "0123456789ABCD"),), about=12)


async def test_a_topic_that_the_broker_refuses_is_named_and_no_message_offers_it(tmp_path: Path) -> None:
    rights = {
        "defaultACLAccess": {"subscribe": False, "publishClientReceive": True, "unsubscribe": True},
        "anonymousGroup": "everybody",
        "groups": [{"groupname": "everybody", "roles": [{"rolename": "reader"}]}],
        "roles": [
            {
                "rolename": "reader",
                "acls": [{"acltype": "subscribePattern", "topic": "rooms/ack/li", "priority": 0, "allow": True}],
            }
        ],
    }
    (tmp_path / "rights.json").write_text(json.dumps(rights))
    plugin = next(Path("/usr/lib").rglob("mosquitto_dynamic_security.so"))
    async with (
        broker_with(
            tmp_path, f"user {getpass.getuser()}\nplugin {plugin}\nplugin_opt_config_file {tmp_path}/rights.json\n"
        ) as port,
        listening(tmp_path, job(port, "rooms/ack/li", "rooms/ack/wang")) as (listener, _),
    ):
        await asyncio.wait_for(listener.listening.wait(), 30)
        heard = (listener.hears("rooms/ack/li"), listener.hears("rooms/ack/wang"))
        problem = listener.problem
    assert heard == (True, False)
    assert "rooms/ack/wang" in problem
    assert "rooms/ack/li" not in problem


async def test_a_broker_that_is_down_or_speaks_an_older_version_is_no_end(tmp_path: Path) -> None:
    port = free_port()
    async with listening(tmp_path, job(port, "a")) as (listener, _):
        assert "refused" in await listener.told()
        assert not listener.listening.is_set()
    async with (
        broker_with(tmp_path, "max_packet_size 2000\n") as port,
        old_broker(port) as old,
        listening(tmp_path, job(old, "a")) as (listener, got),
    ):
        await asyncio.wait_for(listener.listening.wait(), 60)
        await publish(port, "a", "take 3")
        assert (await got()).number == 3


@contextlib.asynccontextmanager
async def old_broker(port: int) -> AsyncIterator[int]:
    """A way to the broker on ``port`` that hangs up on MQTT 5, as brokers do that do not know it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            hello = await reader.readexactly(9)
            if hello[8] == 5:
                return writer.close()
            far, near = await asyncio.open_connection("127.0.0.1", port)
            near.write(hello)
            await asyncio.gather(_copy(reader, near), _copy(far, writer))
        return writer.close()

    async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await source.read(4096):
            to.write(data)
        to.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
