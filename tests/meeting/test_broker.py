"""Teams for Linux says over a real MQTT broker whether it is in a call."""

from __future__ import annotations

import asyncio

from monitor.meeting.broker import CallBroker, MeetingBroker
from tests.inbound.test_mqtt import broker, publish

__all__ = ["broker"]


async def until(wanted: bool | None, calls: CallBroker, changed: asyncio.Event) -> None:
    async with asyncio.timeout(30):
        while calls.says is not wanted or not calls.listening.is_set():
            await changed.wait()
            changed.clear()


async def test_its_word_counts_while_it_is_connected(broker: int) -> None:
    changed = asyncio.Event()
    await publish(broker, "rooms/3/in-call", "true", retain=True)
    await publish(broker, "rooms/3/connected", "true", retain=True)
    calls = CallBroker(MeetingBroker(broker="127.0.0.1", port=broker, topic="rooms/3"), changed.set)
    assert calls.says is None
    await calls.start()
    await until(True, calls, changed)
    await publish(broker, "rooms/4/in-call", "false")
    await publish(broker, "rooms/3/in-call", "maybe\0" * 1000)
    await until(None, calls, changed)
    await publish(broker, "rooms/3/in-call", "false", retain=True)
    await until(False, calls, changed)
    await publish(broker, "rooms/3/in-call", "true", retain=True)
    await until(True, calls, changed)
    await publish(broker, "rooms/3/connected", "false", retain=True)  # its last will: it crashed in the call
    await until(None, calls, changed)
    await calls.close()


async def test_a_broker_that_ends_takes_its_word_with_it(broker: int) -> None:
    changed = asyncio.Event()
    await publish(broker, "teams/in-call", "true", retain=True)
    calls = CallBroker(MeetingBroker(broker="127.0.0.1", port=broker), changed.set)
    await calls.start()
    await until(True, calls, changed)
    calls._lost()
    assert calls.says is None
    await calls.close()
