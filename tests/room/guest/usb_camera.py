"""A USB webcam (UVC, bulk, 320×240 YUY2): a still room with sensor noise and a clock. Five pictures a second: an
emulated PC on a busy machine keeps up with no more.

Orders: "luma N", "freeze" (the same picture for ever), "stall" (no picture), "rate N" (pictures a second), "cover"
(something dark and out of focus before it, which a little light comes through), "noise" (nothing but noise), "run"
(normal again).
"""

from __future__ import annotations

import struct
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from usb_ip import Device, descriptor, serve, sleep_until, strings

WIDTH, HEIGHT, RATE = 320, 240, 5
FRAME_BYTES = WIDTH * HEIGHT * 2
PAYLOAD = 16384
INTERVAL = 10_000_000 // RATE
YUY2 = b"YUY2\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
MOST_NOISE = 3
"""Grey levels that a picture's noise adds at most."""


def little(size: int, value: int) -> bytes:
    return value.to_bytes(size, "little")


def configuration() -> bytes:
    camera = descriptor(0x24, 2, 1, 0x01, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0)
    output = descriptor(0x24, 3, 2, 0x01, 0x01, 0, 1, 0)
    terminals = camera + output
    control = descriptor(0x24, 1, 0x00, 0x01, *little(2, 13 + len(terminals)), *little(4, 48_000_000), 1, 1)
    form = descriptor(0x24, 4, 1, 1, *YUY2, 16, 1, 0, 0, 0, 0)
    rate = little(4, FRAME_BYTES * 8 * RATE)
    frame = descriptor(
        0x24, 5, 1, 0, *little(2, WIDTH), *little(2, HEIGHT), *rate, *rate, *little(4, FRAME_BYTES),
        *little(4, INTERVAL), 1, *little(4, INTERVAL),
    )  # fmt: skip
    streaming = descriptor(0x24, 1, 1, *little(2, 14 + len(form) + len(frame)), 0x81, 0, 2, 0, 0, 0, 1, 0)
    body = (
        descriptor(11, 0, 2, 0x0E, 3, 0, 2)
        + descriptor(4, 0, 0, 0, 0x0E, 1, 0, 2)
        + control
        + terminals
        + descriptor(4, 1, 0, 1, 0x0E, 2, 0, 0)
        + streaming
        + form
        + frame
        + descriptor(5, 0x81, 2, 0x00, 0x02, 0)
    )
    return bytes([9, 2]) + struct.pack("<H", 9 + len(body)) + bytes([2, 1, 0, 0x80, 250]) + body


def room(chance: np.random.Generator) -> NDArray[np.uint8]:
    """H×W×2 of YUY2: a wall lit from one side and two dozen things of any size, brightness and colour before it."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    luma = 150 - 40 * columns / WIDTH - 20 * rows / HEIGHT
    chroma = np.full((HEIGHT, WIDTH), 128.0, np.float32)
    for _ in range(24):
        middle_row, middle_column = chance.uniform(0, HEIGHT), chance.uniform(0, WIDTH)
        tall, wide = chance.uniform(8, 60, 2)
        inside = (np.abs(rows - middle_row) < tall) & (np.abs(columns - middle_column) < wide)
        luma[inside] = chance.uniform(40, 200) + 10 * np.sin(columns[inside] / 5 + rows[inside] / 9)
        chroma[inside] = chance.uniform(112, 144)
    return np.stack([luma, chroma], axis=2).astype(np.uint8)


def cover() -> NDArray[np.uint8]:
    """H×W of luma: something dark before the lens, lighter towards one side. Nearly black would be a black picture."""
    columns = np.arange(WIDTH, dtype=np.float32)
    return np.tile((40 + 20 * columns / WIDTH).astype(np.uint8), (HEIGHT, 1))


class Camera(Device):
    number = 3
    descriptors = {  # noqa: RUF012
        1: descriptor(1, 0x00, 0x02, 0xEF, 2, 1, 64, 0x6D, 0x04, 0x2D, 0x08, 0x11, 0x00, 1, 2, 3, 1),
        2: configuration(),
        6: descriptor(6, 0x00, 0x02, 0xEF, 2, 1, 64, 1, 0),
    }
    strings = strings("RoomVendor", "USB Room Camera", "CAM42")
    _probe = struct.pack("<HBBIHHHHHII", 1, 1, 1, INTERVAL, 0, 0, 0, 0, 0, FRAME_BYTES, PAYLOAD)

    def __init__(self, port: int, orders: Path) -> None:
        super().__init__(port, orders)
        self._luma, self._mode = 128, "run"
        self._rate = float(RATE)
        self._at, self._toggle, self._count = 0, 0, 0
        self._due = 0.0
        self._frame = b""
        chance = np.random.default_rng(4)
        self._noise = chance.choice(np.array([0, 0, 1, 1, 2, MOST_NOISE], np.uint8), FRAME_BYTES * 2)
        self._scene = room(chance)
        self._cover = cover()

    def control(self, kind: int, request: int, value: int, index: int, data: bytes) -> bytes | None:
        if kind == 0xA1 and index & 255 == 1 and value >> 8 in (1, 2):
            return {0x86: b"\3", 0x85: little(2, 26)}.get(request, self._probe)
        return b"" if kind == 0x21 and index & 255 == 1 else None

    def stream(self, length: int, packets: list[tuple[int, int]]) -> tuple[bytes, list[int]]:
        while self._mode == "stall":
            time.sleep(0.05)
        if self._at == 0:
            self._due = max(self._due + 1 / self._rate, time.monotonic() - 0.5)
            sleep_until(self._due)
            if self._mode in ("run", "cover", "noise") or not self._frame:
                self._frame = self._picture()
        piece = self._frame[self._at : self._at + length - 2]
        self._at += len(piece)
        last = self._at >= FRAME_BYTES
        data = bytes([2, 0x80 | self._toggle | (2 if last else 0)]) + piece
        if last:
            self._at, self._toggle = 0, self._toggle ^ 1
        return data, []

    def _picture(self) -> bytes:
        """The scene, somebody's clock hand going round on the wall, and noise as a real sensor has."""
        self._count += 1
        picture = self._scene.copy()
        if 16 < self._luma < 235:
            at = self._count % 40
            picture[30 : 30 + at % 20 + 4, 200 : 200 + at // 2 + 4, 0] = 40
        else:
            picture[:, :, 0], picture[:, :, 1] = self._luma, 128
        if self._mode == "cover":
            picture[:, :, 0], picture[:, :, 1] = self._cover, 128
        if self._mode == "noise":
            chance = np.random.default_rng(self._count)
            picture = chance.integers(0, 256, picture.shape, dtype=np.uint8)
        np.minimum(picture, 255 - MOST_NOISE, out=picture)  # a sensor's white stays white
        start = self._count * 7919 % picture.size
        picture += self._noise[start : start + picture.size].reshape(picture.shape)
        return picture.tobytes()

    def order(self, words: list[str]) -> None:
        if words[0] == "luma":
            self._luma = int(words[1])
        elif words[0] == "rate":
            self._rate = float(words[1])
        else:
            self._mode = words[0]
            if self._mode == "freeze":  # what was sent last may be older than the last order
                self._frame = self._picture()


def wait_for(held: Path) -> None:
    """Ready to be plugged in, until this file is gone."""
    print("waiting", flush=True)
    while held.exists():
        time.sleep(0.05)


if __name__ == "__main__":
    camera = Camera(int(sys.argv[1]), Path(sys.argv[2]))
    for file in sys.argv[3:]:
        wait_for(Path(file))
    serve(camera)
