"""What a burst looks like, as numbers with a physical meaning. Pure; refuses to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Grey: TypeAlias = "NDArray[np.float32]"
Bytes: TypeAlias = "NDArray[np.uint8]"

CLIPPED = 245
"""A pixel at or above this has lost its detail; JPEG moves white by a few levels."""
EDGE_STEP = 3.0
"""Slope in grey levels a pixel, after blurring, from which an edge is a thing and not noise."""
FEWEST_EDGES = 40
"""Edge pixels below which a width cannot be told."""
CELL_EDGES = 0.02
"""Share of a cell's pixels that must be edges: 30 of them hold a width, a hot pixel does not."""
REBLUR = 1.5
"""Standard deviation, in pixels, of the second blur that edge widths are measured with."""
COLUMNS, ROWS = 8, 5
"""Cells of the maps: 40×36 pixels, about a head at four metres."""
FLASH = 45
"""Grey levels by which a faulty pixel stands out; noise of a dark room stays under 30."""
BLOCK_STEP = 22
"""Grey levels of a step at a lost block; compression of moving things makes smaller ones on the same grid."""
TREMBLE = 2
"""Pixels that a camera on a screen shakes by when somebody types or a door falls shut."""
_TREMBLING = np.ones((2 * TREMBLE + 1, 2 * TREMBLE + 1), np.uint8)
FEWEST_TRANSIENT = 0.0008
"""Share of pixels that must stand out at all before it is worth asking how: 50 of 320×180."""
TEAR_REACH = 24
"""Pixels of shift that are tried to both sides."""
MENDED = 0.6
"""Share of the difference that may be left where a shift mends a tear; noise and slight shear leave some."""
LOOP_LONGEST = 5
"""Pictures in the longest loop that is looked for: drivers hand out 2 to 5 buffers in turn."""


def grey(frames: Bytes) -> list[Bytes]:
    return [np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8) for frame in frames]


def cells(picture: NDArray[np.generic]) -> Grey:
    """Mean of each cell, ROWS×COLUMNS."""
    return np.asarray(cv2.resize(picture, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), dtype=np.float32)


def change(one: Bytes, other: Bytes, *, plain: bool = False) -> float:
    """Grey difference of the middle cell of two pictures: a ticking clock in one corner does not count.

    Only cells between black and white count, since clipping takes the noise away; with fewer than 6 of them, and
    in a plain picture, whose faint noise a coder leaves out block by block, the liveliest cell is taken: any noise
    anywhere is a sign of life.
    """
    apart = cells(cv2.absdiff(one, other).astype(np.float32))
    if plain:
        return float(apart.max())
    level = cells(one)
    usable = apart[(level > 3) & (level < 248)]
    return float(np.median(usable)) if usable.size >= 6 else float(apart.max())


def changes(pictures: list[Bytes], *, plain: bool = False) -> NDArray[np.float64]:
    """Change of each picture to the one before; length T - 1."""
    pairs = range(1, len(pictures))
    return np.array([change(pictures[n], pictures[n - 1], plain=plain) for n in pairs], dtype=float)


def loop_change(pictures: list[Bytes], *, plain: bool = False) -> float:
    """The smallest median change to the picture 2 to LOOP_LONGEST before: near zero when a few repeat in turn."""
    found = [
        float(np.median([change(pictures[n], pictures[n - back], plain=plain) for n in range(back, len(pictures), 2)]))
        for back in range(2, LOOP_LONGEST + 1)
        if len(pictures) >= 2 * back
    ]
    return min(found, default=float("inf"))


def clipped_share(picture: Bytes) -> float:
    """Share of a grey picture's pixels that are clipped: its brightness is, though one channel may not be yet."""
    return float(cv2.countNonZero(cv2.inRange(picture, CLIPPED, 255)) / picture.size)


def steady_structure(pictures: list[Bytes]) -> float:
    """Grey levels of structure that all pictures share, without their noise: the root of the covariance of two halves.

    A dark room has it and a black picture has not, however strong the noise of either is.
    """
    even, odd = (
        cv2.GaussianBlur(np.mean(np.stack(half), axis=0, dtype=np.float32), (0, 0), 2.0)
        for half in (pictures[::2], pictures[1::2])
    )
    shared = float(((even - even.mean()) * (odd - odd.mean())).mean())
    return float(np.sqrt(max(shared, 0.0)))


