"""Synthetic rooms and faults for the judges: textured walls, furniture, a moving person, sensor noise. No files."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Frames: TypeAlias = NDArray[np.uint8]
SIZE = (180, 320)


def room(seed: int, *, size: tuple[int, int] = SIZE) -> NDArray[np.float32]:
    """One still view, H×W×3: shaded walls, furniture with edges in all parts, fine texture."""
    chance = np.random.default_rng(seed)
    height, width = size
    slope = np.linspace(0, 1, width)[None, :] * chance.uniform(-25, 25) + np.linspace(0, 1, height)[:, None] * 30
    view = (slope[..., None] + chance.uniform(95, 135) + chance.uniform(-8, 8, 3)).astype(np.float32)
    for _ in range(45):
        x, y = int(chance.integers(0, width)), int(chance.integers(0, height))
        w, h = (int(n) for n in chance.integers(8, 60, 2))
        colour = chance.uniform(45, 205) + chance.uniform(-18, 18, 3)
        cv2.rectangle(view, (x, y), (x + w, y + h), colour.tolist(), -1)
    texture = cv2.GaussianBlur(chance.normal(0, 6, (height, width, 1)).astype(np.float32), (0, 0), 0.7)
    return np.clip(view + texture[..., None], 5, 235).astype(np.float32)


def burst(
    view: NDArray[np.float32], seed: int = 0, *, count: int = 15, noise: float = 1.5, person: bool = True
) -> Frames:
    """A burst of the view with sensor noise and a person that sways."""
    chance = np.random.default_rng(seed + 1000)
    pictures = []
    height, width = view.shape[:2]
    for n in range(count):
        picture = view.copy()
        if person:
            x = int(width * 0.5 + 12 * np.sin(n / 2.0))
            cv2.ellipse(picture, (x, int(height * 0.55)), (width // 16, height // 5), 0, 0, 360, (90, 70, 60), -1)
        noisy = picture + chance.normal(0, noise, picture.shape)
        pictures.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return np.stack(pictures)


def times(count: int = 15, rate: float = 10.0) -> list[float]:
    return [1000.0 * (n + 1) / rate for n in range(count)]


def gamma_free(frames: Frames, gain: float | tuple[float, float, float]) -> Frames:
    """Brighter or darker by a gain, or one gain a channel (blue, green, red)."""
    return np.clip(frames.astype(np.float32) * np.array(gain, np.float32), 0, 255).astype(np.uint8)


def with_noise(frames: Frames, deviation: float, seed: int = 5) -> Frames:
    chance = np.random.default_rng(seed)
    return np.clip(frames + chance.normal(0, deviation, frames.shape), 0, 255).astype(np.uint8)


def blurred(frames: Frames, radius: int) -> Frames:
    """A disc, as a lens out of focus draws it."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
    return np.stack([cv2.filter2D(one, -1, disc / disc.sum()) for one in frames])


def shifted(view: NDArray[np.float32], x: float, y: float, degrees: float = 0.0) -> NDArray[np.float32]:
    height, width = view.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.06)
    turn[:, 2] += (x, y)
    return np.asarray(cv2.warpAffine(view, turn, (width, height), borderMode=cv2.BORDER_REFLECT), dtype=np.float32)


def torn(frames: Frames, seed: int = 3) -> Frames:
    chance = np.random.default_rng(seed)
    out = frames.copy()
    for n in range(0, len(out), 2):
        row = int(chance.integers(20, out.shape[1] - 20))
        out[n, row:] = np.roll(out[n, row:], int(chance.integers(8, 20)), axis=1)
    return out


def blocky(frames: Frames, seed: int = 3, share: float = 0.06) -> Frames:
    chance = np.random.default_rng(seed)
    out = frames.copy()
    for one in out:
        for _ in range(int(share * one.shape[0] * one.shape[1] / 256)):
            y, x = int(chance.integers(0, one.shape[0] // 16)) * 16, int(chance.integers(0, one.shape[1] // 16)) * 16
            one[y : y + 16, x : x + 16] = chance.integers(0, 255, 3)
    return out


def impulses(frames: Frames, share: float = 0.02, seed: int = 3) -> Frames:
    chance = np.random.default_rng(seed)
    out = frames.copy()
    hit = chance.random(out.shape[:3]) < share
    out[hit] = chance.integers(0, 2, (int(hit.sum()), 1)) * 255
    return out


def striped(frames: Frames, rows: int = 4, seed: int = 3) -> Frames:
    chance = np.random.default_rng(seed)
    out = frames.copy()
    for one in out:
        for row in chance.integers(0, one.shape[0], rows):
            one[row] = chance.integers(0, 255, one[row].shape)
    return out
