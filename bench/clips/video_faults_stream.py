"""Faults of the stream: frozen, stalled, too slow, black, a card instead of the room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.clips.video_cards import CARDS
from bench.clips.video_coding import coded, jpegs, unpacked
from bench.clips.video_mechanisms import FAULTS, clip_of, fault, out, raw
from bench.clips.video_studio import Clip, Studio, clocked, even, h264_of
from bench.clips.video_webcam import COUNT, Frames, delivered


def _frozen(mechanism: str, *severities: int) -> Callable[[Callable[[Studio, int], Frames]], None]:
    def keep(make: Callable[[Studio, int], Frames]) -> None:
        FAULTS["frozen", mechanism] = (lambda s, n: clip_of(s, "frozen", n, mechanism, make(s, n)), severities)

    return keep


@_frozen("identical", 3)
def _identical(s: Studio, severity: int) -> Frames:
    return np.repeat(out(s, raw(s))[-1:], COUNT, axis=0)


@_frozen("midway", 1, 2)
def _midway(s: Studio, severity: int) -> Frames:
    frames = out(s, raw(s))
    at = {1: 7, 2: 4}[severity]
    return np.concatenate((frames[:at], np.repeat(frames[at : at + 1], COUNT - at, axis=0)))


@_frozen("loop", 2)
def _loop(s: Studio, severity: int) -> Frames:
    return out(s, raw(s))[np.arange(COUNT) % int(s.chance.integers(2, 6))]


@_frozen("clock", 2)
def _clock(s: Studio, severity: int) -> Frames:
    return clocked(np.repeat(out(s, raw(s))[-1:], COUNT, axis=0), s.chance)


@_frozen("jpeg_varies", 2)
def _jpeg_varies(s: Studio, severity: int) -> Frames:
    one = raw(s)[-1]
    qualities = s.chance.integers(50, 95, COUNT)
    return delivered(np.stack([unpacked(jpegs(one[None], replace(s.webcam.coding, quality=int(q)))[0])
                               for q in qualities]))  # fmt: skip


@_frozen("h264_repeats", 2)
def _h264_repeats(s: Studio, severity: int) -> Frames:
    warm = int(s.chance.integers(0, 12))
    webcam = h264_of(s.webcam, s.chance)
    same = np.repeat(raw(s)[-1:], COUNT + warm, axis=0)
    return delivered(coded(same, webcam.coding))[warm:]


@_frozen("dither", 2)
def _dither(s: Studio, severity: int) -> Frames:
    same = np.repeat(out(s, raw(s))[-1:], COUNT, axis=0).astype(np.float32)
    return np.clip(same + s.chance.uniform(-1.5, 1.5, same.shape) + 0.5, 0, 255).astype(np.uint8)


@_frozen("dither_encoded", 1)
def _dither_encoded(s: Studio, severity: int) -> Frames:
    same = np.repeat(raw(s)[-1:], COUNT, axis=0).astype(np.float32)
    return out(s, np.clip(same + s.chance.normal(0, 1.0, same.shape) + 0.5, 0, 255).astype(np.uint8))


@_frozen("h264_clock", 2)
def _h264_clock(s: Studio, severity: int) -> Frames:
    webcam = h264_of(s.webcam, s.chance)
    return delivered(coded(clocked(np.repeat(raw(s)[-1:], COUNT, axis=0), s.chance), webcam.coding))


@fault("frozen", "stall", 1, 2)
def _stall(s: Studio, severity: int) -> Clip:
    """The stream stands still for more than half of the burst; what is kept is what came."""
    frames = out(s, raw(s))
    before = int(s.chance.integers(3, 6))
    times = even(COUNT, 10.0, s.chance)
    if severity == 2:
        return clip_of(s, "frozen", 2, "stall", frames[:before], arrivals=times[:before])
    back = int(s.chance.integers(1, 3))
    return clip_of(s, "frozen", 1, "stall", np.concatenate((frames[:before], frames[-back:])),
                 arrivals=times[:before] + times[-back:])  # fmt: skip


def _black(s: Studio, level: float, noise: float) -> Frames:
    rows = s.webcam.size
    picture = level + noise * s.chance.standard_normal((COUNT, rows, rows * 16 // 9, 3), dtype=np.float32)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


@fault("black", "zeros", 3)
def _zeros(s: Studio, severity: int) -> Clip:
    return clip_of(s, "black", 3, "zeros", out(s, _black(s, 0, 0)))


@fault("black", "level_16", 3)
def _sixteen(s: Studio, severity: int) -> Clip:
    return clip_of(s, "black", 3, "level_16", out(s, _black(s, 16, 0)))


@fault("black", "noise", 1, 2)
def _noise(s: Studio, severity: int) -> Clip:
    return clip_of(s, "black", severity, "noise", out(s, _black(s, 4, 2.0 if severity == 2 else 6.0)))


@fault("black", "cap_shading", 1)
def _shading(s: Studio, severity: int) -> Clip:
    frames = _black(s, 5, 2.0).astype(np.float32)
    y, x = np.mgrid[-1 : 1 : complex(0, frames.shape[1]), -1 : 1 : complex(0, frames.shape[2])]
    return clip_of(s, "black", 1, "cap_shading", out(s, (frames + (4 * (1 - x * x - y * y))[None, ..., None]).clip(0)
                                                   .astype(np.uint8)))  # fmt: skip


@fault("black", "clock", 2)
def _black_clock(s: Studio, severity: int) -> Clip:
    return clip_of(s, "black", 2, "clock", clocked(delivered(_black(s, 2, 1.0)), s.chance))


@fault("black", "clock_encoded", 2)
def _black_clock_h264(s: Studio, severity: int) -> Clip:
    webcam = h264_of(s.webcam, s.chance)
    return clip_of(s, "black", 2, "clock_encoded",
                 coded(clocked(delivered(_black(s, 16, 0.0)), s.chance), webcam.coding))  # fmt: skip


@fault("black", "hot_pixels", 1)
def _hot(s: Studio, severity: int) -> Clip:
    frames = delivered(_black(s, 4, 2.0))
    for _ in range(40):
        frames[:, int(s.chance.integers(0, 180)), int(s.chance.integers(0, 320))] = s.chance.integers(90, 255, 3)
    return clip_of(s, "black", 1, "hot_pixels", frames)


@fault("black", "rotating_bands", 1)
def _rows(s: Studio, severity: int) -> Clip:
    frames = _black(s, 6, 1.5).astype(np.float32)
    frames += (2 * s.chance.standard_normal((COUNT, frames.shape[1], 1, 1))).astype(np.float32)
    return clip_of(s, "black", 1, "row_noise", out(s, frames.clip(0).astype(np.uint8)))


@fault("low_fps", "even", 1, 2, 3)
def _even(s: Studio, severity: int) -> Clip:
    rate = {1: s.chance.uniform(3.6, 4.6), 2: 3.0, 3: 1.5}[severity]
    count = max(2, int(rate * 1.5))
    return clip_of(s, "low_fps", severity, "even", out(s, raw(s))[:count], arrivals=even(count, rate, s.chance))


@fault("low_fps", "even_at_30", 1, 2)
def _even_at_30(s: Studio, severity: int) -> Clip:
    rate = {1: 11.0, 2: 6.0}[severity]
    count = int(rate * 1.5)
    return clip_of(s, "low_fps", severity, "even_at_30", out(s, raw(s))[:count],
                 arrivals=even(count, rate, s.chance), nominal=30.0)  # fmt: skip


@fault("low_fps", "bursty", 1, 2)
def _bursty(s: Studio, severity: int) -> Clip:
    count = {1: 6, 2: 4}[severity]
    times = [*sorted(float(t) for t in s.chance.uniform(50, 1500, count - 1)), 1500.0]
    return clip_of(s, "low_fps", severity, "bursty", out(s, raw(s))[:count], arrivals=times)


@fault("low_fps", "uneven_at_30", 1)
def _uneven(s: Studio, severity: int) -> Clip:
    times = np.sort(s.chance.choice(np.arange(1, 46), 18, replace=False)) * 1000.0 / 30
    return clip_of(s, "low_fps", 1, "uneven_at_30", out(s, raw(s)), arrivals=[float(t) for t in times], nominal=30.0)


def _timed(mechanism: str, severity: int, times: Callable[[np.random.Generator], list[float]]) -> None:
    def make(s: Studio, _: int) -> Clip:
        at = times(s.chance)
        return clip_of(s, "low_fps", severity, mechanism, out(s, raw(s))[: len(at)], arrivals=at)

    FAULTS["low_fps", mechanism] = (make, (severity,))


_timed("one_a_second", 3, lambda chance: [float(chance.uniform(50, 400)), 1450.0])
_timed("pause_in_the_middle", 1, lambda chance: [100.0, 200.0, 300.0, 1300.0, 1400.0, 1500.0])
_timed("slower_and_slower", 1, lambda chance: [100.0, 220.0, 380.0, 600.0, 950.0, 1500.0])
_timed("stops_early", 2, lambda chance: even(int(chance.integers(4, 7)), 10.0, chance))


@fault("no_frames", "one_then_none", 3)
def _one(s: Studio, severity: int) -> Clip:
    return clip_of(s, "no_frames", 3, "one_then_none", out(s, raw(s))[:1], arrivals=[150.0])


def _card(name: str) -> None:
    def make(s: Studio, severity: int) -> Clip:
        card = CARDS[name](s.chance)
        frames = np.repeat(card[None], COUNT, axis=0)
        kind = int(s.chance.integers(0, 3))
        if kind == 1:
            frames = coded(frames, replace(s.webcam.coding, codec="jpeg"))
        elif kind == 2:
            frames = coded(frames, h264_of(s.webcam, s.chance).coding)
        return clip_of(s, "privacy_closed", 2, name, frames)

    FAULTS["privacy_closed", name] = (make, (2,))


for _name in CARDS:
    _card(_name)
