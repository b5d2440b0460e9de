"""Faults of what is seen: covered, far too bright, out of focus, moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.clips.video_coding import coded
from bench.clips.video_mechanisms import FAULTS, clip_of, fault, out, raw
from bench.clips.video_sources import SIZE, Light
from bench.clips.video_studio import Clip, Studio, h264_of
from bench.clips.video_webcam import Frames, delivered, shoot

Levels: TypeAlias = NDArray[np.floating[Any]]


def _cover(s: Studio, rows: int, kind: str) -> Frames:
    """H×W×3 grey levels of what lies on the lens."""
    tones = {"tape": (30, 30, 32), "hand": (40, 55, 95), "cloth": (90, 80, 75), "paper": (120, 140, 150)}
    tone = np.array(tones[kind], np.float32) * s.chance.uniform(0.7, 1.2)
    wide = rows * 16 // 9
    folds = cv2.GaussianBlur(s.chance.standard_normal((rows, wide), dtype=np.float32), (0, 0), rows / 7)
    ramp = np.linspace(-1, 1, wide, dtype=np.float32)[None, :] * s.chance.choice([-1, 1])
    shape = 1 + 0.2 * ramp + {"tape": 0.02, "hand": 0.15, "cloth": 0.2, "paper": 0.08}[kind] * folds / folds.std()
    return np.asarray(tone * shape[..., None], np.float32)


def _over(s: Studio, frames: Frames, cover: Frames, mask: Frames) -> Frames:
    mixed = mask[None, ..., None] * cover[None] + (1 - mask[None, ..., None]) * frames
    return np.clip(mixed + s.chance.normal(0, 1.2, frames.shape), 0, 255).astype(np.uint8)


def _mask(s: Studio, rows: int, share: float, soft: float) -> Frames:
    wide = rows * 16 // 9
    angle = s.chance.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-0.56 : 0.56 : complex(0, rows), -1 : 1 : complex(0, wide)]
    field = x * np.cos(angle) + y * np.sin(angle) + s.chance.uniform(0, 0.3) * x * y
    edge = np.quantile(field, share)
    return np.asarray(np.clip((edge - field) / soft + 0.5, 0, 1), np.float32)


def _covered(mechanism: str, kind: str, severity: int) -> None:
    def make(s: Studio, _: int) -> Clip:
        frames = raw(s)
        cover = _cover(s, frames.shape[1], kind)
        return clip_of(s, "covered", severity, mechanism, out(s, _over(s, frames, cover, np.ones(cover.shape[:2],
                                                                                             np.float32))))  # fmt: skip

    FAULTS["covered", mechanism] = (make, (severity,))


for _kind, _severity in (("tape", 3), ("hand", 3), ("cloth", 2), ("paper", 2)):
    _covered(_kind, _kind, _severity)


def _partly(mechanism: str, low: float, high: float, severity: int, soft: tuple[float, float]) -> None:
    def make(s: Studio, _: int) -> Clip:
        frames = raw(s)
        cover = _cover(s, frames.shape[1], str(s.chance.choice(["tape", "hand", "cloth", "paper"])))
        mask = _mask(s, frames.shape[1], s.chance.uniform(low, high), s.chance.uniform(*soft))
        return clip_of(s, "covered", severity, mechanism, out(s, _over(s, frames, cover, mask)))

    FAULTS["covered", mechanism] = (make, (severity,))


_partly("part_60_75", 0.6, 0.75, 1, (0.05, 0.35))
_partly("part_75_90", 0.75, 0.9, 2, (0.05, 0.35))
_partly("part_sharp_edge", 0.62, 0.85, 1, (0.01, 0.03))


@fault("covered", "frosted", 1, 2)
def _frosted(s: Studio, severity: int) -> Clip:
    frames = raw(s)
    scale = frames.shape[1] / 180
    milk = np.stack([cv2.GaussianBlur(one, (0, 0), scale * (14 if severity == 1 else 26)) for one in frames])
    veil = 0.6 * milk.astype(np.float32) + 60 + s.chance.normal(0, 1.2, frames.shape)
    return clip_of(s, "covered", severity, "frosted", out(s, np.clip(veil, 0, 255).astype(np.uint8)))


def _gained(s: Studio, low: float, high: float) -> list[Light]:
    """Gain until the wanted share is clipped."""
    lights = s.lights()
    level = float(np.quantile(lights[7].mean(axis=2), 1 - s.chance.uniform(low, high)))
    return [one * np.float32(1.02 / max(level, 1e-3)) for one in lights]


@fault("overexposed", "gain", 1, 2, 3)
def _gain(s: Studio, severity: int) -> Clip:
    shares = {1: (0.42, 0.5), 2: (0.55, 0.75), 3: (0.88, 0.97)}[severity]
    return clip_of(s, "overexposed", severity, "gain", out(s, raw(s, _gained(s, *shares))))


def _levelled(mechanism: str, change: Callable[[Light, np.random.Generator], Levels], severities: tuple[int, ...],
              shares: tuple[float, float] = (0.5, 0.8)) -> None:  # fmt: skip
    """change: of the grey levels, whose range it may leave."""

    def make(s: Studio, severity: int) -> Clip:
        frames = change(raw(s, _gained(s, *shares)).astype(np.float32), s.chance)
        return clip_of(s, "overexposed", severity, mechanism, out(s, np.clip(frames, 0, 255).astype(np.uint8)))

    FAULTS["overexposed", mechanism] = (make, severities)


_levelled("limited_range", lambda f, c: 16 + f * 0.859, (2,))
_levelled("washed_plateau", lambda f, c: 70 + f * 0.66, (2,))
_levelled("tinted_plateau", lambda f, c: f * np.array((0.86, 1.0, 0.95), np.float32), (2,))
_levelled("noisy_plateau", lambda f, c: f * 0.93 + c.normal(0, 3, f.shape), (2,))
_levelled("soft_shoulder", lambda f, c: 255 * np.tanh(f / 190), (1,), (0.6, 0.85))


@fault("overexposed", "veil", 1, 2)
def _veil(s: Studio, severity: int) -> Clip:
    """Washed out: stray light or a wrong black level leaves no dark and little contrast."""
    low, gain = {1: (115, 0.5), 2: (150, 0.36)}[severity]
    frames = raw(s).astype(np.float32) * gain + low
    return clip_of(s, "overexposed", severity, "veil", out(s, np.clip(frames, 0, 255).astype(np.uint8)))


@fault("overexposed", "stuck_long", 2)
def _stuck(s: Studio, severity: int) -> Clip:
    webcam = replace(s.webcam, coding=h264_of(s.webcam, s.chance).coding)
    frames = shoot(_gained(s, 0.5, 0.9), webcam, s.chance)
    return clip_of(s, "overexposed", 2, "stuck_long", delivered(coded(frames, webcam.coding)))


def disc(picture: Light, radius: float) -> Light:
    reach = int(np.ceil(radius)) + 1
    far = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    kernel = np.clip(radius + 0.5 - far, 0, 1).astype(np.float32)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)


def _blurred(mechanism: str, blur: Callable[[Light, int, np.random.Generator], Light], *severities: int) -> None:
    def make(s: Studio, severity: int) -> Clip:
        seed = int(s.chance.integers(0, 1 << 30))
        lights = [blur(one, severity, np.random.default_rng(seed)) for one in s.lights()]
        return clip_of(s, "defocus", severity, mechanism, out(s, raw(s, lights)))

    FAULTS["defocus", mechanism] = (make, severities)


# Radii in pixels of SIZE: twice what the judge sees.
_blurred("disc", lambda p, n, c: disc(p, c.uniform(*{1: (4.4, 6), 2: (7, 10), 3: (12, 20)}[n])), 1, 2, 3)
_blurred("gauss", lambda p, n, c: cv2.GaussianBlur(p, (0, 0), {1: 2.6, 2: 4.5}[n]), 1, 2)
_blurred("smudge", lambda p, n, c: 0.25 * p + 0.75 * cv2.GaussianBlur(p, (0, 0), c.uniform(6, 12)), 2)
_blurred("fog", lambda p, n, c: 0.6 * cv2.GaussianBlur(p, (0, 0), 5) + 0.25 * p.mean(axis=(0, 1)), 2)
_blurred("small_upscaled", lambda p, n, c: cv2.resize(cv2.resize(p, (107, 60), interpolation=cv2.INTER_AREA),
                                                      SIZE[::-1], interpolation=cv2.INTER_CUBIC), 2)  # fmt: skip
_blurred("astigmatic", lambda p, n, c: cv2.GaussianBlur(p, (0, 0), sigmaX=5, sigmaY=2.5), 2)


@fault("defocus", "h264", 2)
def _blur_h264(s: Studio, severity: int) -> Clip:
    webcam = h264_of(s.webcam, s.chance)
    frames = shoot([disc(one, 9) for one in s.lights()], webcam, s.chance)
    return clip_of(s, "defocus", 2, "h264", delivered(coded(frames, webcam.coding)))


@fault("defocus", "noisy", 2)
def _blur_noisy(s: Studio, severity: int) -> Clip:
    webcam = replace(s.webcam, shot=1e-3, spatial=0.5)
    frames = shoot([disc(one, 10) for one in s.lights()], webcam, s.chance)
    return clip_of(s, "defocus", 2, "noisy", delivered(coded(frames, webcam.coding)))


def _turned(mechanism: str, change: Callable[[Studio, int], list[Light]], *severities: int) -> None:
    def make(s: Studio, severity: int) -> Clip:
        return clip_of(s, "moved", severity, mechanism, out(s, raw(s, change(s, severity))))

    FAULTS["moved", mechanism] = (make, severities)


def _warped(lights: list[Light], s: Studio, way: float, degrees: float, zoom: float = 1.04) -> list[Light]:
    angle = s.chance.uniform(0, 2 * np.pi)
    turn = cv2.getRotationMatrix2D((SIZE[1] / 2, SIZE[0] / 2), degrees, zoom)
    turn[:, 2] += (way * np.cos(angle), way * np.sin(angle) * 0.7)
    return [np.asarray(cv2.warpAffine(one, turn, SIZE[::-1], borderMode=cv2.BORDER_REFLECT)) for one in lights]


def _elsewhere(s: Studio, severity: int) -> list[Light]:
    others = [one for one in s.shelf.scenes if one.name != s.scene.name]
    return Studio(s.shelf, others[int(s.chance.integers(0, len(others)))], s.chance, s.webcam).lights()


_turned("shifted", lambda s, n: _warped(s.lights(), s, s.chance.uniform(*{1: (38, 54), 2: (70, 110), 3: (160, 260)}[n]),
                                        s.chance.uniform(-2, 2)), 1, 2, 3)  # fmt: skip
_turned("tilted", lambda s, n: _warped(s.lights(), s, 10, s.chance.choice([-1, 1]) * {1: 9, 2: 16}[n], 1.15), 1, 2)
_turned("nodded", lambda s, n: [np.asarray(cv2.warpAffine(
    one, np.array([[1, 0, 0], [0, 1, {1: 45, 2: 110}[n]]], np.float32), SIZE[::-1], borderMode=cv2.BORDER_REFLECT))
    for one in s.lights()], 1, 2)  # fmt: skip
_turned("upside_down", lambda s, n: [one[::-1, ::-1].copy() for one in s.lights()], 3)
_turned("mirrored", lambda s, n: [one[:, ::-1].copy() for one in s.lights()], 2)
_turned("on_its_side", lambda s, n: _warped(s.lights(), s, 0, 90, 1.78), 3)
_turned("other_camera", _elsewhere, 3)
_turned("zoomed_out", lambda s, n: _warped(s.lights(), s, 20, 0, 0.7), 2)
