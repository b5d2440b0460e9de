"""Which pictures of a burst are looked at closely, and what stands still in them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def spread(count: int, most: int = 5) -> list[int]:
    """Up to ``most`` indices over the whole burst, the first and the last among them."""
    return sorted({round(n * (count - 1) / (most - 1)) for n in range(most)}) if count > 1 else [0][:count]


def block_means(picture: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.float32]:
    """Mean of each of rows×columns blocks of nearly one size, from a table of sums: a fifth of a resize.

    The picture must have at least that many rows and columns.
    """
    height, width = picture.shape
    y = np.arange(rows + 1) * height // rows
    x = np.arange(columns + 1) * width // columns
    corner = cv2.integral(picture)[y][:, x].astype(np.float64)
    sums = corner[1:, 1:] - corner[1:, :-1] - corner[:-1, 1:] + corner[:-1, :-1]
    return np.asarray(sums / (np.diff(y)[:, None] * np.diff(x)[None, :]), dtype=np.float32)


def histogram(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of pixels at each of the 256 levels."""
    counts = cv2.calcHist([picture], [0], None, [256], [0, 256])
    return np.asarray(counts.ravel() / picture.size, dtype=np.float64)


def level_at(shares: NDArray[np.float64], share: float) -> float:
    """The level that this share of pixels stays at or below."""
    return float(np.searchsorted(np.cumsum(shares), share - 1e-9))


def median_of(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The median over time. Of five pictures by a network of minima and maxima: a tenth of a sort."""
    if len(pictures) != 5:
        return np.asarray(np.median(np.stack(pictures), axis=0), dtype=np.uint8)
    a, b, c, d, e = pictures
    a, b = cv2.min(a, b), cv2.max(a, b)
    d, e = cv2.min(d, e), cv2.max(d, e)
    a, d = cv2.min(a, d), cv2.max(a, d)  # a is the least of four: out
    b, e = cv2.min(b, e), cv2.max(b, e)  # e is the greatest of four: out
    b, d = cv2.min(b, d), cv2.max(b, d)
    return np.asarray(cv2.max(b, cv2.min(c, d)), dtype=np.uint8)
