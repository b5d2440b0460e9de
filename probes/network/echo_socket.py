"""Echo and ARP on raw sockets of the event loop. Owns privilege detection; refuses names (addresses only)."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from dataclasses import dataclass
from ipaddress import IPv4Address

from probes.linux.rtnetlink import IpAddress
from probes.network.packets import ARP_TYPE, ArpAnswer, EchoRequest, arp_request, read_arp, read_echo
from probes.why import because


@dataclass(frozen=True, slots=True)
class EchoResult:
    """Round-trip times in seconds of the answered echoes, of ``sent``. error: why sending failed, "" if it did not."""

    sent: int
    times: tuple[float, ...]
    error: str = ""

    @property
    def answered(self) -> bool:
        return bool(self.times)

    @property
    def rtt(self) -> float:
        """The best round-trip time: the others hold queues of this machine and the path."""
        return min(self.times) if self.times else float("nan")

    @property
    def loss(self) -> float:
        return 1 - len(self.times) / self.sent if self.sent else float("nan")


def open_echo(version: int) -> tuple[socket.socket, bool]:
    """(socket, raw): a raw ICMP socket, else an unprivileged datagram one. Raises PermissionError with the remedy."""
    family, protocol = (
        (socket.AF_INET, socket.IPPROTO_ICMP) if version == 4 else (socket.AF_INET6, socket.IPPROTO_ICMPV6)
    )
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
        try:
            made = socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
        except PermissionError:
            continue
        if kind == socket.SOCK_RAW:
            _accept_only_replies(made, version)
        return made, kind == socket.SOCK_RAW
    raise PermissionError(because("no_privilege"))


def _accept_only_replies(made: socket.socket, version: int) -> None:
    """Let the kernel drop everything but echo replies: other people's ICMP must not wake us."""
    if version == 4:
        made.setsockopt(255, 1, struct.pack("=I", 0xFFFFFFFF & ~1))  # SOL_RAW, ICMP_FILTER: a set bit blocks
    else:
        wanted = bytearray(b"\xff" * 32)  # ICMP6_FILTER: a set bit blocks; 129 is the echo reply
        word = struct.unpack_from("=I", wanted, 16)[0] & ~(1 << (129 - 128))
        struct.pack_into("=I", wanted, 16, word & 0xFFFFFFFF)
        made.setsockopt(socket.IPPROTO_ICMPV6, 1, bytes(wanted))


async def echo(
    address: IpAddress,
    *,
    count: int = 1,
    interval: float = 0.02,
    timeout: float = 1.0,
    enough: int = 0,
    device: str = "",
) -> EchoResult:
    """Send ``count`` echoes ``interval`` seconds apart and wait until all are back or the last is overdue.

    enough: return as soon as so many answers came (0: all). device: the interface to leave by, which a link-local
    address needs. Raises PermissionError where no socket may be had.
    """
    made, raw = open_echo(address.version)
    to: tuple[object, ...] = (str(address), 0)
    try:
        if device:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            if address.version == 6:
                to = (str(address), 0, 0, socket.if_nametoindex(device))
    except OSError:
        made.close()
        raise
    identifier = int.from_bytes(os.urandom(2)) if raw else 0
    request = EchoRequest(identifier, address.version)
    sent_at: list[float] = []
    times: dict[int, float] = {}
    done = asyncio.Event()
    wanted = enough or count

    def read() -> None:
        for _ in range(64):
            try:
                packet, source = made.recvfrom(2048)
            except OSError:
                return
            arrived = time.perf_counter()
            answer = read_echo(packet, address.version, raw and address.version == 4)
            if answer is None or (raw and answer[0] != identifier) or source[0].split("%")[0] != str(address):
                continue
            if answer[1] < len(sent_at) and answer[1] not in times:
                times[answer[1]] = arrived - sent_at[answer[1]]
                if len(times) >= wanted:
                    done.set()

    loop = asyncio.get_running_loop()
    error = ""
    loop.add_reader(made.fileno(), read)
    try:
        started = loop.time()
        for sequence in range(count):
            sent_at.append(time.perf_counter())
            try:
                made.sendto(request.numbered(sequence), to)
            except OSError as problem:
                error = problem.strerror or str(problem)
            if sequence + 1 < count:
                await asyncio.sleep(max(0.0, started + (sequence + 1) * interval - loop.time()))
                if done.is_set():
                    break
        try:
            if not error or times:
                async with asyncio.timeout(timeout):
                    await done.wait()
        except TimeoutError:
            pass
    finally:
        loop.remove_reader(made.fileno())
        made.close()
    return EchoResult(len(sent_at), tuple(times[key] for key in sorted(times)), error)


async def ask_arp(
    interface: str,
    hardware: bytes,
    sender: IPv4Address | None,
    wanted: IPv4Address,
    *,
    own: frozenset[bytes] = frozenset(),
    timeout: float = 1.0,
    linger: float = 0.0,
    tries: int = 2,
) -> list[ArpAnswer]:
    """Ask who has ``wanted``: the answers of others by their hardware address, the first one first; empty for silence.

    hardware: of this interface. own: of this machine's other interfaces, which answer too where two are in one network.
    sender None probes without claiming an address (RFC 5227). linger: seconds to wait for a second owner after the
    first answer. Raises PermissionError, OSError.
    """
    made = socket.socket(
        socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.htons(ARP_TYPE)
    )
    found: dict[bytes, ArpAnswer] = {}
    heard = asyncio.Event()
    mine = own | {hardware}

    def read() -> None:
        for _ in range(64):
            try:
                frame = made.recv(128)
            except OSError:
                return
            answer = read_arp(frame)
            if answer and answer.address == wanted and answer.hardware not in mine:
                found.setdefault(answer.hardware, answer)
                heard.set()

    loop = asyncio.get_running_loop()
    try:
        made.bind((interface, ARP_TYPE))
        loop.add_reader(made.fileno(), read)
        frame = arp_request(hardware, sender, wanted)
        for _ in range(tries):
            made.send(frame)
            try:
                async with asyncio.timeout(timeout / tries):
                    await heard.wait()
            except TimeoutError:
                continue
            if linger:
                await asyncio.sleep(linger)
            break
        return list(found.values())
    finally:
        loop.remove_reader(made.fileno())
        made.close()
