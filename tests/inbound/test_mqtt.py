"""Acknowledgements through a real MQTT broker."""

from __future__ import annotations

import asyncio
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
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    port = free_port()
    file = tmp_path / "mosquitto.conf"
    file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
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


async def test_a_broker_that_is_down_is_no_error() -> None:
    listener = MqttListener("127.0.0.1", free_port(), Senders(topics={"a": "li"}), lambda answer: None)
    await listener.start()
    await asyncio.sleep(0.1)
    assert not listener.listening.is_set()
    await listener.close()
