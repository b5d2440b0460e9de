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

from alerting.inbound.answer import Answer, Senders
from alerting.inbound.mqtt import MqttListener
from tests.channels.conftest import free_port


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


async def test_a_contact_takes_an_incident_by_publishing_and_nobody_else_does(broker: int) -> None:
    got: asyncio.Queue[Answer] = asyncio.Queue()
    await publish(broker, "rooms/ack/li", "接单 99", retain=True)
    listener = MqttListener("127.0.0.1", broker, Senders(topics={"rooms/ack/li": "li"}), got.put_nowait)
    await listener.start()
    await asyncio.wait_for(listener.listening.wait(), 10)
    await publish(broker, "rooms/ack/mallory", "接单 1")
    await publish(broker, "rooms/ack/li", "hello")
    await publish(broker, "rooms/ack/li", "接单 12")
    answer = await asyncio.wait_for(got.get(), 10)
    await listener.close()
    assert answer == Answer(verb="take", number=12, contact="li", way="mqtt")
    assert got.empty()


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
    async with broker_with(
        tmp_path, f"user {getpass.getuser()}\nplugin {plugin}\nplugin_opt_config_file {tmp_path}/rights.json\n"
    ) as port:
        senders = Senders(topics={"rooms/ack/li": "li", "rooms/ack/wang": "wang"})
        listener = MqttListener("127.0.0.1", port, senders, lambda answer: None)
        await listener.start()
        await asyncio.wait_for(listener.listening.wait(), 30)
        heard = (listener.hears("rooms/ack/li"), listener.hears("rooms/ack/wang"))
        problem = listener.problem
        await listener.close()
    assert heard == (True, False)
    assert "rooms/ack/wang" in problem
    assert "rooms/ack/li" not in problem


async def test_a_broker_that_is_down_is_no_error() -> None:
    listener = MqttListener("127.0.0.1", free_port(), Senders(topics={"a": "li"}), lambda answer: None)
    await listener.start()
    await asyncio.sleep(0.1)
    assert not listener.listening.is_set()
    await listener.close()