def sharpness(picture: Grey) -> tuple[float, float]:
    """(edge ratio, share of edge pixels). Edge ratio: 90th percentile of slope over slope after a second blur.

    An edge of width s loses sqrt(1 + REBLUR²/s²): 1.2 is hopelessly blurred, above 1.5 is sharp, 0: too few edges.
    """
    ratio, share, _ = sharpness_map(picture)
    return ratio, share


def sharpness_map(picture: Grey) -> tuple[float, float, Grey]:
    """As sharpness, and the edge ratio of each cell, ROWS×COLUMNS: the root of its
    slopes' energies, since the mere sum across an edge is its height however wide it is; 0: too few edges."""
    once = cv2.GaussianBlur(picture, (0, 0), 0.8)
    slope, again = _slope(once), _slope(cv2.GaussianBlur(once, (0, 0), REBLUR))
    edges = again > EDGE_STEP
    count = int(edges.sum())
    if count < FEWEST_EDGES:
        return 0.0, count / edges.size, np.zeros((ROWS, COLUMNS), np.float32)
    there = edges.astype(np.float32)
    share, fine, coarse = cells(there), cells(slope * slope * there), cells(again * again * there)
    by_cell = np.where(share > CELL_EDGES, np.sqrt(fine / np.maximum(coarse, 1e-6)), 0.0).astype(np.float32)
    return float(np.percentile(slope[edges] / again[edges], 90)), count / edges.size, by_cell


def added_blur(now: Grey, learned: Grey) -> tuple[float, int]:
    """(blur that came on top of the learned view's, pixels², number of cells that have edges both times).

    An edge of width s loses sqrt(1 + REBLUR²/s²) of its peak and the square root of that of its energy, so the edge
    ratio gives s². Lower quartile over the cells: a lens out of focus widens all of them; what people, lamps, screens
    and coders change leaves some as they were.
    """
    both = (now > 0) & (learned > 0)
    if not both.any():
        return 0.0, 0
    return float(np.percentile(_width(now[both]) - _width(learned[both]), 25)), int(both.sum())


def _width(ratio: Grey) -> NDArray[np.float64]:
    return np.asarray(REBLUR**2 / (np.maximum(ratio, 1.04).astype(np.float64) ** 4 - 1.0))  # beyond: no edge at all


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
    What an edge of the room makes when camera or picture stabiliser shakes by up to TREMBLE pixels does not count.
    """
    impulse = line = blocks = 0.0
    for n in range(1, len(pictures) - 1):
        before, here, after = pictures[n - 1 : n + 2]
        usual = np.maximum(np.minimum(before, here), np.minimum(np.maximum(before, here), after))
        apart = cv2.absdiff(here, usual)
        contrast = cv2.subtract(cv2.dilate(usual, _TREMBLING), cv2.erode(usual, _TREMBLING))
        beyond = cv2.subtract(apart, contrast)
        if cv2.countNonZero(cv2.inRange(beyond, BLOCK_STEP, 255)) < FEWEST_TRANSIENT * beyond.size:
            continue
        alone = (cv2.subtract(cv2.absdiff(here, cv2.medianBlur(here, 3)), contrast) > FLASH) & (beyond > FLASH)
        impulse = max(impulse, float(alone.mean()))
        rest = np.where(here >= usual, 1.0, -1.0).astype(np.float32) * beyond
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
    """The largest gain, in grey levels, that shifting one of two neighbouring rows sideways brings.

    A tear is one jump that a shift mends: where the rows do not match after it, or the next rows ask for a shift
    too, an edge of the room lies there or a slanted pattern.
    """
    height, width = picture.shape
    if height < 8 or width < 4 * TEAR_REACH:
        return 0.0
    rows = picture.astype(np.float32)
    step = np.abs(np.diff(rows, axis=0)).mean(axis=1)
    gain = 0.0
    for row in np.argsort(step)[-2:]:
        won, left = _shift_gain(rows, int(row))
        if won > gain and left < MENDED * (won + left):
            beside = [_shift_gain(rows, one)[0] for one in (row - 1, row + 1) if 0 <= one < height - 1]
            gain = max(gain, won - max(beside))
    return gain


def _shift_gain(rows: Grey, row: int) -> tuple[float, float]:
    """(what shifting wins in mean grey difference between this row and the next, what difference is left)."""
    middle = rows[row, TEAR_REACH:-TEAR_REACH]
    error = np.abs(np.lib.stride_tricks.sliding_window_view(rows[row + 1], len(middle)) - middle).mean(axis=1)
    least = float(error.min())
    return float(error[TEAR_REACH]) - least, least
