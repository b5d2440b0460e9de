"""Rung 8, call quality: a stream of small packets to an own echo responder.

Does not send the stream while a meeting runs (or may run), unless it is configured to.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from probes.guard import reason_of
from probes.network import echo_protocol as wire
from probes.network import emodel, stamped
from probes.network.system_names import NameLookup
from probes.reading import CannotMeasure, Fact, Outcome, Reading
from probes.why import because

STREAM = "network.stream"
PACKET_SECONDS = 0.02
"""50 packets a second, the pace of voice."""
LATE_SECONDS = 1.0
"""A voice packet later than this is lost to any listener."""
LEAST_KEY_BYTES = 16
MOST_KEY_BYTES = 4096
"""More is another file, named by mistake; a device would be read without end."""


def host_port(text: str) -> tuple[str, int]:
    """Split "host:port" or "[v6]:port". Raises ValueError with the remedy."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536 or not host:
        raise ValueError(because("not_host_port", text=text))
    return host.strip("[]"), int(port)


def read_key(file: str) -> bytes:
    """The shared key. Raises OSError or ValueError with what to do."""
    with Path(file).open("rb") as stream:
        key = stream.read(MOST_KEY_BYTES + 1).strip()
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(because("key_short", file=file, bytes=LEAST_KEY_BYTES))
    if len(key) > MOST_KEY_BYTES:
        raise ValueError(because("key_long", file=file, bytes=MOST_KEY_BYTES))
    return key


async def read_stream(names: NameLookup, server: str, key_file: str, seconds: float, wait: float) -> Outcome:
    """Loss, burst, jitter, delay, reordering, R and MOS of one stream there and back."""
    try:
        host, port = host_port(server)
        key = read_key(key_file)
        found = await names.find(host, wait)
        made = _opened(found.addresses, port)
    except (OSError, ValueError) as error:
        return CannotMeasure(check=STREAM, target=server, reason=because("echo_settings", why=reason_of(error)))
    if made is None:
        unresolved = because("name_unresolved", name=host, why=found.why)
        reason = because("no_way", name=host) if found.addresses else unresolved
        return CannotMeasure(check=STREAM, target=server, reason=reason)
    count, loop = round(seconds / PACKET_SECONDS), asyncio.get_running_loop()
    with made:
        flow = _Flow(made, key, count)
        loop.add_reader(made.fileno(), flow.take)
        try:
            started = loop.time()
            for sequence in range(count):
                flow.send(sequence)
                await asyncio.sleep(max(0.0, started + (sequence + 1) * PACKET_SECONDS - loop.time()))
            if len(flow.arrived) < count:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LATE_SECONDS):
                        await flow.whole.wait()
        finally:
            loop.remove_reader(made.fileno())
    return _judge(server, count, flow.arrived, flow.order)


def _opened(addresses: Sequence[str], port: int) -> socket.socket | None:
    """A socket to the first address that this machine has a way to."""
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            stamped.ask(made)
            made.connect((address, port))
        except OSError:
            made.close()
            continue
        return made
    return None


class _Flow:
    """One stream's packets. Arrival is when the kernel took the packet, so that a busy event loop is no jitter."""

    def __init__(self, made: socket.socket, key: bytes, count: int) -> None:
        self._socket, self._key, self._count = made, key, count
        self._session = int.from_bytes(os.urandom(4))
        self._sent: list[float] = []
        self.arrived: dict[int, float] = {}
        self.order: list[int] = []
        self.whole = asyncio.Event()

    def send(self, sequence: int) -> None:
        data = wire.build(wire.EchoPacket(wire.REQUEST, self._session, sequence, int(time.time())), self._key)
        self._sent.append(time.time())
        with contextlib.suppress(OSError):  # no route at this moment: the packet counts as lost
            self._socket.send(data)

    def take(self) -> None:
        for _ in range(64):
            try:
                data, moment = stamped.receive(self._socket, wire.SIZE + 1)
            except OSError:
                return
            packet = wire.read(data, self._key)
            if packet is None or packet.kind != wire.ANSWER or packet.session != self._session:
                continue
            sequence = packet.sequence
            if sequence < len(self._sent) and sequence not in self.arrived:
                self.arrived[sequence] = max(0.0, moment - self._sent[sequence])
                self.order.append(sequence)
                if len(self.order) == self._count:
                    self.whole.set()


def _judge(server: str, count: int, arrived: dict[int, float], order: list[int]) -> Outcome:
    if not arrived:
        return CannotMeasure(check=STREAM, target=server, reason=because("echo_silent"))
    loss = 1 - len(arrived) / count
    rtt = sorted(arrived.values())[len(arrived) // 2]
    jitter = wire.rfc3550_jitter([arrived[one] for one in order])
    late = sum(1 for before, after in itertools.pairwise(order) if after < before)
    r = emodel.r_factor(rtt, jitter, loss, wire.burst_ratio(set(arrived), count))
    values = {
        "media_loss_ratio": loss,
        "media_burst_packets": float(wire.longest_gap(set(arrived), count)),
        "media_rtt_seconds": rtt,
        "media_jitter_seconds": jitter,
        "media_reordered_ratio": late / len(order),
        "media_r_factor": r,
        "media_mos": emodel.mos(r),
    }
    evidence: dict[str, Fact] = {"server": server, "sent": count, "received": len(arrived)}
    return Reading(check=STREAM, target=server, values=values, evidence=evidence)
