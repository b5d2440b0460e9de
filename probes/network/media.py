"""Rung 8, the media path: STUN over UDP, TCP and TLS, and a stream of small packets to an own echo responder.

Refuses to send the stream while a meeting runs (or may run), unless it is configured to.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import ssl
import struct
import time
from pathlib import Path

from probes.network import echo_protocol as wire
from probes.network import emodel, stun
from probes.reading import CannotMeasure, NothingToMeasure, Outcome, Reading

CHECK = "network.media"
STREAM = "network.stream"
PACKET_SECONDS = 0.02
"""50 packets a second, the pace of voice."""
LATE_SECONDS = 1.0
"""A voice packet later than this is lost to any listener."""
LEAST_KEY_BYTES = 16
_SO_TIMESTAMPNS = 35
"""asm-generic/socket.h: the kernel's receive time in nanoseconds beside each datagram."""


def host_port(text: str) -> tuple[str, int]:
    """Split "host:port" or "[v6]:port". Raises ValueError with the remedy."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536 or not host:
        raise ValueError(f"{text!r} is not host:port; write it like stun.example.org:3478")
    return host.strip("[]"), int(port)


async def read_stun(servers: tuple[str, ...], timeout: float, tls: ssl.SSLContext | None) -> Outcome:
    """finding: media_udp_blocked when only TCP or TLS answers (evidence "fallback" names it), media_unreachable when
    nothing does."""
    if not servers:
        return NothingToMeasure(check=CHECK, reason="no STUN server is configured")
    evidence: dict[str, str | float | int | bool] = {}
    best: list[float] = []
    fallback = ""
    for server, found in zip(
        servers, await asyncio.gather(*(_ask_stun(one, timeout, tls) for one in servers)), strict=True
    ):
        if isinstance(found, float):
            best.append(found)
            evidence[server] = f"UDP {found * 1000:.1f} ms"
            continue
        transport, trouble = found
        fallback = fallback or transport
        evidence[server] = trouble or (f"UDP silent, {transport} answers" if transport else "no transport answers")
    if best:
        return Reading(check=CHECK, values={"stun_rtt_seconds": min(best)}, evidence=evidence)
    if fallback:
        evidence["fallback"] = fallback
        evidence["reason"] = f"UDP is blocked, meetings fall back to {fallback}"
        return Reading(check=CHECK, finding="media_udp_blocked", evidence=evidence)
    evidence["reason"] = "no STUN server answers by UDP, TCP or TLS"
    return Reading(check=CHECK, finding="media_unreachable", evidence=evidence)


async def _ask_stun(server: str, timeout: float, tls: ssl.SSLContext | None) -> float | tuple[str, str]:
    """Seconds by UDP; else (the transport that answers instead or "", why the server could not be asked or "")."""
    try:
        host, port = host_port(server)
        by_udp = await stun.ask_udp(host, port, timeout)
    except (OSError, ValueError) as error:
        return "", str(error)
    if by_udp is not None:
        return by_udp
    others: list[tuple[str, int, ssl.SSLContext | None]] = [(f"TCP {port}", port, None)]
    if tls is not None:
        others += [(f"TLS {one}", one, tls) for one in dict.fromkeys((443, 5349, port))]
    answers = await asyncio.gather(*(stun.ask_tcp(host, one, timeout, context) for _, one, context in others))
    return next((name for (name, _, _), took in zip(others, answers, strict=True) if took is not None), ""), ""


def read_key(file: str) -> bytes:
    """The shared key. Raises OSError or ValueError with what to do."""
    key = Path(file).read_bytes().strip()
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"{file}: the key is shorter than {LEAST_KEY_BYTES} bytes; make one: openssl rand -hex 32")
    return key


async def read_stream(server: str, key_file: str, seconds: float) -> Outcome:
    """Loss, burst, jitter, delay, reordering, R and MOS of one stream there and back."""
    try:
        host, port = host_port(server)
        key = read_key(key_file)
        loop = asyncio.get_running_loop()
        family, _, _, _, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM))[0]
    except (OSError, ValueError) as error:
        remedy = "Set probes.network.echo_server and probes.network.echo_key_file."
        return CannotMeasure(check=STREAM, target=server, reason=str(error), remedy=remedy)
    count = round(seconds / PACKET_SECONDS)
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as made:
        made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        made.connect(address)
        flow = _Flow(made, key, count)
        loop.add_reader(made, flow.take)
        try:
            started = loop.time()
            for sequence in range(count):
                flow.send(sequence)
                await asyncio.sleep(max(0.0, started + (sequence + 1) * PACKET_SECONDS - loop.time()))
            if len(flow.arrived) < count:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(flow.whole.wait(), LATE_SECONDS)
        finally:
            loop.remove_reader(made)
    return _judge(server, count, flow.arrived, flow.order)


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
                data, ancillary, _, _ = self._socket.recvmsg(wire.SIZE + 1, socket.CMSG_SPACE(16))
            except OSError:
                return
            moment = time.time()
            for level, kind, value in ancillary:
                if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) == 16:
                    seconds, nanoseconds = struct.unpack("=qq", value)
                    moment = seconds + nanoseconds * 1e-9
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
        reason = "no answer: the responder is down, UDP to it is blocked, or key or clock differ"
        return CannotMeasure(check=STREAM, target=server, reason=reason)
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
    evidence: dict[str, str | float | int | bool] = {"server": server, "sent": count, "received": len(arrived)}
    return Reading(check=STREAM, target=server, values=values, evidence=evidence)
