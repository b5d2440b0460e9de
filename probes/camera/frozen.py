"""Whether a burst's pictures are new ones or one picture again and again, coded anew or not. Pure.

A live picture of a still room changes everywhere, since every pixel has noise; a coder leaves many blocks out of a
picture and takes others into the next one, so that soon each has changed. One picture that is sent again changes
nowhere, or only where a clock ticks; coded again, only where a value lies on the edge of two steps: always there.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from probes.camera.chosen_frames import block_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probes.camera.features import Bytes, Grey

BLOCK = 8
"""Pixels of a block's side: what coders repeat or renew as a whole."""
DARKEST, BRIGHTEST = 3, 248
"""Mean grey between which a block can change: clipping takes its noise away."""
LINE_ROWS = 3
"""Rows of blocks that one line of text on the screen can reach into, at most, with the seconds of a clock in it."""
LINE_SHARE = 0.1
"""Share of the picture that such a line changes at most."""
FEWEST_USABLE = 0.05
"""Share of blocks between black and white from which life can be looked for at all."""
LOOP_NOISE = 0.4
"""Mean grey difference up to which a picture can be the one before it in a loop, coded again."""
LOOP_LONGEST = 5
"""Pictures in the longest loop that is looked for: drivers hand out 2 to 5 buffers in turn."""


@dataclass(frozen=True, slots=True)
class Life:
    """changed: share of usable blocks that change in each picture against the one before; a clock's do not count.

    touched: share of them that change at some time. returned: pictures that are, bit by bit, an earlier one with
    others between. loop: the smallest share changed against the picture 2 to LOOP_LONGEST before. step: grey
    difference of neighbours, median block of the median pair: noise and motion. usable: share of blocks. flips: grey
    difference of a block that changes, the median of all. largest: that of the liveliest block of the median pair.
    """

    changed: NDArray[np.float64]
    touched: float
    returned: int
    loop: float
    step: float
    usable: float
    flips: float
    largest: float


def find_life(pictures: list[Bytes]) -> Life:
    """What moves in at least two grey pictures of one size."""
    usable = _usable(pictures)
    steps = [_blocks(cv2.absdiff(one, before)) for before, one in pairwise(pictures)]
    changed = np.array([_share(one, usable) for one in steps])
    touched = _share(np.maximum.reduce(steps), usable)
    identical = sum(1 for one in steps if not one.any())
    seen = {zlib.crc32(np.ascontiguousarray(one).data) for one in pictures}
    inside = np.median(np.stack(steps)[:, usable], axis=1) if usable.any() else np.zeros(1)
    return Life(
        changed=changed,
        touched=touched,
        returned=len(pictures) - len(seen) - identical,
        loop=_loop(pictures, usable) if changed.max(initial=0.0) > 0.0 else 0.0,
        step=float(np.median(inside)),
        usable=float(usable.mean()),
        flips=_flips(steps, usable),
        largest=float(np.median([one.max() for one in steps])),
    )


def _flips(steps: list[Grey], usable: NDArray[np.bool_]) -> float:
    found = np.stack(steps)[:, usable]
    found = found[found > 0.0]
    return float(np.median(found)) if found.size else 0.0


def _usable(pictures: list[Bytes]) -> NDArray[np.bool_]:
    level = _blocks(pictures[len(pictures) // 2])
    return np.asarray((level > DARKEST) & (level < BRIGHTEST))


def _blocks(picture: Bytes) -> Grey:
    rows, columns = (max(1, side // BLOCK) for side in picture.shape)
    return block_means(picture, rows, columns)


def _share(step: Grey, usable: NDArray[np.bool_]) -> float:
    """Share of the usable blocks that change at all; 0 where all of these lie in one line of text."""
    there = (step > 0.0) & usable
    share = float(there.sum()) / max(1, int(usable.sum()))
    rows = np.flatnonzero(there.any(axis=1))
    if len(rows) and share <= LINE_SHARE and rows[-1] - rows[0] < LINE_ROWS:
        return 0.0
    return share


def _loop(pictures: list[Bytes], usable: NDArray[np.bool_]) -> float:
    count, best = len(pictures), 1.0
    for back in range(2, LOOP_LONGEST + 1):
        if count < 2 * back:
            break
        at = (count - 1, count - 1 - back // 2, back)
        if min(cv2.norm(pictures[n], pictures[n - back], cv2.NORM_L1) for n in at) > pictures[0].size * LOOP_NOISE:
            continue
        found = [_share(_blocks(cv2.absdiff(pictures[n], pictures[n - back])), usable) for n in at]
        best = min(best, max(found))
    return best


def longest_run(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """(index of the first, count) of the longest unbroken run of True."""
    best, begin = (0, 0), 0
    for n, flag in enumerate([*flags.tolist(), False]):
        if not flag:
            best, begin = max(best, (begin, n - begin), key=lambda run: run[1]), n + 1
    return best
