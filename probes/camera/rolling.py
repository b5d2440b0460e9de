"""A picture that runs: each one is the one before it, pushed up or down, and what leaves comes in again. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from probes.camera.features import Bytes, Grey

LOOKED_AT = 6
"""Pictures that are compared: who looked at them would know."""
COLUMNS = 40
"""Enough to know a row again, and a person is wider."""
CHANGED = 4.0
"""Mean grey difference below which nothing runs."""
ALIKE = 0.85
"""Correlation of a picture with the one before it at their shift, all rows; people leave some out."""
BETTER = 0.15
"""By how much that is better than no shift."""
LEAST_ROWS = 3
"""Rows of 180: less than that shakes."""
CAME_IN, CAME_IN_APART = 0.8, 0.35
"""Correlation of the rows that left with those that came in at the other side, and their difference over the picture's
spread. A camera that tilts brings in what it had not shown."""
LEAST_CONTRAST = 5.0
"""Standard deviation in grey levels of a picture in which places can be known again."""


def rolled_share(pictures: list[Bytes]) -> float:
    """Share of the pictures that changed which are the one before, rolled."""
    height, width = pictures[0].shape
    if height < 32 or width < COLUMNS:
        return 0.0
    rows = [_rows(one) for one in pictures[:LOOKED_AT]]
    changed = [(one, other) for one, other in pairwise(rows) if float(np.abs(other - one).mean()) > CHANGED]
    if len(changed) < 2:
        return 0.0
    return sum(_rolled(one, other) for one, other in changed) / len(changed)


def _rows(picture: Bytes) -> Grey:
    small = cv2.resize(picture, (COLUMNS, picture.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32)


def _rolled(before: Grey, now: Grey) -> bool:
    height = len(before)
    one, other = before - before.mean(axis=0), now - now.mean(axis=0)
    size = float(np.sqrt((one * one).sum() * (other * other).sum()))
    if size < before.size * LEAST_CONTRAST**2:
        return False
    both = (np.conj(np.fft.rfft(one, axis=0)) * np.fft.rfft(other, axis=0)).sum(axis=1)
    alike = np.fft.irfft(both, height) / size
    at = int(np.argmax(alike))
    if alike[at] < ALIKE or alike[at] < alike[0] + BETTER:
        return False
    by = at if at <= height // 2 else at - height
    if abs(by) < max(2, LEAST_ROWS * height // 180):
        return False
    left, came = (before[-by:], now[:by]) if by > 0 else (before[:-by], now[by:])
    apart = float(np.abs(left - came).mean()) / (float(before.std()) + 1.0)
    return float(np.corrcoef(left.ravel(), came.ravel())[0, 1]) > CAME_IN and apart < CAME_IN_APART
