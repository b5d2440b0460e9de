"""A USB microphone (UAC1, isochronous, 48 kHz mono) in an empty room: noise that falls with frequency, at −55 dBFS.

Orders: "room" (normal again), "silence" (exact zeros), "stall" (no sound), "tone" (1 kHz at −9 dBFS), "clip" (speech
far over full scale), "hum" (of the mains), "dead" (a converter's own noise alone).
"""

from __future__ import annotations

import array
import math
import random
import struct
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from usb_ip import Device, descriptor, serve, sleep_until, strings

RATE = 48000
AMPLITUDE = 0.5
PER_MILLISECOND = RATE // 1000


def configuration() -> bytes:
    microphone = descriptor(0x24, 2, 1, 0x01, 0x02, 0, 1, 0, 0, 0, 0)
    feature = descriptor(0x24, 6, 2, 1, 1, 3, 0, 0)
    output = descriptor(0x24, 3, 3, 0x01, 0x01, 0, 2, 0)
    units = microphone + feature + output
    total = 9 + len(units)
    body = (
        descriptor(4, 0, 0, 0, 1, 1, 0, 0)
        + descriptor(0x24, 1, 0x00, 0x01, total & 255, total >> 8, 1, 1)
        + units
        + descriptor(4, 1, 0, 0, 1, 2, 0, 0)
        + descriptor(4, 1, 1, 1, 1, 2, 0, 0)
        + descriptor(0x24, 1, 3, 1, 1, 0)
        + descriptor(0x24, 2, 1, 1, 2, 16, 1, *RATE.to_bytes(3, "little"))
        + descriptor(5, 0x81, 0x05, 0x64, 0, 4, 0, 0)
        + descriptor(0x25, 1, 0, 0, 0, 0)
    )
    return bytes([9, 2]) + struct.pack("<H", 9 + len(body)) + bytes([2, 1, 0, 0x80, 50]) + body


def samples(values: Iterable[float]) -> bytes:
    return array.array("h", (round(max(-32768, min(32767, value))) for value in values)).tobytes()


def sine(hertz: float, amplitude: float) -> Iterable[float]:
    noise = random.Random(7)
    return (
        amplitude * 32767 * math.sin(2 * math.pi * hertz * n / RATE) + noise.gauss(0, 3) for n in range(SECONDS * RATE)
    )


def room() -> Iterable[float]:
    """White noise through a low pass at 300 Hz, which leaves a fifth of its strength; slow swells of an air duct."""
    noise, level = random.Random(8), 0.0
    for n in range(SECONDS * RATE):
        level += 0.039 * (noise.gauss(0, 1) - level)
        yield 410 * (1 + 0.2 * math.sin(2 * math.pi * n / RATE / SECONDS)) * level + noise.gauss(0, 1.5)


def voice(amplitude: float) -> Iterable[float]:
    """Something like speech: a pitch that moves, with overtones, in syllables."""
    wave = [sum(math.sin(2 * math.pi * k * n / 512) / k for k in range(1, 13)) for n in range(512)]
    noise, phase = random.Random(7), 0.0
    for n in range(SECONDS * RATE):
        phase += (130 + 30 * math.sin(2 * math.pi * n / RATE / SECONDS)) / RATE
        syllable = max(0.0, math.sin(2 * math.pi * 2.5 * n / RATE)) ** 2
        yield amplitude * 32767 * 0.3 * syllable * wave[int(phase * 512) % 512] + noise.gauss(0, 3)


SECONDS = 4
SOUNDS = {
    "room": lambda: samples(room()),
    "tone": lambda: samples(sine(1000, AMPLITUDE)),
    "clip": lambda: samples(voice(6.0)),
    "hum": lambda: samples(sine(50, 0.1)),
    "dead": lambda: samples(random.Random(n).gauss(0, 1.0) for n in range(SECONDS * RATE)),
}


class Microphone(Device):
    number = 2
    descriptors = {  # noqa: RUF012
        1: descriptor(1, 0x00, 0x02, 0, 0, 0, 64, 0x8C, 0x0D, 0x14, 0x00, 0x00, 0x01, 1, 2, 3, 1),
        2: configuration(),
        6: descriptor(6, 0x00, 0x02, 0, 0, 0, 64, 1, 0),
    }
    strings = strings("RoomVendor", "USB Room Mic", "SN123")

    def __init__(self, port: int, orders: Path) -> None:
        super().__init__(port, orders)
        self._mode = "room"
        self._muted, self._volume = b"\0", b"\0\0"
        self._due = 0.0
        self._at = 0
        self._second = SOUNDS["room"]()

    def control(self, kind: int, request: int, value: int, index: int, data: bytes) -> bytes | None:
        control = value >> 8
        if index >> 8 == 2 and kind == 0xA1:
            if control == 1:
                return self._muted
            least, most, step = (struct.pack("<h", decibel * 256) for decibel in (-20, 0, 1))
            return {0x81: self._volume, 0x82: least, 0x83: most, 0x84: step}.get(request, b"\0")
        if index >> 8 == 2 and kind == 0x21:
            if control == 1:
                self._muted = data
            else:
                self._volume = data
            return b""
        return {0x22: b"", 0xA2: RATE.to_bytes(3, "little")}.get(kind)

    def stream(self, length: int, packets: list[tuple[int, int]]) -> tuple[bytes, list[int]]:
        while self._mode == "stall":
            time.sleep(0.02)
        self._due = max(self._due, time.monotonic() - 0.1) + len(packets) * 0.001
        sleep_until(self._due)
        wanted = len(packets) * PER_MILLISECOND * 2
        if self._mode == "silence":
            return bytes(wanted), [PER_MILLISECOND * 2] * len(packets)
        if self._at + wanted > len(self._second):
            self._at = 0
        data = self._second[self._at : self._at + wanted]
        self._at += wanted
        return data, [PER_MILLISECOND * 2] * len(packets)

    def order(self, words: list[str]) -> None:
        if words[0] in SOUNDS:
            self._second, self._at = SOUNDS[words[0]](), 0
        self._mode = words[0]


if __name__ == "__main__":
    serve(Microphone(int(sys.argv[1]), Path(sys.argv[2])))
