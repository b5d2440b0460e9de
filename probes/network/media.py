"""Rung 8, the media path: STUN over UDP and TCP, and a stream of small packets to an own echo responder.

Refuses to send the stream while a meeting runs (or may run), unless it is configured to.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
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


def host_port(text: str) -> tuple[str, int]:
    """Split "host:port" or "[v6]:port". Raises ValueError with the remedy."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536 or not host:
        raise ValueError(f"{text!r} is not host:port; write it like stun.example.org:3478")
    return host.strip("[]"), int(port)


async def read_stun(servers: tuple[str, ...], timeout: float) -> Outcome:
    """finding: media_udp_blocked when TCP answers and UDP does not, media_unreachable when neither does."""
    if not servers:
        return NothingToMeasure(check=CHECK, reason="no STUN server is configured")
    evidence: dict[str, str | float | int | bool] = {}
    best: list[float] = []
    tcp = False
    for server in servers:
        try:
            host, port = host_port(server)
            by_udp = await stun.ask_udp(host, port, timeout)
        except (OSError, ValueError) as error:
            evidence[server] = str(error)
            continue
        if by_udp is not None:
            best.append(by_udp)
            evidence[server] = f"UDP {by_udp * 1000:.1f} ms"
            continue
        by_tcp = await stun.ask_tcp(host, port, timeout)
        tcp = tcp or by_tcp is not None
        evidence[server] = "UDP silent, TCP answers" if by_tcp is not None else "neither UDP nor TCP answers"
    if best:
        return Reading(check=CHECK, values={"stun_rtt_seconds": min(best)}, evidence=evidence)
    evidence["reason"] = "UDP is blocked, meetings fall back to TCP" if tcp else "no STUN server answers"
    return Reading(check=CHECK, finding="media_udp_blocked" if tcp else "media_unreachable", evidence=evidence)


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
    session = int.from_bytes(os.urandom(4))
    count = round(seconds / PACKET_SECONDS)
    sent: list[float] = []
    arrived: dict[int, float] = {}
    order: list[int] = []
    whole = asyncio.Event()
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as made:
        made.connect(address)

        def take() -> None:
            for _ in range(64):
                try:
                    data = made.recv(wire.SIZE + 1)
                except OSError:
                    return
                moment = time.perf_counter()
                packet = wire.read(data, key)
                if packet is None or packet.kind != wire.ANSWER or packet.session != session:
                    continue
                if packet.sequence < len(sent) and packet.sequence not in arrived:
                    arrived[packet.sequence] = moment - sent[packet.sequence]
                    order.append(packet.sequence)
                    if len(order) == count:
                        whole.set()

        loop.add_reader(made, take)
        try:
            started = loop.time()
            for sequence in range(count):
                data = wire.build(wire.EchoPacket(wire.REQUEST, session, sequence, int(time.time())), key)
                sent.append(time.perf_counter())
                try:
                    made.send(data)
                except OSError:
                    pass  # no route at this moment: the packet counts as lost
                await asyncio.sleep(max(0.0, started + (sequence + 1) * PACKET_SECONDS - loop.time()))
            if len(arrived) < count:
                try:
                    await asyncio.wait_for(whole.wait(), LATE_SECONDS)
                except TimeoutError:
                    pass
        finally:
            loop.remove_reader(made)
    return _judge(server, count, arrived, order)


def _judge(server: str, count: int, arrived: dict[int, float], order: list[int]) -> Outcome:
    if not arrived:
        reason = "no answer: the responder is down, UDP to it is blocked, or key or clock differ"
        return CannotMeasure(check=STREAM, target=server, reason=reason)
    loss = 1 - len(arrived) / count
    rtt = sorted(arrived.values())[len(arrived) // 2]
    jitter = wire.rfc3550_jitter([arrived[one] for one in order])
    late = sum(1 for before, after in itertools.pairwise(order) if after < before)
    r = emodel.r_factor(rtt, jitter, loss)
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
