"""Corners of a picture and whether they are still at their place: the evidence for a moved camera. Pure.

Keeps positions and a few yes/no comparisons around them, and refuses brightness: no picture can be had back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from probes.camera.features import COLUMNS, ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bytes: TypeAlias = "NDArray[np.uint8]"

PER_CELL = 8
"""Spread over all cells: corners by strength alone would all sit on one patterned shirt and move with it."""
CONTRAST = 3
"""Grey levels a corner must stand out by. Low, so that a plain back wall also gives some."""
BITS = 64
"""Comparisons kept of ORB's 256: enough to tell corners apart that lie within NEAR, too few to redraw them."""
ALIKE = 12
"""Bits of BITS that may differ. Two strangers differ in 32 ± 4: five deviations."""
NEAR = 3.0
"""Pixels of 320 that a corner may be off and still be at its place: vibration moves by one or two."""
VOTES = 8
"""Pixels of a vote's side when corners say by how much they are shifted: their places are known to NEAR."""
ELSEWHERE = ((35.0, 0.0), (-35.0, 0.0), (0.0, 35.0), (0.0, -35.0), (25.0, 25.0), (-25.0, -25.0))
"""Offsets at which corners of an unmoved picture meet only by chance: patterns meet themselves often."""


@dataclass(frozen=True, slots=True)
class Corners:
    """places: N×2 pixels (x, y), at most 320. bits: N×8 bytes. cells: the cell of each."""

    places: NDArray[np.int16]
    bits: Bytes
    cells: NDArray[np.int16]


NONE = Corners(np.zeros((0, 2), np.int16), np.zeros((0, BITS // 8), np.uint8), np.zeros(0, np.int16))


def find_corners(picture: Bytes) -> Corners:
    """The corners of a grey picture H×W. A picture below 64 pixels a side has none."""
    height, width = picture.shape
    if height < 64 or width < 64:
        return NONE
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.0)
    found = sorted(cv2.FastFeatureDetector.create(threshold=CONTRAST).detect(smooth), key=lambda one: -one.response)
    taken: dict[int, int] = {}
    kept = []
    for one in found:
        cell = _cell(one.pt[0], one.pt[1], width, height)
        if taken.get(cell, 0) < PER_CELL:
            taken[cell] = taken.get(cell, 0) + 1
            one.angle, one.octave = 0.0, 0  # upright: a turned camera is a moved one
            kept.append(one)
    if not kept:
        return NONE
    kept, bits = cv2.ORB.create(nfeatures=500, nlevels=1, edgeThreshold=8, patchSize=25).compute(smooth, kept)
    if bits is None:
        return NONE
    places = np.array([one.pt for one in kept])
    return make_corners(places.round().astype(np.int16), bits[:, :: 256 // BITS], (width, height))


def make_corners(places: NDArray[np.int16], bits: Bytes, size: tuple[int, int]) -> Corners:
    cells = [_cell(float(x), float(y), *size) for x, y in places]
    return Corners(places, np.ascontiguousarray(bits), np.array(cells, np.int16))


def _cell(x: float, y: float, width: int, height: int) -> int:
    return int(x * COLUMNS / width) + COLUMNS * int(y * ROWS / height)


def in_place(learned: Corners, seen: Corners) -> tuple[float, int]:
    """(share of the learned view's cells in which some corner is still at its place, number of those cells).

    The share is above chance: 0 is what unrelated pictures give, 1 is every cell.
    """
    asked = np.unique(learned.cells)
    if not len(asked) or not len(seen.places):
        return 0.0, len(asked)
    strangers = learned.bits.view(np.uint64) ^ seen.bits.view(np.uint64).T
    one, other = np.nonzero(np.bitwise_count(strangers) <= ALIKE)
    offset = seen.places[other].astype(np.float32) - learned.places[one]

    def held(x: float, y: float) -> float:
        near = np.hypot(offset[:, 0] - x, offset[:, 1] - y) <= NEAR
        return len(np.unique(learned.cells[one[near]])) / len(asked)

    chance = sum(held(x, y) for x, y in ELSEWHERE) / len(ELSEWHERE)
    return max(0.0, held(0.0, 0.0) - chance) / (1.0 - chance), len(asked)


def offset_of(learned: Corners, seen: Corners) -> tuple[float, float, NDArray[np.int64]]:
    """(x, y, learned corners that agree): by how much the seen corners would have to be moved, in pixels, to lie at the
    learned ones. No corners where there are none to compare."""
    none = np.zeros(0, np.int64)
    if not len(learned.places) or not len(seen.places):
        return 0.0, 0.0, none
    strangers = learned.bits.view(np.uint64) ^ seen.bits.view(np.uint64).T
    one, other = np.nonzero(np.bitwise_count(strangers) <= ALIKE)
    if not len(one):
        return 0.0, 0.0, none
    offset = learned.places[one].astype(np.float32) - seen.places[other]
    bins = np.floor(offset / VOTES).astype(np.int64)
    _, which, counts = np.unique(bins[:, 0] * 4096 + bins[:, 1], return_inverse=True, return_counts=True)
    middle = offset[which == int(np.argmax(counts))].mean(axis=0)
    near = np.hypot(*(offset - middle).T) <= VOTES
    x, y = offset[near].mean(axis=0)
    return float(x), float(y), np.unique(one[near]).astype(np.int64)
