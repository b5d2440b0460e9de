"""What a capture card draws when nothing comes in, and what is none of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from probes.camera.driver_linux import DriverFacts
from probes.camera.judged import judged
from probes.camera.limits import Limits
from probes.camera.no_signal import shows_no_signal
from tests.camera import scenes

BARS = ((192, 192, 192), (0, 192, 192), (192, 192, 0), (0, 192, 0), (192, 0, 192), (0, 0, 192), (192, 0, 0))


def still(picture: np.ndarray) -> scenes.Frames:
    return np.stack([picture.astype(np.uint8)] * 15)


def plain(*colour: int) -> scenes.Frames:
    return still(np.full((180, 320, 3), colour))


def bars(fields: bool = False) -> scenes.Frames:
    picture = np.zeros((180, 320, 3))
    for n, colour in enumerate(BARS):
        picture[:, n * 320 // 7 : (n + 1) * 320 // 7] = colour
    if fields:
        picture[130:] = np.linspace(0, 255, 320)[None, :, None]
    return still(picture)


def card() -> scenes.Frames:
    picture = np.full((180, 320, 3), (150, 30, 20), np.uint8)
    cv2.putText(picture, "NO SIGNAL", (60, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255, 255, 255), 3)
    return still(picture)


def coded(frames: scenes.Frames, quality: int = 70) -> scenes.Frames:
    """Each picture through JPEG, as most cards hand it out."""
    return np.stack([
        cv2.imdecode(cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
        for one in frames
    ])  # fmt: skip


DRAWN = {
    "black": plain(0, 0, 0), "video black": plain(16, 16, 16), "blue": plain(255, 0, 0), "dark blue": plain(128, 8, 4),
    "grey": plain(128, 128, 128), "bars": bars(), "bars with fields": bars(fields=True), "card": card(),
    "blue coded": coded(plain(255, 0, 0)), "bars coded": coded(bars()), "card coded": coded(card()),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_what_a_card_draws_is_no_signal(name: str) -> None:
    assert shows_no_signal(DRAWN[name], Limits())


def door() -> np.ndarray:
    view = scenes.room(1) * 0 + 150.0
    cv2.rectangle(view, (120, 0), (180, 180), (90, 80, 70), -1)
    return view


SEEN = {
    "room": scenes.burst(scenes.room(1)),
    "empty room": scenes.burst(scenes.room(2), person=False),
    "frozen room": still(scenes.room(3)),
    "wall with a door": scenes.burst(door(), person=False),
    "dark room": scenes.burst(scenes.room(4) * 0.08, noise=1.0),
    "covered lens": scenes.burst(scenes.room(5) * 0 + 12.0, noise=1.0, person=False),
}


@pytest.mark.parametrize("name", SEEN)
def test_what_a_camera_sees_is_a_signal(name: str) -> None:
    assert not shows_no_signal(SEEN[name], Limits())


@pytest.mark.parametrize(
    ("card", "frames", "state", "label"),
    [
        ("always", DRAWN["blue"], "no_signal", None),
        ("always", SEEN["room"], "judged", "healthy"),
        ("always", SEEN["frozen room"], "judged", "frozen"),
        ("at_times", DRAWN["bars"], "no_signal", None),
        ("at_times", SEEN["frozen room"], "signal", None),  # a slide stands still
        ("", DRAWN["black"], "judged", "black"),
    ],
)
def test_how_a_capture_card_is_judged(card: str, frames: scenes.Frames, state: str, label: str | None) -> None:
    facts = {"nominal_fps": 10.0, "burst_seconds": 1.5, "damaged": 0}
    answer = judged(frames, scenes.times(), facts, {"card": card}, Limits(), DriverFacts())
    assert (answer["state"], answer.get("label")) == (state, label)


@pytest.mark.parametrize("shape", [(0, 180, 320, 3), (1, 180, 320, 3), (15, 1, 320, 3), (15, 8, 8, 3)])
def test_hardly_any_picture_shows_nothing(shape: tuple[int, ...]) -> None:
    assert not shows_no_signal(np.zeros(shape, np.uint8), Limits())
