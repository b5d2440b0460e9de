"""What a burst looks like, as numbers with a physical meaning. Pure; refuses to judge."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.float32]
Bytes: TypeAlias = NDArray[np.uint8]

CLIPPED = 245
"""A pixel with all channels at or above this has lost its detail; JPEG moves white by a few levels."""
EDGE_STEP = 3.0
"""Slope in grey levels a pixel, after blurring, from which an edge is a thing and not noise."""
FEWEST_EDGES = 40
"""Edge pixels below which a width cannot be told."""
REBLUR = 1.5
"""Standard deviation, in pixels, of the second blur that edge widths are measured with."""
COLUMNS, ROWS = 8, 5
"""Cells of the maps: 40×36 pixels, about a head at four metres."""
FLASH = 45
"""Grey levels by which a faulty pixel stands out; noise of a dark room stays under 30."""
BLOCK_STEP = 22
"""Grey levels of a step at a lost block; compression of moving things makes smaller ones on the same grid."""
LOOP_LONGEST = 5
"""Pictures in the longest loop that is looked for: drivers hand out 2 to 5 buffers in turn."""


def grey(frames: Bytes) -> list[Bytes]:
    return [np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8) for frame in frames]


def cells(picture: NDArray[np.generic]) -> Grey:
    """Mean of each cell, ROWS×COLUMNS."""
    return np.asarray(cv2.resize(picture, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), dtype=np.float32)


def change(one: Bytes, other: Bytes) -> float:
    """Grey difference of the middle cell of two pictures: a ticking clock in one corner does not count.

    Only cells between black and white count, since clipping takes the noise away; with fewer than 6 of them the
    liveliest cell is taken, so that any noise anywhere is a sign of life.
    """
    apart = cells(cv2.absdiff(one, other).astype(np.float32))
    level = cells(one)
    usable = apart[(level > 3) & (level < 248)]
    return float(np.median(usable)) if usable.size >= 6 else float(apart.max())


def changes(pictures: list[Bytes]) -> NDArray[np.float64]:
    """Change of each picture to the one before; length T - 1."""
    return np.array([change(pictures[n], pictures[n - 1]) for n in range(1, len(pictures))], dtype=float)


def loop_change(pictures: list[Bytes]) -> float:
    """The smallest median change to the picture 2 to LOOP_LONGEST before: near zero when a few repeat in turn."""
    found = [
        float(np.median([change(pictures[n], pictures[n - back]) for n in range(back, len(pictures))]))
        for back in range(2, LOOP_LONGEST + 1)
        if len(pictures) >= 2 * back
    ]
    return min(found, default=float("inf"))


def clipped_share(frame: Bytes) -> float:
    """Share of pixels clipped in all three channels (a lamp of one colour clips one)."""
    inside = cv2.inRange(frame, (CLIPPED, CLIPPED, CLIPPED), (255, 255, 255))
    return float(cv2.countNonZero(inside) / inside.size)


def sharpness(picture: Grey) -> tuple[float, float]:
    """(edge ratio, share of edge pixels). Edge ratio: 90th percentile of slope over slope after a second blur.

    An edge of width s loses sqrt(1 + REBLUR²/s²): 1.2 is hopelessly blurred, above 1.5 is sharp, 0: too few edges.
    """
    once = cv2.GaussianBlur(picture, (0, 0), 0.8)
    slope, again = _slope(once), _slope(cv2.GaussianBlur(once, (0, 0), REBLUR))
    edges = again > EDGE_STEP
    count = int(edges.sum())
    if count < FEWEST_EDGES:
        return 0.0, count / edges.size
    return float(np.percentile(slope[edges] / again[edges], 90)), count / edges.size


def _slope(picture: NDArray[np.generic]) -> Grey:
    dx = cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    dy = cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(cv2.magnitude(dx, dy), dtype=np.float32)


def structure_map(picture: Grey) -> Grey:
    """ROWS×COLUMNS: mean slope of each cell over its brightness, so that dimming the light changes nothing."""
    slope = cells(_slope(cv2.GaussianBlur(picture, (0, 0), 1.5)))
    return np.asarray(slope / (cells(picture) + 16.0), dtype=np.float32)


def colour_balance(frame: Bytes) -> tuple[float, float, float]:
    """(median ln R/G, median ln B/G, greyest): what a changed channel gain shifts by just that gain.

    greyest: 10th percentile of the pixels' distance from grey in the plane of the first two.
    """
    small = cv2.resize(frame, (80, 45), interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1, 3)
    brightest = small.max(axis=1)
    used = (brightest > 25) & (small.min(axis=1) < CLIPPED)
    if used.sum() < 200:
        used = np.ones(len(small), bool)
    lit = small[used] + 8.0  # black is noise: its ratios mean nothing
    red, blue = np.log(lit[:, 2] / lit[:, 1]), np.log(lit[:, 0] / lit[:, 1])
    return float(np.median(red)), float(np.median(blue)), float(np.percentile(np.hypot(red, blue), 10))


def transients(pictures: list[Bytes]) -> tuple[float, float, float]:
    """What stands in one picture and neither before nor after it: (impulse share, line, blocks).

    impulse share: pixels that also stand out of their 3×3 neighbours. line: one row unlike both of its neighbours,
    in multiples of the typical row. blocks: steps on the coder's grid of 8 pixels, share of its pixels above others.
    """
    impulse = line = blocks = 0.0
    for n in range(1, len(pictures) - 1, 2):
        before, here, after = pictures[n - 1 : n + 2]
        usual = np.maximum(np.minimum(before, here), np.minimum(np.maximum(before, here), after))
        rest = cv2.subtract(here, usual, dtype=cv2.CV_32F)
        alone = (cv2.absdiff(here, cv2.medianBlur(here, 3)) > FLASH) & (np.abs(rest) > FLASH)
        impulse = max(impulse, float(alone.mean()))
        step = np.abs(np.diff(rest, axis=0)).mean(axis=1)
        if len(step) > 2:
            line = max(line, float(np.minimum(step[1:], step[:-1]).max() / (np.median(step) + 1.0)))
        blocks = max(blocks, _grid_steps(rest), _grid_steps(rest.T))
    return impulse, line, blocks


def _grid_steps(rest: NDArray[np.generic]) -> float:
    steps = np.abs(np.diff(rest.astype(np.float32), axis=1))
    if steps.shape[1] < 24:
        return 0.0
    peak = (steps[:, 1:-1] - np.maximum(steps[:, :-2], steps[:, 2:])) > BLOCK_STEP
    share = peak.mean(axis=0)
    on = (np.arange(len(share)) + 2) % 8 == 0
    return float(share[on].mean() - share[~on].mean())


def tear(picture: Bytes) -> float:
    """The largest gain, in grey levels, that shifting one of two neighbouring rows sideways brings."""
    height, width = picture.shape
    margin = 24
    if height < 8 or width < 4 * margin:
        return 0.0
    rows = picture.astype(np.float32)
    step = np.abs(np.diff(rows, axis=0)).mean(axis=1)
    gain = 0.0
    for row in np.argsort(step)[-2:]:
        middle = rows[row, margin:-margin]
        shifted = np.lib.stride_tricks.sliding_window_view(rows[row + 1], len(middle))
        error = np.abs(shifted - middle).mean(axis=1)
        gain = max(gain, float(error[margin] - error.min()))
    return gain
