"""A USB device made of software, on the guest's own virtual host controller (vhci-hcd): one stream endpoint, IN.

Owns the USB/IP protocol; what the device is (descriptors, control answers, data) comes from its subclass.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from pathlib import Path

HIGH_SPEED = 3
STALL = -32
CONNECTION_RESET = -104


def descriptor(*content: int) -> bytes:
    """A descriptor with its length in front."""
    return bytes([len(content) + 1, *content])


def strings(*texts: str) -> dict[int, bytes]:
    """The string descriptors 0 (English), 1, 2, ..."""
    found = {0: descriptor(3, 9, 4)}
    for number, text in enumerate(texts, 1):
        raw = text.encode("utf-16le")
        found[number] = bytes([len(raw) + 2, 3]) + raw
    return found


class Device:
    """Attaches itself on ``run``; ends, unplugged, when the process ends."""

    descriptors: dict[int, bytes]
    strings: dict[int, bytes]
    number: int

    def __init__(self, port: int, orders: Path) -> None:
        self._port = port
        self._orders = orders
        self._waiting: list[tuple[int, int, list[tuple[int, int]]]] = []
        self._seen: set[int] = set()
        self._answered: set[int] = set()
        self._unlinked: set[int] = set()
        self._changed = threading.Condition()

    def control(self, kind: int, request: int, value: int, index: int, data: bytes) -> bytes | None:
        """Answer to a class request; None refuses it."""
        raise NotImplementedError

    def stream(self, length: int, packets: list[tuple[int, int]]) -> tuple[bytes, list[int]]:
        """The next piece of the stream, not before its time, and for isochronous transfers each packet's length."""
        raise NotImplementedError

    def order(self, words: list[str]) -> None:
        """A command of the experimenter, written into the orders file."""
        raise NotImplementedError

    def run(self) -> None:
        ours, theirs = socket.socketpair()
        Path("/sys/devices/platform/vhci_hcd.0/attach").write_text(
            f"{self._port} {theirs.fileno()} {1 << 16 | self.number} {HIGH_SPEED}"
        )
        theirs.close()
        self._link = ours
        threading.Thread(target=self._send_stream, daemon=True).start()
        threading.Thread(target=self._read_orders, daemon=True).start()
        try:
            while True:
                self._one(self._take(48))
        except (EOFError, OSError) as error:
            print("detached", repr(error), flush=True)

    def _take(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            piece = self._link.recv(length - len(found))
            if not piece:
                raise EOFError
            found += piece
        return found

    def _one(self, head: bytes) -> None:
        command, sequence, _device, inward, endpoint = struct.unpack(">IIIII", head[:20])
        if command == 2:
            return self._unlink(sequence, struct.unpack(">I", head[20:24])[0])
        _flags, length, _start, packets, _interval = struct.unpack(">IiiiI", head[20:40])
        data = self._take(length) if not inward and length > 0 else b""
        if endpoint == 0:
            status, answer = self._standard(head[40:48], data)
            with self._changed:
                self._answer(sequence, status, answer if inward else b"", len(answer) if inward else len(data))
            return None
        wanted = [struct.unpack(">IIII", self._take(16))[:2] for _ in range(max(packets, 0))]
        with self._changed:
            self._waiting.append((sequence, length, wanted))
            self._seen.add(sequence)
            self._changed.notify()
        return None

    def _standard(self, setup: bytes, data: bytes) -> tuple[int, bytes]:
        kind, request, value, index, length = struct.unpack("<BBHHH", setup)
        if kind == 0x80 and request == 6:
            table = self.strings if value >> 8 == 3 else self.descriptors
            found = table.get(value & 255 if value >> 8 == 3 else value >> 8)
            return (0, found[:length]) if found is not None else (STALL, b"")
        if kind in (0x80, 0x81, 0x82) and request == 0:
            return 0, bytes(2)[:length]
        if kind in (0, 1, 2) and request in (1, 3, 9, 11):
            return 0, b""
        if kind == 0x81 and request == 10:
            return 0, b"\0"
        answer = self.control(kind, request, value, index, data)
        return (STALL, b"") if answer is None else (0, answer[:length])

    def _unlink(self, sequence: int, victim: int) -> None:
        with self._changed:
            hit = any(entry[0] == victim for entry in self._waiting)
            self._waiting[:] = [entry for entry in self._waiting if entry[0] != victim]
            if not hit and victim in self._seen and victim not in self._answered:
                self._unlinked.add(victim)
                hit = True
            status = CONNECTION_RESET if hit else 0
            self._link.sendall(struct.pack(">IIIII", 4, sequence, 0, 0, 0) + struct.pack(">i", status) + bytes(24))

    def _answer(
        self, sequence: int, status: int, data: bytes, actual: int, lengths: bytes = b"", packets: int = 0
    ) -> None:
        head = struct.pack(">IIIII", 3, sequence, 0, 0, 0)
        self._link.sendall(head + struct.pack(">iiiii", status, actual, 0, packets, 0) + bytes(8) + data + lengths)

    def _send_stream(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                sequence, length, wanted = self._waiting.pop(0)
            data, each = self.stream(length, wanted)
            lengths = b"".join(
                struct.pack(">IIII", at, most, got, 0) for (at, most), got in zip(wanted, each, strict=False)
            )
            # Under the lock: an answer after the answer to the unlink makes the controller drop the device.
            with self._changed:
                if sequence in self._unlinked:
                    self._unlinked.discard(sequence)
                    continue
                self._answered.add(sequence)
                self._answer(sequence, 0, data, len(data), lengths, len(wanted))

    def _read_orders(self) -> None:
        while True:
            try:
                words = self._orders.read_text().split()
                self._orders.unlink()
            except OSError:
                words = []
            if words:
                self.order(words)
            time.sleep(0.1)


def sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def serve(device: Device) -> None:
    """Until the process is ended, which unplugs the device."""
    print("pid", os.getpid(), flush=True)
    device.run()
