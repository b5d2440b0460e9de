"""A model of a real webcam: linear light in, pictures as its driver or its network stream delivers them out.

Optics, rolling shutter, shot and read noise by exposure, noise reduction in space and time, sharpening, tone, and
a real encoder (bench.clips.video_coding).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.clips.video_coding import Coding, draw_coding
from bench.clips.video_sources import GAMMA, Light

Frames = NDArray[np.uint8]
COUNT = 15
"""Pictures in a clip, at ten a second."""


@dataclass(frozen=True, slots=True)
class Webcam:
    """read and shot: noise variances in linear light of full scale 1. temporal: weight of the picture before, where
    nothing moves. spatial: sigma of the noise reduction in pixels. size: rows that it delivers (360 or 180)."""

    blur: float
    read: float
    shot: float
    temporal: float
    spatial: float
    sharpen: float
    contrast: float
    tint: tuple[float, ...]
    size: int
    coding: Coding


def draw_webcam(chance: np.random.Generator, codec: str = "any") -> Webcam:
    size = int(chance.choice([180, 360], p=[0.65, 0.35]))
    return Webcam(
        blur=float(chance.uniform(0.5, 1.1)),
        read=float(10 ** chance.uniform(-6.8, -5.4)),
        shot=float(10 ** chance.uniform(-4.9, -3.5)),
        temporal=float(chance.choice([0.0, 0.0, 0.4, 0.7, 0.85])),
        spatial=float(chance.choice([0.0, 0.5, 0.9])),
        sharpen=float(chance.choice([0.0, 0.4, 0.9])),
        contrast=float(chance.uniform(0.0, 0.5)),
        tint=tuple(float(n) for n in chance.uniform(0.93, 1.07, 3)),
        size=size,
        coding=draw_coding(chance, codec, size),
    )


def dimmer(webcam: Webcam, chance: np.random.Generator, light: float) -> Webcam:
    """The same at a light that is so many times weaker: gain makes up for it, and with it comes noise."""
    return replace(
        webcam, read=webcam.read / light**2, shot=webcam.shot / light, temporal=max(webcam.temporal, 0.6),
        spatial=max(webcam.spatial, float(chance.uniform(0.5, 1.0))),
    )  # fmt: skip


def shoot(lights: list[Light], webcam: Webcam, chance: np.random.Generator, *, bands: float = 0.0,
          band_speed: float = 1.3, band_rows: float = 0.04) -> Frames:  # fmt: skip
    """Pictures before the encoder. bands: depth of mains banding, 0 to 0.2."""
    before: Light | None = None
    tint = np.array(webcam.tint, np.float32)
    pictures = []
    for n, light in enumerate(lights):
        rows = webcam.size
        seen = light if light.shape[0] == rows else cv2.resize(
            light, (rows * 16 // 9, rows), interpolation=cv2.INTER_AREA)  # fmt: skip
        seen = cv2.GaussianBlur(seen, (0, 0), webcam.blur * rows / 360) * tint
        if bands:
            phase = np.arange(rows, dtype=np.float32)[:, None, None] * (band_rows * 360 / rows) + n * band_speed
            seen = seen * (1 + bands * np.sin(phase)).astype(np.float32)
        sigma = np.sqrt(np.maximum(seen, 0) * webcam.shot + webcam.read)
        seen = seen + sigma * chance.standard_normal(seen.shape, dtype=np.float32)
        if webcam.spatial:
            seen = cv2.GaussianBlur(seen, (0, 0), webcam.spatial)
        if webcam.temporal:
            if before is not None:
                apart = cv2.GaussianBlur(np.abs(seen - before).mean(axis=2), (0, 0), 2.0)
                still = np.exp(-np.square(apart / (4 * float(np.median(sigma)) + 0.004)))[..., None]
                weight = (webcam.temporal * still).astype(np.float32)
                seen = weight * before + (1 - weight) * seen
            before = seen
        picture = np.clip(seen, 0, 1) ** (1 / GAMMA)
        picture = picture + webcam.contrast * picture * (1 - picture) * (2 * picture - 1)
        picture = picture * 255
        if webcam.sharpen:
            picture = picture + webcam.sharpen * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
        pictures.append(np.clip(picture + 0.5, 0, 255).astype(np.uint8))
    return np.stack(pictures)


def delivered(frames: Frames) -> Frames:
    """As the judge gets them: 320×180, whatever the camera delivers."""
    if frames.shape[1] == 180:
        return frames
    return np.stack([cv2.resize(one, (320, 180), interpolation=cv2.INTER_AREA) for one in frames])
