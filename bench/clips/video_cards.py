"""Cards that cameras send while their shutter or their privacy key is closed, each drawn in another style."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
FONT = cv2.FONT_HERSHEY_SIMPLEX


def _ground(colour: tuple[int, ...]) -> Picture:
    return np.full((180, 320, 3), colour, np.uint8)


def _camera(card: Picture, at: tuple[int, int], size: int, colour: tuple[int, int, int], thick: int = -1) -> None:
    x, y = at
    cv2.rectangle(card, (x - size, y - size // 2), (x + size // 2, y + size // 2), colour, thick, cv2.LINE_AA)
    lens = np.array([[x + size // 2, y], [x + size, y - size // 2], [x + size, y + size // 2]])
    cv2.fillPoly(card, [lens], colour, cv2.LINE_AA)


def crossed(chance: np.random.Generator) -> Picture:
    card = _ground((0, 0, 0) if chance.random() < 0.5 else (40, 40, 40))
    size = int(chance.integers(18, 50))
    _camera(card, (160, 90), size, (230, 230, 230))
    cv2.line(card, (160 - size, 90 + size), (160 + size, 90 - size), (40, 40, 220), 4, cv2.LINE_AA)
    return card


def worded(chance: np.random.Generator) -> Picture:
    card = _ground(tuple(int(n) for n in chance.integers(0, 90, 3)))
    text = str(chance.choice(["Privacy mode", "Camera is off", "PRIVACY", "Video muted"]))
    wide = cv2.getTextSize(text, FONT, 0.8, 2)[0][0]
    cv2.putText(card, text, (160 - wide // 2, 98), FONT, 0.8, (255, 255, 255), 2, cv2.LINE_AA)
    return card


def badge(chance: np.random.Generator) -> Picture:
    card = _ground((245, 245, 245))
    cv2.circle(card, (160, 80), int(chance.integers(30, 60)), (200, 120, 20), -1, cv2.LINE_AA)
    _camera(card, (160, 80), 20, (255, 255, 255))
    cv2.putText(card, "Camera off", (112, 165), FONT, 0.55, (90, 90, 90), 1, cv2.LINE_AA)
    return card


def shaded(chance: np.random.Generator) -> Picture:
    ramp = np.linspace(0, 1, 180)[:, None, None] * np.array(chance.integers(40, 140, 3)) + 30
    card = np.repeat(ramp, 320, axis=1).astype(np.uint8)
    cv2.circle(card, (160, 90), 40, (240, 240, 240), 5, cv2.LINE_AA)
    cv2.line(card, (132, 118), (188, 62), (240, 240, 240), 5, cv2.LINE_AA)
    return card


def shutter(chance: np.random.Generator) -> Picture:
    card = _ground((15, 15, 15))
    cv2.circle(card, (160, 90), 55, (120, 120, 120), 3, cv2.LINE_AA)
    for angle in range(0, 360, 60):
        a = np.deg2rad(angle + chance.uniform(0, 5))
        cv2.line(
            card, (160, 90), (160 + int(55 * np.cos(a)), 90 + int(55 * np.sin(a))), (120, 120, 120), 2, cv2.LINE_AA
        )
    return card


def eye(chance: np.random.Generator) -> Picture:
    card = _ground((120, 60, 20))
    cv2.ellipse(card, (160, 90), (60, 30), 0, 0, 360, (255, 255, 255), 4, cv2.LINE_AA)
    cv2.circle(card, (160, 90), 16, (255, 255, 255), -1, cv2.LINE_AA)
    cv2.line(card, (100, 130), (220, 50), (255, 255, 255), 6, cv2.LINE_AA)
    return card


def lock(chance: np.random.Generator) -> Picture:
    card = _ground((60, 55, 50))
    cv2.rectangle(card, (130, 85), (190, 130), (210, 210, 210), -1)
    cv2.ellipse(card, (160, 85), (20, 26), 0, 180, 360, (210, 210, 210), 6, cv2.LINE_AA)
    cv2.putText(card, "Privacy on", (110, 160), FONT, 0.55, (210, 210, 210), 1, cv2.LINE_AA)
    return card


def bordered(chance: np.random.Generator) -> Picture:
    card = _ground((90, 30, 0))
    cv2.rectangle(card, (12, 12), (308, 168), (255, 200, 160), 2)
    for n, line in enumerate(("The camera", "is covered", "for privacy")):
        cv2.putText(card, line, (85, 65 + 32 * n), FONT, 0.75, (255, 255, 255), 2, cv2.LINE_AA)
    return card


CARDS: dict[str, Callable[[np.random.Generator], Picture]] = {
    "crossed_camera": crossed, "words": worded, "badge": badge, "shaded": shaded, "shutter": shutter, "eye": eye,
    "lock": lock, "bordered": bordered,
}  # fmt: skip
