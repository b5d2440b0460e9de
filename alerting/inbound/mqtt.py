"""Listens for acknowledgements at an MQTT broker, in paho's own thread. Refuses retained messages: they are old."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from alerting.inbound.answer import Answer, Senders
from alerting.inbound.parse import parse_text

if TYPE_CHECKING:
    from paho.mqtt.client import Client

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 60
LONGEST_PAYLOAD = 4096
"""Bytes: an acknowledgement is a line; anything longer is not one."""


class MqttListener:
    """One subscription for each contact's topic; reconnects by itself. ``received`` is called in the event loop."""

    def __init__(
        self,
        host: str,
        port: int,
        senders: Senders,
        received: Callable[[Answer], None],
        *,
        username: str = "",
        password: str = "",
        tls: bool = False,
    ) -> None:
        self._host, self._port = host, port
        self._senders = senders
        self._received = received
        self._credentials = (username, password)
        self._tls = tls
        self._client: Client | None = None
        self.listening = asyncio.Event()
        """Set while subscribed to something."""
        self.problem = ""
        """What the broker refuses, "" for nothing."""
        self._refused: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Begin; a broker that is down is tried again until it is back."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        loop = asyncio.get_running_loop()
        client = Client(CallbackAPIVersion.VERSION2)
        if self._credentials[0]:
            client.username_pw_set(*self._credentials)
        if self._tls:
            client.tls_set()
        topics = [(topic, 1) for topic in self._senders.topics]

        def connected(mine: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
            if reason.is_failure:
                log.error("the MQTT broker refuses us: %s", reason)
            elif topics:
                mine.subscribe(topics)

        def subscribed(mine: Client, data: Any, number: int, reasons: Any, properties: Any) -> None:
            refused = [topic for (topic, _), reason in zip(topics, reasons, strict=False) if reason.is_failure]
            loop.call_soon_threadsafe(self._subscribed, refused)

        def lost(mine: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
            loop.call_soon_threadsafe(self.listening.clear)

        def message(mine: Client, data: Any, got: Any) -> None:
            if not got.retain and len(got.payload) <= LONGEST_PAYLOAD:
                loop.call_soon_threadsafe(self._take, str(got.topic), bytes(got.payload))

        client.on_connect, client.on_subscribe = connected, subscribed
        client.on_disconnect, client.on_message = lost, message
        client.reconnect_delay_set(1, 60)
        client.connect_async(self._host, self._port, KEEPALIVE_SECONDS)
        client.loop_start()
        self._client = client

    def hears(self, topic: str) -> bool:
        """True while an acknowledgement on that topic would arrive: a message may name this way only then."""
        return self.listening.is_set() and topic not in self._refused

    def _subscribed(self, refused: list[str]) -> None:
        self._refused = frozenset(refused)
        self.problem = ""
        if refused:
            self.problem = (
                f"MQTT broker {self._host}: it refuses the subscription to {', '.join(refused)}: "
                "allow this user to read these topics"
            )
            log.error("%s", self.problem)
        if len(refused) < len(self._senders.topics):
            self.listening.set()

    def _take(self, topic: str, payload: bytes) -> None:
        command = parse_text(payload.decode(errors="replace"))
        answer = None if command is None else self._senders.by_topic(topic, command, "mqtt")
        if answer is None:
            log.info("a message on an acknowledgement topic was no acknowledgement")
            return
        self._received(answer)

    async def close(self) -> None:
        """Disconnect and end the thread."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)
