"""Which switch port the cable ends in, remembered while it is plugged, so that a pulled cable can be named.

Frames are only collected here, on two sockets that are emptied at each run; a scapy child reads a new one. Linux only.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probes.child.isolate import Isolation, IsolationError
from probes.reading import Fact
from probes.why import because

log = logging.getLogger(__name__)

LLDP_TYPE, LLC_TYPE = 0x88CC, 0x0004
"""EtherType of LLDP, and the kernel's name for frames with a length in its place (ETH_P_802_2), as CDP's are."""
GROUPS = {LLDP_TYPE: bytes.fromhex("0180c200000e"), LLC_TYPE: bytes.fromhex("01000ccccccc")}
"""Multicast addresses that the card must let through."""
CDP_START = bytes.fromhex("aaaa0300000c2000")
READ_AGAIN_SECONDS = 1800.0
"""At least this long between two children for one plug: frames that differ each time must cost next to nothing."""
MOST_SENDERS = 8
"""A simple switch passes on the frames of every PC and telephone that hangs on it, beside those of the wall port."""
MOST_FRAMES = 256
"""Frames taken at one run: a flood is read up in pieces and never holds up the ladder."""
FILE = "neighbour.json"


@dataclass
class Neighbours:
    """The neighbours of every interface that was watched. known: interface → {"protocol", "switch", "port", "vlan"}."""

    file: Path | None = None
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    hindrance: Fact = ""
    _sockets: dict[str, list[socket.socket]] = field(default_factory=dict)
    _heard: dict[str, dict[bytes, bytes]] = field(default_factory=dict)
    _read: dict[str, float] = field(default_factory=dict)
    _reading: asyncio.Task[None] | None = None

    def recall(self, file: Path) -> None:
        """What an earlier run of the daemon knew: the cable may have been pulled while it was off."""
        self.file = file
        with contextlib.suppress(OSError, ValueError, RecursionError):
            kept = json.loads(file.read_text())
            if isinstance(kept, dict):
                self.known = {str(name): one for name, one in kept.items() if isinstance(one, dict)}

    def unplugged(self, interface: str) -> None:
        """The next plug may be another port: its first frame is read at once."""
        self._read.pop(interface, None)
        self._heard.pop(interface, None)

    def listen(self, interface: str, now: float, isolation: Isolation) -> None:
        """Open the sockets at the first call, take what has come since the last, and have a new frame read.

        now: seconds that never run back. Without privilege ``hindrance`` says so.
        """
        if interface not in self._sockets:
            self._open(interface)
        heard = self._heard.setdefault(interface, {})
        news = grown = False
        for frame in [frame for one in self._sockets.get(interface, ()) for frame in _drain(one)]:
            sender = frame[6:14] if frame[12:14] == b"\x88\xcc" else frame[6:12]
            if sender not in heard and len(heard) >= MOST_SENDERS:
                continue
            news, grown = news or heard.get(sender) != frame, grown or sender not in heard
            heard[sender] = frame
        if not news or (self._reading is not None and not self._reading.done()):
            return
        if not grown and now - self._read.get(interface, -READ_AGAIN_SECONDS) < READ_AGAIN_SECONDS:
            return
        self._read[interface] = now
        self._reading = asyncio.create_task(self._have_read(interface, list(heard.values()), isolation))

    async def settle(self) -> None:
        """Wait until a frame that is being read is known."""
        if self._reading is not None:
            await asyncio.shield(self._reading)

    def _open(self, interface: str) -> None:
        for one in [one for kept in self._sockets.values() for one in kept]:
            one.close()  # only the interface in use is watched
        self._sockets = {interface: []}
        for kind, group in GROUPS.items():
            try:
                made = socket.socket(
                    socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.htons(kind)
                )
            except PermissionError:
                self.hindrance = because("neighbour_unknown")
                return
            self._sockets[interface].append(made)
            with contextlib.suppress(OSError):  # the interface can go at any moment
                made.bind((interface, kind))
                # SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_MULTICAST
                index = socket.if_nametoindex(interface)
                made.setsockopt(263, 1, struct.pack("=iHH8s", index, 0, len(group), group))

    async def _have_read(self, interface: str, frames: list[bytes], isolation: Isolation) -> None:
        try:
            found = await isolation.run(
                "probes.network.scapy_child.neighbour:choose",
                {"frames": [frame.hex() for frame in frames]},
                key=f"neighbour {interface}",
                deadline=20.0,
            )
        except IsolationError as error:
            log.info("a neighbour's frame could not be read: %s", error)
            return
        if "error" in found:
            log.info("a neighbour's frame could not be read: %s", found["error"])
        if not found.get("switch") and not found.get("port"):
            return
        if found != self.known.get(interface):
            self.known[interface] = found
            self._keep()

    def _keep(self) -> None:
        if self.file is not None:
            with contextlib.suppress(OSError):
                fresh = self.file.with_suffix(".new")
                fresh.write_text(json.dumps(self.known))
                fresh.replace(self.file)

    def close(self) -> None:
        for one in [one for kept in self._sockets.values() for one in kept]:
            one.close()
        self._sockets.clear()


def _drain(made: socket.socket) -> list[bytes]:
    frames: list[bytes] = []
    for _ in range(MOST_FRAMES):
        try:
            frame = made.recv(1600)
        except OSError:
            break
        if len(frame) >= 22 and (frame[12:14] == b"\x88\xcc" or frame[14:22] == CDP_START):
            frames.append(frame)
    return frames


def evidence(neighbour: dict[str, Any]) -> dict[str, Fact]:
    """The neighbour as evidence: "switch", "switch_port", "vlan", those that are known."""
    found: dict[str, Fact] = {}
    for name, key in (("switch", "switch"), ("switch_port", "port"), ("vlan", "vlan")):
        if neighbour.get(key):
            found[name] = neighbour[key]
    return found
