"""Listens for answers at an MQTT broker. Retained messages are old, and are not heard. Runs in the child."""

from __future__ import annotations

import time
from typing import Any

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from alerting.child.confinement import begin_item
from alerting.inbound.child import Parent, ReadingPace, shown
from alerting.inbound.child_protocol import ALIVE_SECONDS, Job, ReadItem, State
from alerting.inbound.reply_text import read

KEEPALIVE_SECONDS = 60

LONGEST_PAYLOAD = 4096
"""Bytes: an answer is a line; anything longer is not one. A broker of version 5 does not even send us more."""

RECONNECT_SECONDS = (1.0, 5.0, 15.0, 60.0)


class _Listening:
    """One connection's state, and what the daemon is told of it."""

    def __init__(self, job: Job, parent: Parent) -> None:
        self.job, self.parent = job, parent
        self.pace = ReadingPace(job.topics)
        self.listening = False
        self.refused: tuple[str, ...] = ()
        self.problem = ""
        self.answered = False
        """True once the broker has answered at all; one that does not know version 5 may just hang up."""
        self.refuses_version = False
        self._said = 0.0

    def say(self) -> None:
        self._said = time.monotonic()
        self.parent.say(
            State(
                listening=self.listening,
                problem=self.problem[:400],
                refused=tuple(one[:320] for one in self.refused[:8]),
                dropped=self.pace.dropped,
            )
        )

    def say_if_due(self) -> None:
        if time.monotonic() >= self._said + ALIVE_SECONDS:
            self.say()

    def connected(self, client: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.answered = True
        if reason.is_failure:
            self.refuses_version = "nsupported protocol" in str(reason)
            self.problem = f"MQTT broker {self.job.host} refuses us: {shown(reason, (self.job.secret,))}"
        elif self.job.topics:
            client.subscribe([(topic, 1) for topic in self.job.topics])

    def subscribed(self, client: Client, data: Any, number: int, reasons: Any, properties: Any) -> None:
        self.refused = tuple(
            topic for topic, reason in zip(self.job.topics, reasons, strict=False) if reason.is_failure
        )
        self.problem = ""
        if self.refused:
            self.problem = (
                f"MQTT broker {self.job.host}: it refuses the subscription to {', '.join(self.refused)}: "
                "allow this user to read these topics"
            )
        self.listening = len(self.refused) < len(self.job.topics)
        self.say()

    def message(self, client: Client, data: Any, got: Any) -> None:
        if got.retain or len(got.payload) > LONGEST_PAYLOAD:
            return
        words = read(bytes(got.payload).decode(errors="replace"))
        if not words.verb or not self.pace.allows(str(got.topic)):
            return
        self.parent.say(
            ReadItem(
                sender=str(got.topic)[:320],
                verb=words.verb,
                number=words.number,
                codes=words.codes,
                about=words.about,
            )
        )


def listen(job: Job, parent: Parent) -> None:
    """Listen for ever; a broker that is down is tried again until it is back."""
    state = _Listening(job, parent)
    protocol = MQTTv5
    failures = 0
    while True:
        state.answered = state.refuses_version = hung_up = False
        try:
            _listen_once(state, protocol)
            hung_up = not state.answered
        except OSError as error:
            state.problem = f"MQTT broker {job.host}: {shown(error.strerror or error)}"
        if state.refuses_version or hung_up:
            protocol = MQTTv311 if protocol == MQTTv5 else MQTTv5
        if state.refuses_version:
            continue
        failures = 0 if state.listening else failures + 1
        state.listening = False
        state.problem = state.problem or f"MQTT broker {job.host}: the connection was lost"
        state.say()
        time.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])


def _listen_once(state: _Listening, protocol: Any) -> None:
    """Until the connection ends. Raises OSError where there is none."""
    job = state.job
    client = Client(CallbackAPIVersion.VERSION2, protocol=protocol)
    if job.user:
        client.username_pw_set(job.user, job.secret)
    if job.security == "tls":
        client.tls_set()
    client.on_connect, client.on_subscribe, client.on_message = state.connected, state.subscribed, state.message
    properties = None
    if protocol == MQTTv5:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = 4 * LONGEST_PAYLOAD
    begin_item()
    client.connect(job.host, job.port, KEEPALIVE_SECONDS, properties=properties)
    while client.loop(timeout=1.0) == MQTTErrorCode.MQTT_ERR_SUCCESS:
        state.say_if_due()
        begin_item()
