"""Finds the routers on the way and asks each by echo, to name where loss begins. Runs in a child process; IPv4 only.

Loss is never read from "time exceeded": routers send few of those a second (Linux: one), so a sound one looks lossy.
Packets are crafted, and the quoted originals dissected, by scapy; sending is plain sockets.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from probes.why import because

MOST_HOPS = 24
SLOTS = 64
"""Packets a hop can tell apart: hop and number share sixteen bits of the packet."""
DISCOVERY_ROUNDS = 5
"""Two, more while the target is silent: where a third of all packets is lost, five find it 249 times of 250."""
PACE_SECONDS = 0.005
"""Between two packets: routers answer some hundred a second, and 200 a second of 60 bytes disturb no call."""


@dataclass
class Hop:
    """The router at one distance. asked: echoes sent to it; times: echo number → seconds."""

    address: str = ""
    asked: int = 0
    times: dict[int, float] = field(default_factory=dict)

    @property
    def loss(self) -> float | None:
        """None where it answers no echo at all: many routers are told not to."""
        return 1 - len(self.times) / self.asked if self.times else None


def trace(argument: dict[str, Any]) -> dict[str, Any]:
    """argument: {"target": IPv4 address, "port": UDP port or 0 for ICMP echo, "count": echoes a hop, "seconds"}.

    Returns {"hops": [{"hop", "address", "sent", "received", "seconds"}], "reached", "before", "at", "loss"}: packets
    are lost between ``before`` and ``at`` ("" where nothing is known beyond, or nothing is lost); or {"error": ...}.
    Takes about three seconds and a hundredth for each packet.
    """
    count = max(1, min(SLOTS, int(argument["count"])))
    target, port = str(argument["target"]), int(argument["port"])
    try:
        socket.inet_pton(socket.AF_INET, target)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as listening,
            socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sending,
        ):
            walk = _Walk(listening, sending, target, port, time.monotonic() + float(argument["seconds"]))
            walk.discover()
            walk.measure(count)
    except PermissionError:
        return {"error": because("no_privilege")}
    except OSError as error:
        return {"error": because("system_error", detail=error.strerror or str(error))}
    return {"reached": walk.reached is not None, **where(walk.hops, walk.reached)}


class _Walk:
    def __init__(
        self, listening: socket.socket, sending: socket.socket, target: str, port: int, deadline: float
    ) -> None:
        self._listening, self._sending, self._target, self._port = listening, sending, target, port
        self._deadline = deadline
        self._mark = int.from_bytes(os.urandom(2)) | 1
        self._sent: dict[tuple[int, int], float] = {}
        self.hops: dict[int, Hop] = {}
        self._known = False
        self.reached: int | None = None

    def discover(self) -> None:
        """Send packets to each distance; keep the hops up to the target, or to the farthest that answers."""
        for number in range(DISCOVERY_ROUNDS):
            if self.reached is not None and number > 1:
                break
            for hop in range(1, MOST_HOPS + 1):
                self._send(build(self._target, self._port, hop, number, self._mark), self._target)
                self._receive(PACE_SECONDS)
        self._receive(1.0, stop=lambda: self.reached is not None)
        self._receive(0.2)
        last = self.reached or max(self.hops, default=0)
        self.hops = {number: hop for number, hop in sorted(self.hops.items()) if number <= last}
        self._known = True

    def measure(self, count: int) -> None:
        """Ask every hop by echo, in turns, so that all see the same moments."""
        for number in range(count):
            for place, hop in self.hops.items():
                if time.monotonic() < self._deadline:
                    hop.asked += 1
                    self._sent[place, number] = time.perf_counter()
                    self._send(build_echo(hop.address, place, number, self._mark ^ 0xFFFF), hop.address)
                    self._receive(PACE_SECONDS)
        self._receive(1.0)

    def _send(self, packet: bytes, to: str) -> None:
        try:
            self._sending.sendto(packet, (to, 0))
        except OSError:
            pass  # no route at this moment: the packet counts as lost

    def _receive(self, seconds: float, stop: Callable[[], bool] | None = None) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not (stop and stop()):
            if not select.select([self._listening], [], [], left)[0]:
                return
            data = self._listening.recv(2048)
            arrived = time.perf_counter()
            if (pong := read_echo(data, self._mark ^ 0xFFFF)) is not None:
                place, number, source = pong
                hop = self.hops.get(place)
                sent = self._sent.get((place, number))
                if hop is not None and sent is not None and hop.address == source:
                    hop.times.setdefault(number, arrived - sent)
            elif not self._known and (answer := read_answer(data, self._target, self._port, self._mark)):
                place, source, final = answer
                self.hops.setdefault(place, Hop(source))
                if final and (self.reached is None or place < self.reached):
                    self.reached = place


def build(target: str, port: int, hop: int, number: int, mark: int) -> bytes:
    """An IPv4 packet that dies after ``hop`` routers and carries (hop, number) where ICMP errors quote it."""
    from scapy.layers.inet import ICMP, IP, UDP

    place = hop * SLOTS + number
    head = IP(dst=target, ttl=hop, id=place)
    if port:
        return bytes(head / UDP(sport=mark | 0x8000, dport=port, len=8 + 12) / b"roomwatch---")
    return bytes(head / ICMP(type=8, id=mark, seq=place) / b"roomwatch---")


def build_echo(address: str, place: int, number: int, mark: int) -> bytes:
    """An ordinary echo request that carries (place, number) back."""
    from scapy.layers.inet import ICMP, IP

    return bytes(IP(dst=address) / ICMP(type=8, id=mark, seq=place * SLOTS + number) / b"roomwatch---")


def read_echo(data: bytes, mark: int) -> tuple[int, int, str] | None:
    """(place, number, who answers) of an echo reply to ``build_echo``; None else. Never raises."""
    from scapy.layers.inet import ICMP, IP

    try:
        packet = IP(data)
        if ICMP not in packet or packet[ICMP].type != 0 or packet[ICMP].id != mark:
            return None
        return (*divmod(int(packet[ICMP].seq), SLOTS), str(packet.src))
    except Exception:  # scapy raises whatever a malformed packet makes it raise
        return None


def read_answer(data: bytes, target: str, port: int, mark: int) -> tuple[int, str, bool] | None:
    """(hop, who answers, whether it is the target) of an answer to ``build``; None else. Never raises."""
    from scapy.layers.inet import ICMP, IP, ICMPerror, IPerror, UDPerror

    try:
        packet = IP(data)
        if ICMP not in packet:
            return None
        kind, source = packet[ICMP].type, str(packet.src)
        if kind == 0 and not port and packet[ICMP].id == mark and source == target:
            return int(packet[ICMP].seq) // SLOTS, source, True
        if kind not in (3, 11) or IPerror not in packet or str(packet[IPerror].dst) != target:
            return None
        if port:
            ours = UDPerror in packet and packet[UDPerror].sport == mark | 0x8000 and packet[UDPerror].dport == port
        else:
            ours = ICMPerror in packet and packet[ICMPerror].id == mark
        return (int(packet[IPerror].id) // SLOTS, source, kind == 3 and source == target) if ours else None
    except Exception:  # scapy raises whatever a malformed packet makes it raise
        return None


LEAST_LOSS = 0.05
"""Below one packet in twenty a sample of thirty says nothing."""


def where(hops: dict[int, Hop], reached: int | None) -> dict[str, Any]:
    """Between which hops packets get lost. Only loss that every farther hop shows too counts."""
    rows = [
        {
            "hop": number,
            "address": hop.address,
            "sent": hop.asked,
            "received": len(hop.times),
            "seconds": round(min(hop.times.values()), 6) if hop.times else None,
        }
        for number, hop in sorted(hops.items())
    ]
    before = at = ""
    loss = 1.0
    if reached is None:
        before = hops[max(hops)].address if hops else ""
    elif (measured := hops[reached].loss) is None or measured < LEAST_LOSS:
        loss = measured or 0.0
    else:
        loss, at = measured, hops[reached].address
        for number in sorted((one for one in hops if one < reached), reverse=True):
            there = hops[number].loss
            if there is not None and there < loss / 2:
                before = hops[number].address
                break
            if there is not None:
                at = hops[number].address
    return {"hops": rows, "before": before, "at": at, "loss": round(loss, 4)}
