"""A conferencing program's own word over MQTT: Teams for Linux says whether it is in a call. Does not publish.

In the resident process, but only where a broker is configured: paho adds 4.7 MiB here and a child of its own 17.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from monitor.settings import MeetingBroker

if TYPE_CHECKING:
    from paho.mqtt.client import Client

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 60
END_SECONDS = 0.5
"""A connection that stands is ended in milliseconds; one that is being opened may take its time limit."""
TRUTH = {b"true": True, b"false": False}


class CallBroker:
    """Listens to ``<topic>/in-call`` and ``<topic>/connected``. ``on_change`` is called in the event loop."""

    def __init__(self, settings: MeetingBroker, on_change: Callable[[], None]) -> None:
        self._settings = settings
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._client: Client | None = None
        self._in_call: bool | None = None
        self._connected: bool | None = None
        self.listening = asyncio.Event()

    @property
    def says(self) -> bool | None:
        """Its word, None where it has none. Both topics are retained, so a program that is gone does not count."""
        return None if self._connected is False or not self.listening.is_set() else self._in_call

    async def start(self) -> None:
        """Begin; a broker that is down is tried again until it is back."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        settings, loop = self._settings, self._loop
        client = Client(CallbackAPIVersion.VERSION2)
        if settings.user:
            try:
                client.username_pw_set(settings.user, settings.reveal())
            except LookupError as error:
                log.error("meeting.password: %s; the broker is asked without it", error)
        if settings.tls:
            client.tls_set()

        def connected(mine: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
            if reason.is_failure:
                log.error("meeting.broker %s refuses us: %s", settings.broker, reason)
            else:
                mine.subscribe([(f"{settings.topic}/in-call", 1), (f"{settings.topic}/connected", 1)])

        def subscribed(mine: Client, data: Any, number: int, reasons: Any, properties: Any) -> None:
            loop.call_soon_threadsafe(self.listening.set)

        def lost(mine: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
            loop.call_soon_threadsafe(self._lost)

        def message(mine: Client, data: Any, got: Any) -> None:
            loop.call_soon_threadsafe(self._take, str(got.topic), bytes(got.payload[:16]))

        client.on_connect, client.on_subscribe = connected, subscribed
        client.on_disconnect, client.on_message = lost, message
        client.reconnect_delay_set(1, 60)
        client.connect_async(settings.broker, settings.port, KEEPALIVE_SECONDS)
        client.loop_start()
        self._client = client

    def _lost(self) -> None:
        self.listening.clear()
        self._in_call = self._connected = None
        self._on_change()

    def _take(self, topic: str, payload: bytes) -> None:
        value = TRUTH.get(payload.strip().lower())
        if topic.endswith("/in-call"):
            self._in_call = value
        else:
            self._connected = value
        self._on_change()

    async def close(self) -> None:
        """Disconnect and end the thread. One that waits for a broker that does not answer ends by itself later on, and
        is heard no more."""
        client, self._client = self._client, None
        if client is None:
            return
        client.on_connect = client.on_subscribe = client.on_disconnect = client.on_message = None
        client.disconnect()
        ended = asyncio.Event()

        def end() -> None:
            client.loop_stop()
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=end, daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await ended.wait()
