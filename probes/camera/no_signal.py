"""What a capture card draws when nothing comes in: one colour, colour bars, or a card with writing. Pure.

Only for what is known to be a capture card: a wall is of one colour, too, and a slide is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from probes.camera.burst import CameraBurst
from probes.camera.exposure import is_drawn

if TYPE_CHECKING:
    from probes.camera.burst import Bytes
    from probes.camera.limits import Limits

ONE_COLOUR = 6.0
"""Grey levels between the darkest and the brightest hundredth of each channel: what coding leaves of one colour."""
BARS_UNLIKE = 2.0
"""Mean grey difference of a row to the typical row: colour bars go from top to bottom."""
BARS_SHARE = 0.6
"""Share of the rows, from the top: below them the test picture has other fields."""
BARS_STEPS = 4
"""Edges from bar to bar at least. A wall with a door has two."""
STEP = 12.0
"""Grey levels of such an edge."""


def shows_no_signal(frames: Bytes, limits: Limits) -> bool:
    """Whether a burst (T×H×W×3) stands still and is what a card draws by itself."""
    if len(frames) < 2 or min(frames.shape[1:3]) < 16:
        return False
    burst = CameraBurst(frames)
    if float((burst.life.changed < limits.repeated_blocks).mean()) < limits.frozen_share:
        return False
    picture = frames[len(frames) // 2]
    return is_one_colour(picture) or is_bars(picture) or is_drawn(burst, limits)


def is_one_colour(picture: Bytes) -> bool:
    low, high = np.percentile(picture.reshape(-1, 3)[::7], (1, 99), axis=0)
    return bool((high - low).max() <= ONE_COLOUR)


def is_bars(picture: Bytes) -> bool:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    typical = np.median(grey, axis=0)
    unlike = np.abs(grey - typical).mean(axis=1)
    steps = np.abs(typical[4:] - typical[:-4]) > STEP
    edges = int(np.count_nonzero(np.diff(steps.astype(np.int8)) == 1))
    return bool((unlike < BARS_UNLIKE).mean() >= BARS_SHARE and edges >= BARS_STEPS)
