"""Damaged pictures: before and after the coder, in its stream, passing and standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.clips.video_coding import bits_turned, cut, h264, h264_decoded, jpegs, lossy, unpacked
from bench.clips.video_decoders import mended_h264, mended_jpegs
from bench.clips.video_mechanisms import FAULTS, clip_of, fault, out, raw
from bench.clips.video_studio import Clip, Studio, h264_of
from bench.clips.video_webcam import COUNT, Frames, delivered, shoot


def _damaged(mechanism: str, *severities: int, before_coder: bool = False) -> Callable[
    [Callable[[Frames, int, np.random.Generator], Frames]], None]:  # fmt: skip
    """The damage is done to the delivered pictures, or in front of the coder."""

    def keep(harm: Callable[[Frames, int, np.random.Generator], Frames]) -> None:
        def make(s: Studio, severity: int) -> Clip:
            if before_coder:
                done = out(s, harm(raw(s), severity, s.chance))
            else:
                done = harm(out(s, raw(s)).copy(), severity, s.chance)
            return clip_of(s, "corruption", severity, mechanism, done)

        FAULTS["corruption", mechanism] = (make, severities)

    return keep


@_damaged("blocks", 1, 2, 3)
def _blocks(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    source = frames.copy()
    for n, one in enumerate(frames):
        for _ in range({1: 4, 2: 12, 3: 40}[severity]):
            y, x, v, u = (16 * int(k) for k in chance.integers(0, [11, 20, 11, 20]))
            one[y : y + 16, x : x + 16] = source[n - 1, v : v + 16, u : u + 16]
    return frames


@_damaged("tears_move", 1, 2, 3)
def _tears(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    for one in frames[:: {1: 3, 2: 2, 3: 1}[severity]]:
        row = int(chance.integers(20, 160))
        one[row:] = np.roll(one[row:], int(chance.integers(12, 60)) * int(chance.choice([-1, 1])), axis=1)
    return frames


@_damaged("tear_stays", 2)
def _tear_stays(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    row, far = int(chance.integers(30, 150)), int(chance.integers(20, 120))
    frames[:, row:] = np.roll(frames[:, row:], far, axis=2)
    return frames


@_damaged("rolled_stays", 2)
def _rolled_stays(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    return np.roll(frames, int(chance.integers(30, 150)), axis=1)


@_damaged("rolled_sideways", 2)
def _rolled_sideways(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    return np.roll(frames, int(chance.integers(50, 270)), axis=2)


@_damaged("rolling", 3)
def _rolling(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    speed, begin = int(chance.integers(4, 40)), int(chance.integers(0, 180))
    return np.stack([np.roll(one, begin + n * speed, axis=0) for n, one in enumerate(frames)])


@_damaged("halves_repeat", 2, 3, before_coder=True)
def _halves(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    if severity == 2:
        half = frames.shape[1] // 2
        frames[:, half : 2 * half] = frames[:, :half]
        return frames
    half = frames.shape[2] // 2
    frames[:, :, half : 2 * half] = frames[:, :, :half]
    return frames


@_damaged("speckle", 1, 2, 3)
def _speckle(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    hit = chance.random(frames.shape[:3]) < {1: 0.003, 2: 0.02, 3: 0.1}[severity]
    frames[hit] = chance.integers(0, 2, (int(hit.sum()), 1)) * 255
    return frames


@_damaged("speckle_encoded", 2, before_coder=True)
def _speckle_encoded(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    return _speckled(frames, 0.02, chance)


def _speckled(frames: Frames, share: float, chance: np.random.Generator) -> Frames:
    hit = chance.random(frames.shape[:3]) < share
    frames[hit] = chance.integers(0, 256, (int(hit.sum()), 3))
    return frames


@_damaged("speckle_stays", 2)
def _speckle_stays(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    hit = chance.random(frames.shape[1:3]) < 0.006
    frames[:, hit] = (chance.integers(0, 2, (int(hit.sum()), 1)) * 255).astype(np.uint8)
    return frames


@_damaged("dead_columns", 1, 2)
def _columns(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    for _ in range({1: 2, 2: 6}[severity]):
        x, wide = int(chance.integers(2, 317)), int(chance.integers(1, 3))
        frames[:, :, x : x + wide] = chance.choice([0, 255, 20, 128])
    return frames


@_damaged("dead_columns_encoded", 2, before_coder=True)
def _columns_encoded(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    for x in chance.integers(4, frames.shape[2] - 6, 5):
        wide = frames.shape[1] // 180
        frames[:, :, int(x) : int(x) + wide] = chance.choice([0, 255])
    return frames


@_damaged("lines", 1, 2, 3)
def _lines(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    for one in frames:
        for row in chance.integers(0, 180, {1: 3, 2: 6, 3: 14}[severity]):
            one[row] = chance.integers(0, 256, one[row].shape)
    return frames


@_damaged("combed", 2)
def _combed(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    """Every second row comes from elsewhere: fields that were put together wrongly."""
    frames[:, 1::2] = np.roll(frames[:, 1::2], int(chance.integers(6, 14)), axis=2)
    return frames


@_damaged("green_bottom", 2, 3)
def _green(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    for one in frames[:: 2 if severity == 2 else 1]:
        one[int(chance.integers(60, 150)) // 16 * 16 :] = (0, 135, 0)
    return frames


@_damaged("garbage", 3)
def _garbage(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    top = int(chance.integers(0, 5)) * 16
    frames[:, top : top + 80] = chance.integers(0, 256, frames[:, top : top + 80].shape)
    return frames


@fault("corruption", "h264_loss", 1, 2, 3)
def _h264_loss(s: Studio, severity: int) -> Clip:
    webcam = h264_of(s.webcam, s.chance, 3.3, 2.7)
    stream = h264(shoot(s.lights(), webcam, s.chance), replace(webcam.coding, gop=60))
    rows = webcam.size
    lost = lossy(stream, s.chance, {1: 0.25, 2: 0.5, 3: 0.9}[severity])
    frames = h264_decoded(lost, (COUNT, rows, rows * 16 // 9))
    return clip_of(s, "corruption", severity, "h264_loss", delivered(frames), damaged=mended_h264(lost))


@fault("corruption", "jpeg_bits", 1, 2, 3)
def _jpeg_bits(s: Studio, severity: int) -> Clip:
    good = jpegs(raw(s), s.webcam.coding)
    bad = [bits_turned(one, s.chance, 1 + severity) if n % {1: 4, 2: 2, 3: 1}[severity] == 0 else one
           for n, one in enumerate(good)]  # fmt: skip
    return clip_of(s, "corruption", severity, "jpeg_bits", delivered(_all_unpacked(bad)),
                   damaged=mended_jpegs(bad))  # fmt: skip


@fault("corruption", "jpeg_cut", 1, 2, 3)
def _jpeg_cut(s: Studio, severity: int) -> Clip:
    good = jpegs(raw(s), s.webcam.coding)
    bad = [cut(one, s.chance.uniform(0.3, 0.8)) if n % {1: 5, 2: 2, 3: 1}[severity] == 0 else one
           for n, one in enumerate(good)]  # fmt: skip
    return clip_of(s, "corruption", severity, "jpeg_cut", delivered(_all_unpacked(bad)),
                   damaged=mended_jpegs(bad))  # fmt: skip


def _all_unpacked(data: list[bytes]) -> Frames:
    found = []
    for one in data:
        try:
            found.append(unpacked(one))
        except ValueError:
            continue
    return np.stack(found)
