"""Real encoders at webcam rates, and what goes wrong on the way: JPEG by libjpeg, H.264 by Debian's ffmpeg (x264)."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
GREY_SLICE = 3
"""Start code of an H.264 unit: 00 00 01."""


@dataclass(frozen=True, slots=True)
class Coding:
    """codec: "none", "jpeg" (quality) or "h264" (kbit a second, pictures between keys, preset)."""

    codec: str = "none"
    quality: int = 85
    kbits: int = 800
    gop: int = 60
    preset: str = "veryfast"
    subsampling: int = 0x221111


def draw_coding(chance: np.random.Generator, codec: str, rows: int) -> Coding:
    if codec == "any":
        codec = str(chance.choice(["jpeg", "jpeg", "jpeg", "h264", "h264", "none"]))
    scale = 1.0 if rows > 180 else 0.4
    return Coding(
        codec=codec,
        quality=int(chance.integers(45, 96)),
        kbits=int(scale * 10 ** chance.uniform(2.25, 3.35)),
        gop=int(chance.choice([15, 30, 60, 250])),
        preset=str(chance.choice(["ultrafast", "veryfast", "medium"])),
        subsampling=int(chance.choice([0x221111, 0x211111, 0x111111])),
    )


def coded(frames: Frames, coding: Coding) -> Frames:
    """Through the encoder and back."""
    if coding.codec == "jpeg":
        return np.stack([unpacked(one) for one in jpegs(frames, coding)])
    if coding.codec == "h264":
        return h264_decoded(h264(frames, coding), frames.shape)
    return frames


def jpegs(frames: Frames, coding: Coding) -> list[bytes]:
    flags = [cv2.IMWRITE_JPEG_QUALITY, coding.quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, coding.subsampling]
    return [cv2.imencode(".jpg", one, flags)[1].tobytes() for one in frames]


def unpacked(data: bytes) -> Frames:
    """What libjpeg makes of it, as OpenCV hands it on: also of a broken one. Raises ValueError where it gives up."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("no picture")
    return np.asarray(picture, np.uint8)


def h264(frames: Frames, coding: Coding, rate: int = 10) -> bytes:
    """An Annex B stream without B pictures, as webcams and room cameras make it."""
    height, width = frames.shape[1:3]
    return _ffmpeg(
        [*_raw(width, height, rate), "-i", "-", "-c:v", "libx264", "-preset", coding.preset, "-tune", "zerolatency",
         "-bf", "0", "-g", str(coding.gop), "-b:v", f"{coding.kbits}k", "-maxrate", f"{coding.kbits}k",
         "-bufsize", f"{coding.kbits}k", "-pix_fmt", "yuv420p", "-f", "h264", "-"],
        frames.tobytes(),
    )  # fmt: skip


def h264_decoded(stream: bytes, shape: tuple[int, ...]) -> Frames:
    """Pictures as FFmpeg decodes them, damage concealed as it does by itself; the last is held where some are lost."""
    count, height, width = shape[:3]
    raw = _ffmpeg(
        ["-flags", "output_corrupt", "-err_detect", "ignore_err", "-f", "h264", "-i", "-", "-vsync", "passthrough",
         "-pix_fmt", "bgr24", "-f", "rawvideo", "-"], stream,
    )  # fmt: skip
    size = height * width * 3
    found = np.frombuffer(raw[: len(raw) // size * size], np.uint8).reshape(-1, height, width, 3)[:count]
    if not len(found):
        raise ValueError("no picture could be decoded")
    return np.concatenate([found, np.repeat(found[-1:], count - len(found), axis=0)])


def lossy(stream: bytes, chance: np.random.Generator, share: float, spare: int = 3) -> bytes:
    """The stream with a piece cut out of that share of its units, parameter sets and the first ``spare`` excepted."""
    units = stream.split(b"\x00\x00\x01")
    out = [units[0]]
    pictures = 0
    for unit in units[1:]:
        if unit and unit[0] & 31 in (1, 5):
            pictures += 1
            if pictures > spare and len(unit) > 60 and chance.random() < share:
                at = int(chance.uniform(0.1, 0.8) * len(unit))
                gone = int(chance.uniform(0.05, 0.5) * len(unit)) + 8
                out.append(unit[:at] + unit[at + gone :])
                continue
        out.append(unit)
    return b"\x00\x00\x01".join(out)


def bits_turned(data: bytes, chance: np.random.Generator, count: int) -> bytes:
    """A JPEG with some bits of its scan turned over."""
    out = bytearray(data)
    begin = data.index(b"\xff\xda") + 14
    for _ in range(count):
        at = int(chance.integers(begin + 20, max(begin + 21, len(out) - 4)))
        if out[at] != 0xFF and out[at - 1] != 0xFF:
            out[at] ^= 1 << int(chance.integers(0, 8))
            if out[at] == 0xFF:
                out[at] = 0x7E
    return bytes(out)


def cut(data: bytes, share: float) -> bytes:
    """A JPEG whose scan ends early; the end marker is there, as drivers put it."""
    begin = data.index(b"\xff\xda") + 14
    return data[: begin + int(share * (len(data) - begin))].rstrip(b"\xff") + b"\xff\xd9"


def _raw(width: int, height: int, rate: int) -> list[str]:
    return ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", str(rate)]


def _ffmpeg(arguments: list[str], data: bytes) -> bytes:
    try:
        done = subprocess.run(["ffmpeg", "-v", "quiet", "-threads", "1", *arguments], input=data, capture_output=True,
                              timeout=60, check=False)  # fmt: skip
    except FileNotFoundError:
        raise SystemExit("ffmpeg is missing: apt-get install --no-install-recommends ffmpeg") from None
    return done.stdout
