"""Percentiles, medians and distinct values, as numpy's own. Pure: arrays in, numbers out.

Not numpy's own, because each of them loads its masked arrays: a capturing child would pay 10 ms of CPU at every look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

Number = TypeVar("Number", bound=np.generic)


def percentile(values: npt.NDArray[np.floating], share: float) -> float:
    """The value that this share of all, 0 to 100, lies below; between two of them by a straight line."""
    ordered = np.sort(values, axis=None)
    return float(np.interp(share / 100 * (len(ordered) - 1), np.arange(len(ordered)), ordered))


def median(values: npt.NDArray[np.floating]) -> float:
    return float(medians(values.reshape(1, -1))[0])


def medians(values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """The median of each row."""
    middle = [(values.shape[1] - 1) // 2, values.shape[1] // 2]
    found: npt.NDArray[np.floating] = np.partition(values, middle, axis=1)[:, middle].mean(axis=1)
    return found


def distinct(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Each value once, in order."""
    ordered = np.sort(values, axis=None)
    kept: npt.NDArray[Number] = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return kept
